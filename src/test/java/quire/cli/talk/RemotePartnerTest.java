package quire.cli.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.Message;

/** Servers of any kind, and what can go wrong with them. */
class RemotePartnerTest {

    private static final Question HELLO = new Question.Chat(List.of(Message.user("Grüße")));

    /** What came of one question. */
    private static final class Heard implements AnswerListener {

        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thought = new StringBuilder();

        @Override
        public void text(String piece) {
            text.append(piece);
        }

        @Override
        public void thought(String piece) {
            thought.append(piece);
        }
    }

    private final Heard heard = new Heard();

    private static RemotePartner partner(FakeServer server) {
        return new RemotePartner(server.url(), Optional.of("secret"), Optional.empty());
    }

    private Answer ask(FakeServer.Answering answering, Question question) throws IOException {
        try (FakeServer server = new FakeServer(answering);
                Partner partner = partner(server)) {
            Wishes wishes = Wishes.NONE.with("top_p", "0.5").with("stop", "x");
            Answer answer = partner.ask(question, wishes).await(heard);
            JsonNode request = server.requests.getFirst();
            assertEquals("fake/model", request.get("model").asText());
            assertTrue(request.get("stream").booleanValue());
            assertTrue(request.at("/stream_options/include_usage").booleanValue());
            assertEquals(0.5, request.get("top_p").doubleValue());
            assertEquals("[\"x\"]", request.get("stop").toString());
            assertEquals(List.of("Bearer secret", "Bearer secret"), server.keys);
            if (question.equals(HELLO)) {
                assertEquals("/v1/chat/completions", request.get("path").asText());
                assertEquals(List.of(Map.entry("user", "Grüße")), FakeServer.messages(request));
            } else {
                assertEquals("/v1/completions", request.get("path").asText());
                assertEquals("Once", request.get("prompt").asText());
            }
            return answer;
        }
    }

    private String refusal(FakeServer.Answering answering) throws IOException {
        try (FakeServer server = new FakeServer(answering);
                Partner partner = partner(server)) {
            Asked asked = partner.ask(HELLO, Wishes.NONE);
            return assertThrows(PartnerException.class, () -> asked.await(heard))
                    .getMessage()
                    .replace(server.url(), "URL");
        }
    }

    @Test
    void answersAndThoughtsComeInPieces() throws IOException {
        Answer answer =
                ask(
                        (request, events) -> {
                            events.say("role", "assistant");
                            events.say("reasoning", "h");
                            events.say("reasoning_content", "m");
                            events.say("content", "Grü");
                            events.say("content", "ße 👋");
                            events.end("length", 7);
                        },
                        HELLO);
        assertEquals("hm", heard.thought.toString());
        assertEquals("Grüße 👋", heard.text.toString());
        assertEquals(new Answer(7, false, true), answer);
    }

