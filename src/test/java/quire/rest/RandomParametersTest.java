package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a request asks for, its stream joined is its answer as a whole. {@code
 * -Dquire.streams.rounds} and {@code -Dquire.streams.seed} choose others; 1000 is the full test.
 */
@QuarkusTest
@TestProfile(RandomParametersTest.Thinking.class)
@Timeout(600)
class RandomParametersTest {

    /** A server that tells thoughts apart. */
    public static final class Thinking implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quire.kv-cache-memory-bytes", "64M",
                    "quire.max-num-seqs", "8",
                    "quire.scheduling-policy", "priority",
                    "quire.trust-request-chat-template", "true",
                    "quire.reasoning-parser", "qwen3");
        }
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyParameterIsDrawn(boolean isChat) throws Exception {
        Set<String> drawn = new TreeSet<>(List.of("stream"));
        for (int seed = 0; seed < 500; seed++) {
            RandomBody.draw(new Random(seed), isChat).fieldNames().forEachRemaining(drawn::add);
        }
        assertEquals(ParametersTest.names(new Asker(isChat)), drawn);
    }

    @Test
    void joinedStreamIsTheWholeAnswer() throws Exception {
        long first = Long.getLong("quire.streams.seed", 20_261_127L);
        int rounds = Integer.getInteger("quire.streams.rounds", 100);
        for (long seed = first; seed < first + rounds; seed++) {
            Random random = new Random(seed);
            Asker asker = new Asker(random.nextBoolean());
            ObjectNode body = RandomBody.draw(random, asker.isChat());
            try {
                compare(asker, body);
            } catch (AssertionError e) {
                throw new AssertionError(
                        "rerun with -Dquire.streams.rounds=1 -Dquire.streams.seed="
                                + seed
                                + ": "
                                + body,
                        e);
            }
        }
    }

    /** A whole answer has no stream's options, and a stream no log-probabilities of the prompt. */
    private static void compare(Asker asker, ObjectNode body) {
        JsonNode whole = asker.answer(without(body, "stream_options"));
        List<JsonNode> chunks = asker.chunks(without(body, "prompt_logprobs"));
        if (body.has("stream_options")) {
            assertEquals(
                    whole.at("/usage/completion_tokens"),
                    chunks.getLast().at("/usage/completion_tokens"));
        }
        for (JsonNode choice : whole.get("choices")) {
            ObjectNode joined = asker.joined(chunks, choice.get("index").asInt());
            ObjectNode expected = choice.deepCopy();
            if (whole.has("prompt_token_ids")) {
                expected.set("prompt_token_ids", whole.get("prompt_token_ids"));
            }
            assertEquals(normal(expected), normal(joined));
        }
    }

    private static ObjectNode without(ObjectNode body, String name) {
        return body.deepCopy().without(name);
    }

    /** Without what is null or empty, and the ids of calls, which are drawn. */
    private static JsonNode normal(ObjectNode choice) {
        choice.remove("prompt_logprobs");
        for (String name : List.of("text", "logprobs", "stop_reason")) {
            if (choice.path(name).isNull() || choice.path(name).asText("-").isEmpty()) {
                choice.remove(name);
            }
        }
        if (choice.get("message") instanceof ObjectNode message) {
            message.remove("refusal");
            if (message.path("content").asText("").isEmpty() || message.get("content").isNull()) {
                message.remove("content");
            }
            message.path("tool_calls").forEach(call -> ((ObjectNode) call).remove("id"));
        }
        return choice;
    }
}
