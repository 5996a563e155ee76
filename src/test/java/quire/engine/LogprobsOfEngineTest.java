package quire.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.ScoredEngine.Question;
import quire.engine.ScoredEngine.Scores;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.TokenLogprobs;

/** What an engine tells of a token is the same, whether it was generated or stood in a prompt. */
class LogprobsOfEngineTest {

    private static final int NUM_TOP = 5;
    private static final int NUM_SEQUENCES = 5;

    private static EngineConfigBuilder config(BackendChoice backend) {
        return EngineConfig.builder(Path.of("models/quire-demo"))
                .backend(backend)
                .emulate(backend == BackendChoice.CUDA)
                .maxModelLength(96)
                .maxNumSequences(NUM_SEQUENCES)
                .maxNumBatchedTokens(24)
                .blockSize(16)
                .numThreads(2);
    }

    private static SamplingParamsBuilder greedy(int maxTokens) {
        return SamplingParams.builder().temperature(0).maxTokens(maxTokens).ignoreEos(true);
    }

    /** Generates by rules that change logits, then scores, in company, what came of it. */
    private static void assertScores(ScoredEngine engine, int numTokens) throws Exception {
        int[] prompt = engine.engine().tokenizer().encode("Once upon a time there was", false);
        SamplingParams rules =
                greedy(numTokens)
                        .logprobs(NUM_TOP)
                        .repetitionPenalty(1.5)
                        .presencePenalty(1)
                        .minTokens(numTokens)
                        .build();
        Scores made = engine.ask(prompt, rules);
        assertEquals(numTokens, made.output().size());
        Scores plain = engine.ask(prompt, greedy(numTokens).logprobs(NUM_TOP).build());
        for (TokenLogprobs token : plain.output()) {
            assertEquals(1, token.rank());
        }
        List<Question> questions = new ArrayList<>();
        SamplingParams score = greedy(1).promptLogprobs(NUM_TOP).build();
        questions.add(new Question(made.after(prompt), score));
        questions.add(new Question(prompt, greedy(numTokens).build()));
        questions.add(new Question(plain.after(prompt), score));
        questions.add(new Question(prompt, greedy(2).seed(3).logprobs(0).build()));
        questions.add(new Question(new int[] {5}, score));
        List<Scores> all = engine.askAll(questions);
        assertSame(made, prompt.length, all.get(0));
        assertSame(plain, prompt.length, all.get(2));
        assertTrue(all.get(1).output().isEmpty() && all.get(1).prompt().isEmpty());
        assertEquals(2, all.get(3).output().size());
        assertEquals(0, all.get(3).output().getFirst().topIds().length);
        assertEquals(1, all.get(4).prompt().size());
        // The prompt is in the prefix cache, and whoever wants its logits does without.
        assertEquals(0, all.get(0).numCachedTokens());
        assertBothTell(all.get(0).prompt(), engine.ask(questions.get(0).prompt(), two(score)));
    }

    private static SamplingParams two(SamplingParams params) {
        return params.toBuilder().n(2).build();
    }

    /** Both choices tell what one of them has found, which is what one alone finds. */
    private static void assertBothTell(List<TokenLogprobs> alone, Scores both) {
        int length = alone.size();
        assertEquals(2 * length, both.prompt().size());
        for (int i = 0; i < length; i++) {
            assertEquals(alone.get(i).logprob(), both.prompt().get(i).logprob());
            assertEquals(both.prompt().get(i), both.prompt().get(length + i));
        }
    }

    private static void assertSame(Scores made, int numPrompt, Scores scored) {
        List<TokenLogprobs> prompt = scored.prompt();
        assertEquals(numPrompt + made.output().size(), prompt.size());
        assertFalse(prompt.getFirst().isKnown());
        for (int i = 1; i < numPrompt; i++) {
            assertTrue(prompt.get(i).isKnown());
        }
        for (int i = 0; i < made.output().size(); i++) {
            TokenLogprobs generated = made.output().get(i);
            TokenLogprobs read = prompt.get(numPrompt + i);
            assertEquals(generated.tokenId(), read.tokenId());
            assertEquals(generated.logprob(), read.logprob());
            assertEquals(generated.rank(), read.rank());
            assertArrayEquals(generated.topIds(), read.topIds());
            assertArrayEquals(generated.topLogprobs(), read.topLogprobs());
        }
    }

    @Test
    void tokensOfThePromptAreScoredAsWhenTheyWereGenerated() throws Exception {
        Outside.CPU_KERNELS.path();
        try (ScoredEngine engine = new ScoredEngine(config(BackendChoice.CPU).build())) {
            assertScores(engine, 20);
        }
        try (ScoredEngine engine = new ScoredEngine(config(BackendChoice.REFERENCE).build())) {
            assertScores(engine, 9);
        }
    }

    @Test
    void onTheEmulatedCardTheyAreToo() throws Exception {
        Outside.CUDA_EMULATOR.path();
        CardConfig card = new CardConfig(OptionalDouble.empty(), false, List.of(), true, true);
        try (ScoredEngine engine =
                new ScoredEngine(config(BackendChoice.CUDA).card(card).build())) {
            assertScores(engine, 6);
        }
    }

    /** Prompts longer than a step has rows of logits, and a cache that is too small for all. */
    @Test
    void promptsThatArePreemptedAndComputedAgainHaveTheSameScores() throws Exception {
        Outside.CPU_KERNELS.path();
        Random random = new Random(6);
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] prompt = random.ints(1 + random.nextInt(60), 3, 4000).toArray();
            SamplingParamsBuilder params = greedy(1 + random.nextInt(30));
            if (i % 3 > 0) {
                params.promptLogprobs(i % 2);
            }
            questions.add(new Question(prompt, params.logprobs(1).build()));
        }
        EngineConfigBuilder config = config(BackendChoice.CPU).blockSize(8);
        try (ScoredEngine crowded = new ScoredEngine(config.numGpuBlocksOverride(13).build());
                ScoredEngine alone = new ScoredEngine(config(BackendChoice.CPU).build())) {
            List<Scores> together = crowded.askAll(questions);
            assertTrue(crowded.engine().stats().numPreemptions() > 0, "nothing was preempted");
            for (int i = 0; i < questions.size(); i++) {
                Scores expected = alone.ask(questions.get(i).prompt(), questions.get(i).params());
                assertEquals(values(expected.prompt()), values(together.get(i).prompt()));
                assertEquals(values(expected.output()), values(together.get(i).output()));
            }
        }
    }

    private static List<Float> values(List<TokenLogprobs> tokens) {
        return tokens.stream().map(TokenLogprobs::logprob).toList();
    }
}
