package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.engine.ScoredEngine.Question;
import quire.engine.ScoredEngine.Scores;
import quire.golden.GoldenData;
import quire.sampling.SamplingParams;
import quire.sampling.TokenLogprobs;

/** Log-probabilities of golden prompts and answers are those of transformers. */
class GoldenLogprobsTest {

    private static final double CLOSE = 1e-3;
    private static final int NUM_TOP = 5;

    @Test
    void tokensOfQuireDemo() throws Exception {
        assertGolden(Path.of("models/quire-demo"), "quire-demo");
    }

    @Test
    void tokensOfSmolLm2() throws Exception {
        assertGolden(Outside.SMOLLM2.path(), "smollm2");
    }

    private static void assertGolden(Path model, String name) throws Exception {
        Outside.CPU_KERNELS.path();
        JsonNode asked = read(name + ".json");
        JsonNode expected = read(name + "-logprobs.json");
        assertEquals(asked.size(), expected.size());
        EngineConfig config =
                EngineConfig.builder(model)
                        .backend(BackendChoice.CPU)
                        .kvCacheType(ElementType.FLOAT32)
                        .maxModelLength(256)
                        .maxNumSequences(32)
                        .maxNumBatchedTokens(64)
                        .kvCacheMemoryBytes(64L << 20)
                        .numThreads(2)
                        .build();
        SamplingParams score = SamplingParams.greedy(1).toBuilder().promptLogprobs(NUM_TOP).build();
        List<Question> questions = new ArrayList<>();
        for (JsonNode one : asked) {
            questions.add(new Question(ids(one), score));
        }
        int numTokens = 0;
        try (ScoredEngine engine = new ScoredEngine(config)) {
            List<Scores> all = engine.askAll(questions);
            for (int i = 0; i < all.size(); i++) {
                numTokens += assertScores(expected.get(i), all.get(i).prompt());
            }
        }
        assertTrue(numTokens >= 400, numTokens + " tokens");
    }

    private static JsonNode read(String file) throws IOException {
        return new JsonMapper()
                .readTree(Files.readString(GoldenData.golden().resolve(file)))
                .get("cases");
    }

    private static int[] ids(JsonNode asked) {
        List<Integer> ids = new ArrayList<>();
        asked.get("prompt_ids").forEach(id -> ids.add(id.asInt()));
        asked.get("greedy").forEach(id -> ids.add(id.asInt()));
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int assertScores(JsonNode expected, List<TokenLogprobs> scores) {
        JsonNode prompt = expected.get("prompt");
        JsonNode answer = expected.get("answer");
        assertEquals(1 + prompt.size() + answer.size(), scores.size());
        for (int i = 0; i < prompt.size(); i++) {
            assertEquals(prompt.get(i).asDouble(), scores.get(1 + i).logprob(), CLOSE);
        }
        for (int i = 0; i < answer.size(); i++) {
            TokenLogprobs found = scores.get(1 + prompt.size() + i);
            assertEquals(answer.get(i).asDouble(), found.logprob(), CLOSE);
            assertTop(expected.get("top").get(i), found);
        }
        return answer.size();
    }

    /** In the same order, where two differ by more than is close. */
    private static void assertTop(JsonNode expected, TokenLogprobs found) {
        for (int place = 0; place < NUM_TOP; place++) {
            double own = expected.get(place).get(1).asDouble();
            assertEquals(own, found.topLogprobs()[place], CLOSE);
            boolean clear = place == NUM_TOP - 1 || gap(expected, place) > CLOSE;
            clear &= place == 0 || gap(expected, place - 1) > CLOSE;
            if (clear && place < NUM_TOP - 1) {
                assertEquals(expected.get(place).get(0).asInt(), found.topIds()[place]);
            }
        }
    }

    private static double gap(JsonNode top, int place) {
        return top.get(place).get(1).asDouble() - top.get(place + 1).get(1).asDouble();
    }
}
