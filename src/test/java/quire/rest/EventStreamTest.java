package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import org.junit.jupiter.api.Test;
import quire.error.EngineException;
import quire.generation.GenerationOutput;
import quire.rest.GenerationPlan.Streaming;
import quire.sequence.FinishReason;

class EventStreamTest {

    private final Client client = new Client();
    private final Waiting waiting = new Waiting();
    private int cancelled;

    private EventStream stream(int choices) {
        return new EventStream(
                ChunkFormatTest.plan(Streaming.ON, choices),
                ChunkFormat.Kind.COMPLETION,
                () -> cancelled++,
                waiting);
    }

    private static GenerationOutput more(int choice, String text) {
        return output(choice, text, Optional.empty());
    }

    private static GenerationOutput last(int choice, String text) {
        return output(choice, text, Optional.of(FinishReason.STOP));
    }

    private static GenerationOutput output(int choice, String text, Optional<FinishReason> end) {
        return new GenerationOutput(
                choice, text, 1, end, Optional.empty(), new int[0], List.of(), List.of());
    }

    @Test
    void responseIsGivenAtTheFirstOutput() {
        EventStream stream = stream(1);
        assertTrue(waiting.answers.isEmpty());
        stream.onOutput(0, more(0, ""));
        stream.onOutput(0, more(0, "a"));
        assertEquals(1, waiting.answers.size());
        assertEquals(200, assertInstanceOf(Response.class, waiting.answers.getFirst()).getStatus());
    }

    @Test
    void responseIsGivenAtTheFirstBeatWhereOutputsAreLate() {
        EventStream stream = stream(1);
        stream.beat();
        assertEquals(1, waiting.answers.size());
        stream.attach(client);
        assertEquals(List.of(": \n\n"), client.writes);
        stream.onOutput(0, more(0, "a"));
        client.complete();
        assertEquals(2, client.writes.size());
        assertEquals("a", client.text());
        assertEquals(1, waiting.answers.size());
    }

