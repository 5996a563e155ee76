package quire.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {

    private static SamplingState state(SamplingParamsBuilder params, int... prompt) {
        return state(new SamplingRule(params.build(), EosTokens.of(), 0, 0), prompt);
    }

    private static SamplingState state(SamplingRule rule, int... prompt) {
        SamplingState state = new SamplingState();
        state.belongTo(0, rule, prompt, prompt.length, prompt.length);
        return state;
    }

    private static SamplingParamsBuilder params() {
        return SamplingParams.builder().maxTokens(1_000_000).seed(7);
    }

    private static SamplingParamsBuilder greedy() {
        return params().temperature(0);
    }

    private static int sample(float[] logits, SamplingState state) {
        return new Sampler(logits.length).sample(logits, state);
    }

    private static float[] normal(long seed, int size) {
        Random random = new Random(seed);
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        return logits;
    }

    @Test
    void greedyTakesTheLikeliestAndTheLowestIdOnATie() {
        assertEquals(2, sample(new float[] {1, 2, 5, 5, -1}, state(greedy())));
        assertEquals(0, sample(new float[] {3}, state(greedy())));
        assertEquals(0, sample(new float[] {-0f, 0f}, state(greedy())));
        for (int size : new int[] {31, 511, 512, 513, 1025, 151_936}) {
            for (int place : new int[] {0, size / 2, size - 1}) {
                float[] logits = normal(size, size);
                logits[place] = 100;
                logits[size - 1] = 100;
                assertEquals(place, sample(logits, state(greedy())));
            }
        }
    }

    @Test
    void temperatureBelowTheLimitIsGreedyAndAtTheLimitIsNot() {
        assertTrue(params().temperature(9.9e-6).build().isGreedy());
        assertFalse(params().temperature(1e-5).build().isGreedy());
    }

    @Test
    void topKOfOneIsTheArgmax() {
        for (int seed = 0; seed < 50; seed++) {
            float[] logits = normal(seed, 1000);
            int argmax = sample(logits, state(greedy()));
            assertEquals(
                    argmax, sample(logits, state(params().topK(1).seed(seed))), "seed " + seed);
        }
    }

    @Test
    void nanIsNeverDrawnAndARowOfNothingElseGivesNoToken() {
        float[] logits = new float[1500];
        Arrays.fill(logits, Float.NaN);
        for (SamplingParamsBuilder each : everyKind()) {
            assertEquals(Sampler.NO_TOKEN, sample(logits, state(each)));
        }
        logits[1200] = -4;
        for (SamplingParamsBuilder each : everyKind()) {
            assertEquals(1200, sample(logits, state(each)));
        }
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        for (SamplingParamsBuilder each : everyKind()) {
            assertEquals(Sampler.NO_TOKEN, sample(logits, state(each)));
        }
        logits[3] = Float.POSITIVE_INFINITY;
        for (SamplingParamsBuilder each : everyKind()) {
            assertEquals(3, sample(logits, state(each)));
        }
    }

    private static List<SamplingParamsBuilder> everyKind() {
        return List.of(
                greedy(),
                params(),
                params().topP(0.9),
                params().topK(5),
                params().minP(0.1),
                params().topK(1400),
                params().repetitionPenalty(1.5).temperature(1e300),
                params().temperature(1e-5));
    }

    @Test
    void seededTokensDependOnSeedChoiceAndPositionAlone() {
        float[] logits = normal(1, 5000);
        float[] others = normal(2, 5000);
        SamplingParams params = params().temperature(1.5).build();
        Sampler fresh = new Sampler(5000);
        Sampler busy = new Sampler(5000);
        SamplingState a = state(new SamplingRule(params, EosTokens.of(), 0, 1));
        SamplingState b = state(new SamplingRule(params, EosTokens.of(), 0, 2));
        SamplingState choice = state(new SamplingRule(params, EosTokens.of(), 1, 1));
        int differing = 0;
        for (int i = 0; i < 50; i++) {
            int token = fresh.sample(logits, a);
            busy.sample(others, choice);
            assertEquals(token, busy.sample(logits, b));
            assertEquals(token, fresh.sample(logits, a), "asking changes nothing");
            differing += token == fresh.sample(logits, choice) ? 0 : 1;
            a.addOutput(token);
            b.addOutput(token);
            choice.addOutput(token);
        }
        assertTrue(differing > 40, "choices differ in " + differing);
    }

    @Test
    void withoutASeedTheFallbackSeedDecides() {
        float[] logits = normal(1, 5000);
        SamplingParams params = SamplingParams.builder().temperature(2).build();
        long first = SamplingRule.fallbackSeed(0, 1);
        long second = SamplingRule.fallbackSeed(0, 2);
        int token = sample(logits, state(new SamplingRule(params, EosTokens.of(), 0, first)));
        assertEquals(
                token, sample(logits, state(new SamplingRule(params, EosTokens.of(), 0, first))));
        assertNotEquals(
                token, sample(logits, state(new SamplingRule(params, EosTokens.of(), 0, second))));
        assertNotEquals(first, SamplingRule.fallbackSeed(1, 1));
    }

    @Test
    void drawsFollowTheProbabilities() {
        float[] logits = normal(3, 31);
        checkDistribution(logits, params().temperature(1), 31);
        checkDistribution(logits, params().temperature(0.5), 31);
        checkDistribution(logits, params().topK(7), 7);
        checkDistribution(logits, params().topK(30).temperature(2), 30);
        checkDistribution(normal(4, 1300), params().temperature(0.8), 1300);
        checkDistribution(normal(4, 1300), params().topK(400), 400);
    }

    /** Pearson's chi-square over {@code kept} likeliest tokens, rare ones taken together. */
    private static void checkDistribution(float[] logits, SamplingParamsBuilder builder, int kept) {
        SamplingState state = state(builder);
        Sampler sampler = new Sampler(logits.length);
        int numDraws = 100_000;
        int[] counts = new int[logits.length];
        for (int i = 0; i < numDraws; i++) {
            int token = sampler.sample(logits, state);
            counts[token]++;
            state.addOutput(token);
        }
        double[] sorted = new double[logits.length];
        Arrays.setAll(sorted, i -> logits[i]);
        Arrays.sort(sorted);
        double least = sorted[logits.length - kept];
        double total = 0;
        for (float logit : logits) {
            total += logit >= least ? Math.exp(logit / builder.build().temperature()) : 0;
        }
        double chiSquare = 0;
        int cells = 0;
        double rareExpected = 0;
        int rareCount = 0;
        for (int id = 0; id < logits.length; id++) {
            boolean in = logits[id] >= least;
            double expected =
                    in
                            ? numDraws
                                    * Math.exp(logits[id] / builder.build().temperature())
                                    / total
                            : 0;
            assertTrue(in || counts[id] == 0, "drew " + id + ", which was filtered");
            if (expected < 10) {
                rareExpected += expected;
                rareCount += counts[id];
            } else {
                chiSquare += (counts[id] - expected) * (counts[id] - expected) / expected;
                cells++;
            }
        }
        if (rareExpected > 10) {
            chiSquare += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
            cells++;
        }
        double freedom = cells - 1;
        // Four standard deviations of the chi-square distribution; the seed is fixed.
        assertTrue(chiSquare < freedom + 4 * Math.sqrt(2 * freedom), chiSquare + " at " + freedom);
    }

    @Test
    void randomNumbersAreUniformInSeedChoiceAndPosition() {
        int[][] buckets = new int[4][64];
        for (int i = 0; i < 64_000; i++) {
            buckets[0][(int) (64 * CounterRandom.uniform(CounterRandom.key(i, 0), 0))]++;
            buckets[1][(int) (64 * CounterRandom.uniform(CounterRandom.key(5, i), 0))]++;
            buckets[2][(int) (64 * CounterRandom.uniform(CounterRandom.key(5, 0), i))]++;
            long fallback = CounterRandom.fallbackSeed(0, i);
            buckets[3][(int) (64 * CounterRandom.uniform(CounterRandom.key(fallback, 0), 0))]++;
        }
        for (int[] counts : buckets) {
            double chiSquare = 0;
            for (int count : counts) {
                chiSquare += (count - 1000.0) * (count - 1000.0) / 1000;
            }
            assertTrue(chiSquare < 63 + 4 * Math.sqrt(126), "chi-square " + chiSquare);
        }
    }

    @Test
    void eosAndStopTokensAreForbiddenBeforeMinTokens() {
        float[] logits = {1, 9, 8, 2};
        SamplingParams params =
                greedy().minTokens(2).stopTokenIds(List.of(2, 900)).ignoreEos(true).build();
        SamplingState state = state(new SamplingRule(params, EosTokens.of(1), 0, 0));
        assertTrue(state.needsLogits());
        assertEquals(3, sample(logits, state));
        state.addOutput(3);
        assertEquals(3, sample(logits, state));
        state.addOutput(3);
        assertEquals(1, sample(logits, state));
        assertFalse(state.needsLogits());
    }

    @Test
    void whereEverythingIsForbiddenThereIsNoToken() {
        SamplingParams params = greedy().minTokens(1).build();
        SamplingState state = state(new SamplingRule(params, EosTokens.of(0), 0, 0));
        assertEquals(Sampler.NO_TOKEN, sample(new float[] {1}, state));
    }

    @Test
    void repetitionPenaltyCoversPromptAndOutput() {
        SamplingState state = state(greedy().repetitionPenalty(2), 1, 2, 2, 100);
        state.addOutput(3);
        assertArrayEquals(
                new float[] {4, 2, -6, 2.5f, 0}, penalised(new float[] {4, 4, -3, 5, 0}, state));
    }

    @Test
    void presenceAndFrequencyPenaltiesCoverTheOutputAlone() {
        SamplingState presence = state(greedy().presencePenalty(0.5), 1, 2);
        SamplingState frequency = state(greedy().frequencyPenalty(0.5), 1, 2);
        for (int token : new int[] {3, 3, 3, 0}) {
            presence.addOutput(token);
            frequency.addOutput(token);
        }
        float[] logits = {4, 4, -3, 5, 0};
        assertArrayEquals(new float[] {3.5f, 4, -3, 4.5f, 0}, penalised(logits, presence));
        assertArrayEquals(new float[] {3.5f, 4, -3, 3.5f, 0}, penalised(logits, frequency));
    }

    @Test
    void penaltiesTogetherDivideFirstAndSubtractThen() {
        SamplingState state =
                state(greedy().repetitionPenalty(2).presencePenalty(0.25).frequencyPenalty(0.5), 0);
        state.addOutput(1);
        state.addOutput(1);
        assertArrayEquals(new float[] {2, 0.75f, 4}, penalised(new float[] {4, 4, 4}, state));
        assertEquals(2, sample(new float[] {4, 4, 4}, state));
    }

    @Test
    void countsOfManyTokensAreKept() {
        SamplingState state = state(greedy().frequencyPenalty(0.5));
        Random random = new Random(5);
        float[] expected = new float[3000];
        for (int i = 0; i < 20_000; i++) {
            int token = random.nextInt(3000);
            state.addOutput(token);
            expected[token] -= 0.5f;
        }
        assertArrayEquals(expected, penalised(new float[3000], state));
    }

    private static float[] penalised(float[] logits, SamplingState state) {
        LogitRow row = new LogitRow(logits.length);
        row.load(MemorySegment.ofArray(logits), 0);
        state.change(row);
        return Arrays.copyOf(row.values(), row.size());
    }

    @Test
    void aStateThatComesToAnotherSequenceRemembersNothingOfTheFirst() {
        SamplingParamsBuilder params = greedy().repetitionPenalty(2).frequencyPenalty(0.5);
        SamplingRule rule = new SamplingRule(params.build(), EosTokens.of(), 0, 0);
        SamplingState state = state(params, 0, 1);
        state.addOutput(2);
        int[] tokens = {3, 4, 4, 9};
        state.belongTo(1, rule, tokens, 1, 3);
        float[] penalised = penalised(new float[] {4, 4, 4, 4, 4}, state);
        assertArrayEquals(new float[] {4, 4, 4, 2, 1}, penalised);
        state.addOutput(0);
        state.belongTo(1, rule, tokens, 1, 3);
        float[] ahead = penalised(new float[] {4, 4, 4, 4, 4}, state);
        assertArrayEquals(new float[] {1.5f, 4, 4, 2, 1}, ahead);
        state.belongTo(2, new SamplingRule(greedy().build(), EosTokens.of(), 0, 0), tokens, 4, 4);
        assertFalse(state.needsLogits());
    }

    @Test
    void onlyPlainGreedyNeedsNoLogits() {
        assertFalse(state(greedy()).needsLogits());
        assertTrue(state(params()).needsLogits());
        assertTrue(state(greedy().presencePenalty(1)).needsLogits());
        assertTrue(state(greedy().repetitionPenalty(1.1)).needsLogits());
        assertFalse(state(greedy().minTokens(5)).needsLogits(), "there is nothing to forbid");
    }

    @Test
    void whatAMaskForbidsIsAsIfItWereImpossible() {
        Random random = new Random(5);
        for (int size : new int[] {1, 63, 64, 65, 127, 1000}) {
            for (int round = 0; round < 40; round++) {
                float[] logits = normal(round, size);
                long[] words = new long[Math.ceilDiv(size, Long.SIZE) - (round % 8 == 7 ? 1 : 0)];
                for (int i = 0; i < words.length; i++) {
                    words[i] = random.nextLong();
                    for (int more = random.nextInt(5); more > 0; more--) {
                        words[i] = round % 2 == 0 ? words[i] & random.nextLong() : ~0L;
                    }
                }
                float[] masked = logits.clone();
                for (int id = 0; id < size; id++) {
                    boolean allowed =
                            id / Long.SIZE < words.length && (words[id / Long.SIZE] >> id & 1) != 0;
                    masked[id] = allowed ? logits[id] : Float.NEGATIVE_INFINITY;
                }
                SamplingState state = state(params().seed(round));
                assertEquals(
                        sample(masked, state),
                        new Sampler(size).sample(MemorySegment.ofArray(logits), 0, state, words),
                        size + " tokens, round " + round);
            }
        }
    }

    @Test
    void rowsAreReadWhereTheyLieAndStayAsTheyAre() {
        float[] logits = normal(9, 1000);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(3 * 4000L);
            MemorySegment.copy(logits, 0, rows, ValueLayout.JAVA_FLOAT, 4000, 1000);
            SamplingState state = state(params().topP(0.8).repetitionPenalty(1.3), 5, 6, 7);
            int token = sample(logits, state);
            assertEquals(token, new Sampler(1000).sample(rows, 4000, state, TokenMask.ANY));
            assertArrayEquals(logits, rows.asSlice(4000, 4000).toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void samplingAllocatesNothingOfTheSizeOfARow() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        MemorySegment logits = MemorySegment.ofArray(normal(1, 151_936));
        Sampler sampler = new Sampler(151_936);
        for (SamplingParamsBuilder each : everyKind()) {
            SamplingState state = state(each, 1, 2, 3);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20; i++) {
                sampler.sample(logits, 0, state, TokenMask.ANY);
            }
            long perToken = (threads.getCurrentThreadAllocatedBytes() - before) / 20;
            assertTrue(perToken < 4096, perToken + " bytes for each token with " + each.build());
        }
    }
}
