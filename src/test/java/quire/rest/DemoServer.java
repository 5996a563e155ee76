package quire.rest;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import quire.golden.GoldenData;

/** What the tests of the HTTP API share: the demo model behind the running server. */
final class DemoServer {

    static final ObjectMapper MAPPER = new ObjectMapper();

    private static final double CLEAR_MARGIN = 0.5;

    private DemoServer() {}

    /** Waits until the model is loaded. */
    static void awaitReady() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        for (Response health = given().get("/health");
                health.statusCode() != 200;
                health = given().get("/health")) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not ready: " + health.asString());
            }
            Thread.sleep(50);
        }
    }

    static ValidatableResponse post(String path, String body) {
        return given().contentType("application/json").body(body).post(path).then();
    }

    /**
     * The demo model's golden answers: messages, prompt, prompt_ids, greedy, answer. Without those
     * where two tokens were about as likely, which a cache in bf16 may tell apart another way.
     */
    static List<JsonNode> goldenCases() throws IOException {
        List<JsonNode> clear = new ArrayList<>();
        for (JsonNode golden :
                MAPPER.readTree(Files.readString(GoldenData.golden().resolve("quire-demo.json")))
                        .get("cases")) {
            double least = Double.MAX_VALUE;
            for (JsonNode margin : golden.get("margin")) {
                least = Math.min(least, margin.asDouble());
            }
            if (least > CLEAR_MARGIN) {
                clear.add(golden);
            }
        }
        if (clear.isEmpty()) {
            throw new AssertionError("no golden case is clear");
        }
        return clear;
    }

    /** Some of them, the first among them. */
    static List<JsonNode> everyNth(int n, List<JsonNode> cases) {
        return IntStream.range(0, cases.size())
                .filter(i -> i % n == 0)
                .mapToObj(cases::get)
                .toList();
    }

    /** The data of each event, in order; comments are skipped, as by every reader. */
    static List<String> events(String stream) {
        List<String> events = new ArrayList<>();
        for (String event : stream.split("\n\n")) {
            if (event.equals(": ")) {
                continue;
            }
            if (!event.startsWith("data: ")) {
                throw new AssertionError("not an event: " + event);
            }
            events.add(event.substring("data: ".length()));
        }
        return events;
    }

    /** The chunks of a stream, without the end, which must be there. */
    static List<JsonNode> chunks(String stream) throws IOException {
        List<String> events = events(stream);
        if (!events.getLast().equals("[DONE]")) {
            throw new AssertionError("the stream ends with " + events.getLast());
        }
        List<JsonNode> chunks = new ArrayList<>();
        for (String event : events.subList(0, events.size() - 1)) {
            chunks.add(MAPPER.readTree(event));
        }
        return chunks;
    }
}
