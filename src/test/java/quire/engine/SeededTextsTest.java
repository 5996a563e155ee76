package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.ScoredEngine.Question;
import quire.engine.ScoredEngine.Scores;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.TokenLogprobs;

/** Seeded texts of an engine: they depend on their request alone. */
class SeededTextsTest {

    private static EngineConfig config(BackendChoice backend) {
        return EngineConfig.builder(Path.of("models/quire-demo"))
                .backend(backend)
                .emulate(backend == BackendChoice.CUDA)
                .maxModelLength(64)
                .maxNumSequences(4)
                .maxNumBatchedTokens(24)
                .blockSize(16)
                .numThreads(2)
                .build();
    }

    /** Logprobs tell the tokens. */
    private static SamplingParamsBuilder seeded(long seed, int maxTokens) {
        return SamplingParams.builder()
                .temperature(1.3)
                .topP(0.98)
                .frequencyPenalty(0.4)
                .logitBias(Map.of(11, 2.0))
                .badWords(List.of("the", "a"))
                .ignoreEos(true)
                .seed(seed)
                .maxTokens(maxTokens)
                .logprobs(0);
    }

    private static List<Integer> ids(Scores scores) {
        return scores.output().stream().map(TokenLogprobs::tokenId).toList();
    }

    private static void assertSeeded(ScoredEngine engine, int maxTokens) throws Exception {
        int[] prompt = engine.engine().tokenizer().encode("Once upon a time there was", false);
        List<List<Integer>> alone = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            alone.add(ids(engine.ask(prompt, seeded(seed, maxTokens).build())));
            assertEquals(maxTokens, alone.getLast().size());
        }
        assertNotEquals(alone.get(0), alone.get(1));
        List<Question> questions = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            questions.add(new Question(prompt, seeded(seed, maxTokens).build()));
            questions.add(new Question(new int[] {5 + seed}, seeded(seed, 3).topK(7).build()));
            questions.add(new Question(prompt, SamplingParams.greedy(2 + seed)));
        }
        List<Scores> together = engine.askAll(questions);
        for (int seed = 0; seed < 3; seed++) {
            assertEquals(alone.get(seed), ids(together.get(3 * seed)), "seed " + seed);
        }
    }

    @Test
    void areTheSameAloneAndInAnyCompany() throws Exception {
        try (ScoredEngine engine = new ScoredEngine(config(BackendChoice.CPU))) {
            assertSeeded(engine, 20);
        }
    }

    @Test
    void areTheSameAloneAndInAnyCompanyOnACard() throws Exception {
        Outside.CUDA_EMULATOR.path();
        try (ScoredEngine engine = new ScoredEngine(config(BackendChoice.CUDA))) {
            assertSeeded(engine, 5);
        }
    }
}