    @Test
    void textsAreContinuedOverTheOtherRoute() throws IOException {
        Answer answer =
                ask(
                        (request, events) ->
                                events.raw(
                                        "data:{\"choices\":[{\"text\":\" upon\",\"finish_reason\":null}]}\r\n\r\n"
                                                + "event: x\n"
                                                + "data: {\"choices\":[{\"text\":\" a\",\"finish_reason\":\"stop\"}]}\n\n"
                                                + "data: [DONE]\n\n"),
                        new Question.Text("Once"));
        assertEquals(" upon a", heard.text.toString());
        assertEquals(new Answer(2, false, false), answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {\"error\": {\"message\": \"top_p is 7\"}}   | URL says: top_p is 7",
                "400 | {\"detail\": \"no\\u001b[2J\"}               | URL says: no␛[2J",
                "422 | {\"message\": \"not so\"}                    | URL says: not so",
                "500 | {\"error\": \"boom\"}                        | URL says: boom",
                "502 | <html>                                       | URL answers with status 502",
                "401 | {\"detail\": \"No.\"}                        | URL says: No; give its key by --api-key or OPENAI_API_KEY",
                "403 | <html>                                       | URL answers with status 403; give its key by --api-key or OPENAI_API_KEY",
                "404 | {\"error\": {\"message\": \"no model x\"}} | URL says: no model x",
                "404 | <html>                                       | URL answers with status 404; is the address that of an OpenAI server, up to /v1?",
                "429 | ''                                           | URL answers with status 429",
                "401 | ''                                           | URL answers with status 401; give its key by --api-key or OPENAI_API_KEY",
                "404 | []                                           | URL answers with status 404; is the address that of an OpenAI server, up to /v1?",
            })
    void refusalOfTheServerIsItsOwnSentence(int status, String body, String sentence)
            throws IOException {
        assertEquals(sentence, refusal((request, events) -> events.status(status, body)));
    }

    @Test
    void streamThatGoesWrongIsToldAndWhatCameStays() throws IOException {
        assertEquals(
                "URL says: out of memory",
                refusal(
                        (request, events) -> {
                            events.say("content", "Ha");
                            events.raw("data: {\"error\": {\"message\": \"out of memory\"}}\n\n");
                        }));
        assertEquals("Ha", heard.text.toString());
        assertEquals(
                "URL broke off in the middle of its answer",
                refusal((request, events) -> events.say("content", "Ha")));
        assertEquals(
                "URL sends an event that is no JSON",
                refusal((request, events) -> events.raw("data: {\n\n")));
        assertEquals(
                "URL sends an event of more than 4194304 bytes",
                refusal((request, events) -> events.raw("data: " + "x".repeat(5 << 20))));
    }

    @Test
    void serverThatIsBusySaysWhenToAskAgain() throws IOException {
        assertEquals(
                "URL says: too many; ask again in 7 s",
                refusal(
                        (request, events) ->
                                events.header("Retry-After", "7")
                                        .status(429, "{\"error\": {\"message\": \"too many.\"}}")));
        assertEquals(
                "URL answers with status 503",
                refusal(
                        (request, events) ->
                                events.header("Retry-After", "some day").status(503, "")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text/html        | <html>      | text/html",
                "text/html        | data        | text/html",
                "application/json | {           | application/json",
                "application/json | [3]         | application/json",
                "a/\u009bb        | x           | a/\\u009bb"
            })
    void answerThatIsNoStreamIsNone(String type, String body, String shown) throws IOException {
        assertEquals(
                "URL answers with "
                        + shown
                        + " and not with events; is the address that of an OpenAI server, up to /v1?",
                refusal((request, events) -> events.header("Content-Type", type).raw(body)));
    }

    @Test
    void answerThatComesAtOnceIsOneToo() throws IOException {
        String whole =
                "{\"choices\": [{\"message\": {\"content\": \"Hi\"}, \"finish_reason\": \"stop\"}],"
                        + " \"usage\": {\"completion_tokens\": 3}}";
        Answer answer =
                ask(
                        (request, events) ->
                                events.header("Content-Type", "application/json").raw(whole),
                        HELLO);
        assertEquals("Hi", heard.text.toString());
        assertEquals(new Answer(3, false, false), answer);
        assertEquals(
                "URL says: boom",
                refusal(
                        (request, events) ->
                                events.header("Content-Type", "application/json")
                                        .raw("{\"error\": \"boom\"}")));
    }

    @Test
    void streamWithoutItsLastLineAndBytesThatAreNoCharactersPass() throws IOException {
        Answer answer =
                ask(
                        (request, events) -> {
                            events.raw("data:\n\ndata: 5\n\n: \u009b\n\n");
                            events.bytes(
                                    "data: {\"choices\":[{\"delta\":{\"content\":\"a\u00ff\"},"
                                            + "\"finish_reason\":\"stop\"}]}\n\n");
                        },
                        HELLO);
        assertEquals("a\ufffd", heard.text.toString());
        assertEquals(new Answer(1, false, false), answer);
    }

    @Test
    void keyDoesNotFollowARedirect() throws IOException {
        try (FakeServer other = new FakeServer((request, events) -> events.end("stop", 1))) {
            assertEquals(
                    "URL answers with status 307; it is at "
                            + other.url()
                            + " now, which --url may name",
                    refusal((request, events) -> events.redirect(other.url())));
            assertEquals(List.of(), other.keys);
        }
    }

    @Test
    void stopEndsTheAnswerWhereItStands() throws Exception {
        AtomicReference<IOException> gone = new AtomicReference<>();
        Thread[] answering = new Thread[1];
        try (FakeServer server =
                        new FakeServer(
                                (request, events) -> {
                                    answering[0] = Thread.currentThread();
                                    try {
                                        while (true) {
                                            events.say("content", "and ");
                                        }
                                    } catch (IOException e) {
                                        gone.set(e);
                                    }
                                });
                Partner partner = partner(server)) {
            Asked asked = partner.ask(HELLO, Wishes.NONE);
            List<String> pieces = new ArrayList<>();
            Answer answer =
                    asked.await(
                            new AnswerListener() {
                                @Override
                                public void thought(String piece) {}

                                @Override
                                public void text(String piece) {
                                    pieces.add(piece);
                                    if (pieces.size() == 3) {
                                        Thread.ofPlatform().start(asked::stop);
                                    }
                                }
                            });
            assertTrue(answer.stopped());
            answering[0].join();
            assertTrue(gone.get() != null, "the server learns of it");
        }
    }

    @Test
    void stopBeforeTheServerSaysAnythingEndsItToo() throws Exception {
        Thread[] waiting = new Thread[1];
        try (FakeServer server =
                        new FakeServer(
                                (request, events) -> {
                                    waiting[0] = Thread.currentThread();
                                    try {
                                        Thread.sleep(Long.MAX_VALUE);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
                Partner partner = partner(server)) {
            Asked asked = partner.ask(HELLO, Wishes.NONE);
            Thread.ofPlatform()
                    .start(
                            () -> {
                                while (server.requests.isEmpty()) {
                                    Thread.onSpinWait();
                                }
                                asked.stop();
                            });
            assertEquals(new Answer(0, true, false), asked.await(heard));
            waiting[0].interrupt();
        }
    }
}
