package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
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
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.scheduler.Snapshot;

/** The stream that the page's picture of the engine is made of. */
@QuarkusTest
class EngineFeedTest {

    private static final int MANY = 10_000;

    @TestHTTPResource("/engine/live")
    URI feed;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** Reads frames, and keeps what they say of each block. */
    private static final class Watching implements AutoCloseable {

        private final HttpClient client = HttpClient.newHttpClient();
        private final HttpResponse<InputStream> response;
        private final BufferedReader lines;
        private int[] cells = new int[0];

        Watching(URI feed) throws IOException, InterruptedException {
            response =
                    client.send(HttpRequest.newBuilder(feed).build(), BodyHandlers.ofInputStream());
            lines =
                    new BufferedReader(
                            new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        JsonNode next() throws IOException {
            JsonNode frame = DemoServer.MAPPER.readTree(lines.readLine());
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
            return Arrays.stream(cells).filter(one -> one == cell).count();
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
            early.nextWith(frame -> frame.get("cached").asInt() > 0);
            try (Watching late = new Watching(feed)) {
                late.next();
                assertEquals(early.count(Snapshot.CACHED), late.count(Snapshot.CACHED));
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
