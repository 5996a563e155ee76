package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;

/** Clients that stay and do not read. */
@QuarkusTest
class SlowReaderTest {

    private static final String PATH = "/v1/completions";
    private static final int SLOW_TOKENS = 800;
    private static final int SLOW_CHOICES = 16;
    private static final int SLOW_BUFFER = 4096;

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    private EngineWatch watch;

    @BeforeEach
    void awaitModel() throws InterruptedException {
        watch = EngineWatch.of(serving);
        watch.awaitRest();
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        watch.awaitRest();
    }

    /** More than the operating system keeps for a client that does not read. */
    private static String manyBytes() {
        return DisconnectTest.body(SLOW_TOKENS, SLOW_CHOICES, true)
                .replace(
                        "}",
                        """
                        , "stream_options": {
                          "include_usage": true, "continuous_usage_stats": true}}\
                        """);
    }

    @Test
    void othersAreServedWhileASlowReaderReadsNothing() throws Exception {
        Answer expected = ask(DisconnectTest.body(SLOW_TOKENS, 1, false));
        try (Wire slow = new Wire(server, SLOW_BUFFER)) {
            slow.post(PATH, manyBytes());
            Wire.Head head = slow.readHead();
            for (GoldenChat chat : GoldenChat.all().subList(0, 20)) {
                assertEquals(chat.answer(), ask(completion(chat)).choices().getFirst().text());
            }
            // Its own answer is computed to the end as well; the server keeps what it has not read.
            watch.awaitRest();
            String body = slow.readBody(head);
            Answer answer = Answer.of(body);
            assertEquals(
                    Collections.nCopies(SLOW_CHOICES, expected.choices().getFirst()),
                    answer.choices());
            int events = body.split("\n\n").length;
            assertTrue(events < SLOW_TOKENS * SLOW_CHOICES, "no events were merged: " + events);
        }
    }

    @Test
    void slowReaderThatGivesUpLeavesNothingBehind() throws Exception {
        Wire slow = new Wire(server, SLOW_BUFFER);
        slow.post(PATH, manyBytes());
        slow.readHead();
        watch.awaitRest();
        slow.reset();
        assertEquals(1, ask(DisconnectTest.body(1, 1, false)).choices().size());
    }

    private static String completion(GoldenChat chat) {
        return """
        {"model": "quire-demo", "prompt": %s, "temperature": 0, "max_tokens": 128}\
        """
                .formatted(chat.promptIds());
    }

    private Answer ask(String body) throws Exception {
        try (Wire wire = new Wire(server)) {
            wire.post(PATH, body);
            Wire.Head head = wire.readHead();
            String answer = wire.readBody(head);
            assertEquals(200, head.status(), answer);
            return Answer.of(answer);
        }
    }
}