    @Test
    void silenceOfTwoBeatsEndsWithAComment() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        client.complete();
        stream.beat();
        assertEquals(1, client.writes.size());
        stream.beat();
        assertEquals(": \n\n", client.writes.getLast());
        client.complete();
        stream.beat();
        stream.onOutput(0, more(0, "b"));
        client.complete();
        stream.beat();
        assertEquals(3, client.writes.size());
        stream.beat();
        assertEquals(4, client.writes.size());
        assertEquals("ab", client.text());
    }

    @Test
    void clientThatReadsNothingHearsNoComments() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        for (int i = 0; i < 10; i++) {
            stream.beat();
        }
        client.complete();
        assertEquals(1, client.writes.size());
    }

    @Test
    void pulseBeatsUntilTheAnswerIsOver() {
        EventStream stream = stream(1);
        Deque<Runnable> tasks = new ArrayDeque<>();
        List<Long> delays = new ArrayList<>();
        boolean[] over = {false};
        new StreamPulse(
                        stream,
                        () -> over[0],
                        (millis, task) -> {
                            delays.add(millis);
                            tasks.add(task);
                        })
                .start();
        assertTrue(waiting.answers.isEmpty());
        tasks.remove().run();
        assertEquals(1, waiting.answers.size());
        over[0] = true;
        tasks.remove().run();
        assertTrue(tasks.isEmpty());
        assertEquals(List.of(StreamPulse.HEAD_MILLIS, StreamPulse.BEAT_MILLIS), delays);
        assertTrue(StreamPulse.HEAD_MILLIS < 1_000 && StreamPulse.BEAT_MILLIS * 2 <= 10_000);
    }

    @Test
    void errorBeforeTheFirstOutputIsTheAnswer() {
        EngineException lost = new EngineException("lost");
        EventStream stream = stream(1);
        stream.onError(lost);
        stream.beat();
        assertEquals(List.of(lost), waiting.answers);
    }

    @Test
    void errorAfterTheFirstOutputIsTheLastEvent() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        stream.onError(new EngineException("lost"));
        client.completeAll();
        assertTrue(client.ended);
        assertTrue(
                client.received()
                        .endsWith(
                                "data:"
                                        + " {\"error\":{\"message\":\"Lost.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"),
                client.received());
        assertFalse(client.received().contains("[DONE]"));
    }

    @Test
    void whatComesDuringAWriteLeavesAsOneWrite() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        stream.onOutput(0, more(0, "b"));
        stream.onOutput(0, more(0, "c"));
        assertEquals(1, client.writes.size());
        client.complete();
        assertEquals(2, client.writes.size());
        assertEquals(2, count(client.writes.get(1), "data: "));
        client.complete();
        assertEquals(2, client.writes.size());
        stream.onOutput(0, last(0, "d"));
        stream.onEnd(new TokenUsage(3, 4, 0));
        client.completeAll();
        assertEquals("abcd", client.text());
        assertTrue(client.ended);
        assertTrue(client.received().endsWith("data: [DONE]\n\n"));
        client.closeHandler.run();
        assertEquals(0, cancelled);
    }

    @Test
    void slowClientCostsItsTextAndGetsAllOfIt() {
        EventStream stream = stream(2);
        stream.beat();
        stream.attach(client);
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            stream.onOutput(1, more(1, "w" + i % 10));
            expected.append('w').append(i % 10);
        }
        stream.onOutput(1, last(1, "."));
        stream.onOutput(0, last(0, ""));
        stream.onEnd(new TokenUsage(3, 10_000, 0));
        assertEquals(1, client.writes.size());
        client.completeAll();
        assertEquals(expected + ".", client.text());
        assertTrue(client.ended);
        // Ten thousand chunks of 150 bytes would be 1.5 MB.
        assertTrue(
                client.received().length() < 2 * EventStream.MAX_PENDING_BYTES,
                "length " + client.received().length());
        assertEquals(2, count(client.received(), "\"finish_reason\":\"stop\""));
    }

    @Test
    void closedConnectionCancelsOnce() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        client.closeHandler.run();
        client.closeHandler.run();
        assertEquals(1, cancelled);
        stream.onOutput(0, more(0, "b"));
        assertEquals(1, client.writes.size());
    }

    @Test
    void failedWriteCancels() {
        EventStream stream = stream(1);
        stream.onOutput(0, more(0, "a"));
        stream.attach(client);
        client.handlers.remove().accept(new java.io.IOException("connection reset"));
        assertEquals(1, cancelled);
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    /** Takes answers where the HTTP layer would. */
    private static final class Waiting implements UniEmitter<Response> {

        private final List<Object> answers = new ArrayList<>();

        @Override
        public void complete(Response item) {
            answers.add(item);
        }

        @Override
        public void fail(Throwable failure) {
            answers.add(failure);
        }

        @Override
        public UniEmitter<Response> onTermination(Runnable onTermination) {
            return this;
        }
    }

    /** A connection whose writes complete when the test says so. */
    private static final class Client implements ServerHttpResponse {

        private final List<String> writes = new ArrayList<>();
        private final Deque<Consumer<Throwable>> handlers = new ArrayDeque<>();
        private Runnable closeHandler = () -> {};
        private boolean ended;

        private String received() {
            return String.join("", writes);
        }

        private String text() {
            StringBuilder text = new StringBuilder();
            String[] parts = received().split("\"text\":\"");
            for (String part : List.of(parts).subList(1, parts.length)) {
                text.append(part, 0, part.indexOf('"'));
            }
            return text.toString();
        }

        private void complete() {
            handlers.remove().accept(null);
        }

        private void completeAll() {
            while (!handlers.isEmpty()) {
                complete();
            }
        }

        @Override
        public ServerHttpResponse write(byte[] data, Consumer<Throwable> asyncResultHandler) {
            writes.add(new String(data, StandardCharsets.UTF_8));
            handlers.add(asyncResultHandler);
            return this;
        }

        @Override
        public CompletionStage<Void> write(byte[] data) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            write(data, failure -> done.complete(null));
            return done;
        }

        @Override
        public ServerHttpResponse end(byte[] data) {
            writes.add(new String(data, StandardCharsets.UTF_8));
            ended = true;
            return this;
        }

        @Override
        public ServerHttpResponse end(String data) {
            return end(data.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public ServerHttpResponse end() {
            ended = true;
            return this;
        }

        @Override
        public ServerHttpResponse addCloseHandler(Runnable onClose) {
            closeHandler = onClose;
            return this;
        }

        @Override
        public ServerHttpResponse setStatusCode(int code) {
            return this;
        }

        @Override
        public boolean headWritten() {
            return !writes.isEmpty();
        }

        @Override
        public ServerHttpResponse addResponseHeader(CharSequence name, CharSequence value) {
            return this;
        }

        @Override
        public ServerHttpResponse setResponseHeader(CharSequence name, CharSequence value) {
            return this;
        }

        @Override
        public ServerHttpResponse setResponseHeader(
                CharSequence name, Iterable<CharSequence> values) {
            return this;
        }

        @Override
        public Iterable<Map.Entry<String, String>> getAllResponseHeaders() {
            return Collections.emptyList();
        }

        @Override
        public String getResponseHeader(String name) {
            return "";
        }

        @Override
        public void removeResponseHeader(String name) {}

        @Override
        public boolean closed() {
            return ended;
        }

        @Override
        public ServerHttpResponse setChunked(boolean chunked) {
            return this;
        }

        @Override
        public ServerHttpResponse sendFile(String path, long offset, long length) {
            throw new AssertionError("streams send no files");
        }

        @Override
        public java.io.OutputStream createResponseOutputStream() {
            throw new AssertionError("streams are not written to an output stream");
        }

        @Override
        public void setPreCommitListener(Consumer<ResteasyReactiveRequestContext> task) {}

        @Override
        public boolean isWriteQueueFull() {
            return !handlers.isEmpty();
        }

        @Override
        public ServerHttpResponse addDrainHandler(Runnable onDrain) {
            return this;
        }

        @Override
        public void reset() {}
    }
}
