package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import quire.batcher.ServingEngine;
import quire.error.QuireException;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.sampling.SamplingParams;
import quire.scheduler.Snapshot;

/** The stream that the page's picture of the engine is made of. */
@QuarkusTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EngineFeedTest {

    private static final int MANY = 10_000;

    @TestHTTPResource("/engine/live")
    URI feed;

    @Inject ServingEngine serving;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** What frames say of each block, beside what they count. */
    private static final class Picture {

        private int[] cells = new int[0];

        void take(JsonNode frame) {
            if (!frame.get("state").asText().equals("ready")) {
                return;
            }
            if (frame.has("engine")) {
                cells = new int[frame.at("/engine/blocks").asInt()];
            }
            JsonNode runs = frame.get("cells");
            for (int i = 0; i < runs.size(); i += 3) {
                int first = runs.get(i).asInt();
                Arrays.fill(cells, first, first + runs.get(i + 1).asInt(), runs.get(i + 2).asInt());
            }
            assertEquals(count(Snapshot.FREE), frame.get("free").asInt());
            assertEquals(count(Snapshot.CACHED), frame.get("cached").asInt());
            assertEquals(count(Snapshot.SHARED), frame.get("shared").asInt());
        }

        long count(int cell) {
            return Arrays.stream(cells).filter(one -> one == cell).count();
        }
    }

    /** Reads frames, and keeps what they say of each block. */
    private static final class Watching implements AutoCloseable {

        private final HttpClient client = HttpClient.newHttpClient();
        private final HttpResponse<InputStream> response;
        private final BufferedReader lines;
        private final Picture picture = new Picture();

        Watching(URI feed) throws IOException, InterruptedException {
            response =
                    client.send(HttpRequest.newBuilder(feed).build(), BodyHandlers.ofInputStream());
            lines =
                    new BufferedReader(
                            new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        JsonNode next() throws IOException {
            JsonNode frame = DemoServer.MAPPER.readTree(lines.readLine());
            picture.take(frame);
            return frame;
        }

        JsonNode nextWith(Predicate<JsonNode> property) throws IOException {
            for (int i = 0; i < MANY; i++) {
                JsonNode frame = next();
                if (property.test(frame)) {
                    return frame;
                }
            }
            throw new AssertionError("no such frame comes");
        }

        long count(int cell) {
            return picture.count(cell);
        }

        @Override
        public void close() {
            client.shutdownNow();
        }
    }

    private static Thread ask(int maxTokens) {
        return Thread.ofVirtual()
                .start(
                        () ->
                                DemoServer.post(
                                                "/v1/completions",
                                                "{\"prompt\": \"Once upon a time\", \"ignore_eos\":"
                                                        + " true, \"max_tokens\": "
                                                        + maxTokens
                                                        + "}")
                                        .statusCode(200));
    }

    @Test
    void firstFrameIsWholeAndSaysWhatStays() throws Exception {
        try (Watching watching = new Watching(feed)) {
            assertEquals(200, watching.response.statusCode());
            assertEquals(
                    "application/x-ndjson",
                    watching.response.headers().firstValue("Content-Type").orElseThrow());
            JsonNode frame = watching.next();
            assertEquals("ready", frame.get("state").asText());
            assertEquals("quire-demo", frame.at("/engine/model").asText());
            assertEquals(16, frame.at("/engine/block_size").asInt());
            assertTrue(frame.at("/engine/memory").size() > 3, frame.toString());
            assertFalse(watching.next().has("engine"));
        }
    }

    @Test
    void blocksOfARunningSequenceAreSeenAndLaterCached() throws Exception {
        try (Watching watching = new Watching(feed)) {
            JsonNode before = watching.next();
            Thread asking = ask(2000);
            JsonNode busy =
                    watching.nextWith(
                            frame ->
                                    frame.get("running").asInt() == 1
                                            && frame.at("/sequences/0/3").asInt() > 40);
            JsonNode sequence = busy.get("sequences").get(0);
            int slot = sequence.get(1).asInt();
            assertEquals(4, sequence.get(2).asInt());
            assertTrue(watching.count(Snapshot.FIRST_SLOT + slot) > 2);
            assertTrue(sequence.get(6).asInt() > 2, sequence.toString());
            asking.join();
            JsonNode after = watching.nextWith(frame -> frame.get("running").asInt() == 0);
            assertEquals(0, watching.count(Snapshot.FIRST_SLOT + slot));
            assertTrue(watching.count(Snapshot.CACHED) > 2);
            assertTrue(
                    after.get("generated").asLong() - before.get("generated").asLong() >= 1999,
                    after.toString());
        }
    }

    @Test
    void whoComesLaterIsToldTheWhole() throws Exception {
        try (Watching early = new Watching(feed)) {
            early.next();
            ask(64).join();
            try (Watching late = new Watching(feed)) {
                long steps = late.next().get("steps").asLong();
                early.nextWith(
                        frame ->
                                frame.get("steps").asLong() == steps
                                        && frame.get("running").asInt() == 0);
                assertEquals(early.count(Snapshot.CACHED), late.count(Snapshot.CACHED));
            }
        }
    }

    /** Its window has room for two frames or three; whoever reads on meanwhile sees many more. */
    @Test
    void whoReadsTooSlowlyMissesFramesAndIsThenToldTheWhole() throws Exception {
        try (Watching prompt = new Watching(feed);
                Http2Wire slow = new Http2Wire(feed)) {
            slow.limitWindow(1000);
            slow.request(1, "", Http2Wire.get(feed.getPath()));
            Thread asking = ask(2000);
            prompt.nextWith(frame -> frame.at("/sequences/0/3").asInt() > 40);
            int numSeen = 20;
            JsonNode latest = null;
            for (int i = 0; i < numSeen; i++) {
                latest = prompt.next();
            }
            List<JsonNode> frames = new ArrayList<>();
            for (String line : secondWhole(slow).split("\n")) {
                frames.add(DemoServer.MAPPER.readTree(line));
            }
            asking.join();
            assertTrue(frames.size() < numSeen / 2, frames.toString());
            JsonNode whole = frames.getLast();
            assertTrue(frames.getFirst().has("engine") && whole.has("engine"), frames.toString());
            assertTrue(whole.get("steps").asLong() >= latest.get("steps").asLong());
            Picture picture = new Picture();
            frames.forEach(picture::take);
        }
    }

    private static String secondWhole(Http2Wire wire) throws Exception {
        String facts = "\"engine\":";
        return wire.await(
                        1,
                        body ->
                                body.endsWith("\n")
                                        && body.indexOf(facts) != body.lastIndexOf(facts))
                .body
                .toString();
    }

    /**
     * A listener that does not return holds up the thread that plans steps. Of the watchers some
     * are served by other threads, who still can say so.
     */
    @Test
    void engineThatDoesNotAnswerIsSilentAndLaterToldOfWholly() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        List<Watching> all = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                all.add(new Watching(feed));
                assertEquals("ready", all.getLast().next().get("state").asText());
            }
            serving.submit(List.of(new Submission(request(), new Holding(leave))));
            CompletableFuture<JsonNode> silence = new CompletableFuture<>();
            CompletableFuture<JsonNode> after = new CompletableFuture<>();
            for (Watching watching : all) {
                Thread.ofVirtual().start(() -> hear(watching, silence, after));
            }
            assertEquals(
                    "The engine does not answer.",
                    silence.get(20, TimeUnit.SECONDS).get("message").asText());
            assertFalse(after.isDone());
            leave.countDown();
            assertTrue(after.get(20, TimeUnit.SECONDS).has("engine"));
        } finally {
            leave.countDown();
            all.forEach(Watching::close);
        }
    }

    private static GenerationRequest request() {
        return new GenerationRequest(
                "held", new int[] {1, 2, 3}, SamplingParams.builder().maxTokens(2).build());
    }

    private static void hear(
            Watching watching,
            CompletableFuture<JsonNode> silence,
            CompletableFuture<JsonNode> after) {
        try {
            silence.complete(
                    watching.nextWith(frame -> frame.get("state").asText().equals("silent")));
            after.complete(watching.nextWith(frame -> frame.get("state").asText().equals("ready")));
        } catch (IOException | RuntimeException e) {
            silence.completeExceptionally(e);
            after.completeExceptionally(e);
        }
    }

    /** Does not return from a token before it may. */
    private record Holding(CountDownLatch leave) implements GenerationListener {

        @Override
        public void onOutput(GenerationOutput output) {
            try {
                assertTrue(leave.await(1, TimeUnit.MINUTES));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void onError(QuireException error) {
            throw new AssertionError(error);
        }
    }

    /** What the engine does is counted from the first watcher on, until the last one goes. */
    @Test
    void afterTheLastHasGoneNothingIsCounted() throws Exception {
        try (Watching leaving = new Watching(feed)) {
            ask(64).join();
            leaving.nextWith(frame -> frame.get("generated").asInt() >= 64);
        }
        for (boolean counts = true; counts; ) {
            Thread.sleep(300);
            try (Watching next = new Watching(feed)) {
                counts = next.next().get("generated").asInt() > 0;
            }
        }
    }

    @Test
    void watchersAreBoundedAndLeaveRoomWhenTheyGo() throws Exception {
        List<Watching> all = new ArrayList<>();
        try {
            // Those of other tests may be on their way out.
            while (all.size() < EngineFeed.MAX_WATCHERS) {
                Watching one = new Watching(feed);
                if (one.response.statusCode() == 200) {
                    all.add(one);
                } else {
                    one.close();
                }
            }
            try (Watching tooMany = new Watching(feed)) {
                assertEquals(429, tooMany.response.statusCode());
                JsonNode error = DemoServer.MAPPER.readTree(tooMany.lines.readLine());
                assertTrue(error.at("/error/message").asText().startsWith("16 watch"));
            }
            all.removeFirst().close();
            for (int status = 429; status != 200; ) {
                Watching next = new Watching(feed);
                status = next.response.statusCode();
                all.add(next);
            }
            for (Watching watching : all) {
                if (watching.response.statusCode() == 200) {
                    watching.next();
                }
            }
        } finally {
            all.forEach(Watching::close);
        }
    }
}
