package quire.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.ops.reference.ReferenceOps;
import quire.sampling.BadWords;
import quire.sampling.EosTokens;
import quire.sampling.Logprobs;
import quire.sampling.Sampler;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.SamplingRule;
import quire.sampling.SamplingState;
import quire.sampling.TokenLogprobs;
import quire.sampling.TokenMask;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Sampling as an operation: slots change hands, rows share threads, and tokens stay the same. */
class TokenSamplerTest {

    static final int SLOTS = 24;

    private final Ops ops = new ReferenceOps();

    @AfterEach
    void close() {
        ops.close();
    }

    /** A sequence that samples; its tokens grow by what the sampler under test gave. */
    private static final class Client {

        private final long id;
        private final SamplingRule rule;
        private final int numPromptTokens;
        private int[] tokens;

        Client(long id, SamplingRule rule, int[] prompt) {
            this.id = id;
            this.rule = rule;
            this.tokens = prompt;
            this.numPromptTokens = prompt.length;
        }

        /** What a sampler that never saw the sequence makes of its tokens. */
        int expected(Sampler sampler, float[] logits) {
            return expected(sampler, logits, TokenMask.ANY);
        }

        int expected(Sampler sampler, float[] logits, long[] allowed) {
            SamplingState state = new SamplingState();
            state.belongTo(id, rule, tokens, numPromptTokens, tokens.length);
            return sampler.sample(MemorySegment.ofArray(logits), 0, state, allowed);
        }

        void addTo(SampleRows rows, int slot) {
            rows.add(slot, id, rule, tokens, numPromptTokens, tokens.length);
        }

        void append(int token) {
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = token;
        }
    }

    private static SamplingRule rule(Random random, int choice) {
        SamplingParamsBuilder params = SamplingParams.builder().maxTokens(1000).seed(7);
        params.temperature(random.nextInt(3) * 0.6);
        if (random.nextBoolean()) {
            params.topP(0.9).topK(20);
        }
        if (random.nextBoolean()) {
            params.repetitionPenalty(1.4).frequencyPenalty(0.5).presencePenalty(-0.5);
        }
        params.minTokens(random.nextInt(4));
        if (random.nextBoolean()) {
            params.logprobs(random.nextInt(4));
        }
        if (random.nextInt(3) == 0) {
            params.logitBias(Map.of(0, -100.0, 1 + random.nextInt(50), random.nextDouble() * 9));
        }
        if (random.nextInt(3) == 0) {
            params.allowedTokenIds(random.ints(25, 0, 50).boxed().toList());
        }
        BadWords badWords =
                random.nextBoolean()
                        ? BadWords.NONE
                        : BadWords.of(List.of(new int[] {2}, new int[] {1, 3}, new int[] {3, 3}));
        return new SamplingRule(params.build(), badWords, EosTokens.of(0, 1, 2, 3), choice, 0);
    }

    private static float[] row(Random random, int vocabSize) {
        float[] logits = new float[vocabSize];
        for (int i = 0; i < vocabSize; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        logits[random.nextInt(4)] = 3;
        return logits;
    }

    /** A vocabulary that is sampled by one thread, and one that several share. */
    @ParameterizedTest
    @CsvSource({"50, 1", "50, 3", "20000, 1", "20000, 3"})
    void tokensAreThoseOfASequenceByItselfWhateverSharesItsSteps(int vocabSize, int threads) {
        try (TokenSampler sampler = new HostSampler(ops, vocabSize, SLOTS, threads)) {
            assertTokens(ops, sampler, vocabSize);
        }
    }

    /**
     * Checks a sampler of {@link #SLOTS} slots against one that never saw the sequences: their
     * slots change, they are preempted and come back, and not all of them have a row in each step.
     */
    static void assertTokens(Ops ops, TokenSampler sampler, int vocabSize) {
        Random random = new Random(vocabSize);
        Matrix logits = ops.allocate(DType.F32, SLOTS, vocabSize);
        SampleRows rows = new SampleRows(SLOTS);
        Sampler alone = new Sampler(vocabSize);
        SampledStep sampled = new SampledStep(ops, sampler, SLOTS);
        Client[] slots = new Client[SLOTS];
        List<Client> preempted = new ArrayList<>();
        long nextId = 0;
        for (int step = 0; step < 60; step++) {
            rows.clear();
            List<Client> who = new ArrayList<>();
            List<float[]> values = new ArrayList<>();
            List<long[]> masks = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                if (slots[slot] != null && random.nextInt(6) == 0) {
                    preempted.add(slots[slot]);
                    slots[slot] = null;
                }
                if (slots[slot] == null && random.nextInt(3) == 0) {
                    slots[slot] =
                            preempted.isEmpty() || random.nextBoolean()
                                    ? new Client(
                                            nextId++,
                                            rule(random, slot),
                                            random.ints(5, 0, vocabSize).toArray())
                                    : preempted.removeFirst();
                }
                if (slots[slot] != null && random.nextInt(8) > 0) {
                    float[] value = row(random, vocabSize);
                    Tensor tensor =
                            new Tensor(DType.F32, 1, vocabSize, MemorySegment.ofArray(value));
                    ops.upload(logits, who.size(), tensor);
                    slots[slot].addTo(rows, slot);
                    long[] mask = anyMask(random, vocabSize);
                    if (mask != TokenMask.ANY || random.nextBoolean()) {
                        rows.mask(
                                random.nextInt(4) == 0 ? new LateMask(mask, sampled) : () -> mask);
                    }
                    masks.add(mask);
                    who.add(slots[slot]);
                    values.add(value);
                }
            }
            List<float[]> scored = new ArrayList<>();
            while (who.size() + scored.size() < SLOTS && random.nextInt(3) > 0) {
                float[] value = row(random, vocabSize);
                Tensor tensor = new Tensor(DType.F32, 1, vocabSize, MemorySegment.ofArray(value));
                ops.upload(logits, who.size() + scored.size(), tensor);
                rows.addScored(random.nextInt(vocabSize), random.nextInt(4));
                scored.add(value);
            }
            sampled.run(rows, logits);
            int[] tokens = awaited(sampler);
            for (int i = 0; i < who.size(); i++) {
                long[] mask = masks.get(i);
                String where = "step " + step + ", row " + i;
                if (mask == TokenMask.NOT_READY) {
                    assertEquals(TokenSampler.NOT_READY, tokens[i], where);
                    assertSame(TokenLogprobs.NONE, sampler.logprobs(i), where);
                    continue;
                }
                int expected = who.get(i).expected(alone, values.get(i), mask);
                assertEquals(expected, tokens[i], where);
                OptionalInt wanted = who.get(i).rule.params().logprobs();
                assertLogprobs(values.get(i), tokens[i], wanted, sampler.logprobs(i), mask);
                if (tokens[i] >= 0) {
                    who.get(i).append(tokens[i]);
                }
            }
            for (int i = 0; i < scored.size(); i++) {
                int row = who.size() + i;
                OptionalInt numTop = OptionalInt.of(rows.scoredTop(i));
                assertLogprobs(
                        scored.get(i),
                        rows.scoredId(i),
                        numTop,
                        sampler.logprobs(row),
                        TokenMask.ANY);
            }
        }
    }

    private static long[] anyMask(Random random, int vocabSize) {
        int kind = random.nextInt(16);
        if (kind > 6) {
            return kind < 15 ? TokenMask.ANY : TokenMask.NOT_READY;
        }
        int numWords = Math.ceilDiv(vocabSize, 64);
        long[] words = new long[kind == 2 ? Math.ceilDiv(numWords, 2) : numWords];
        for (int i = 0; i < words.length; i++) {
            words[i] =
                    switch (kind) {
                        case 3 -> 0;
                        case 4 -> random.nextInt(30) == 0 ? 1L << random.nextInt(64) : 0;
                        case 5 -> -1;
                        default -> random.nextLong();
                    };
        }
        return words;
    }

    /** They are those of the row within its mask, before any rule changed it, or none. */
    private static void assertLogprobs(
            float[] row, int token, OptionalInt wanted, TokenLogprobs found, long[] allowed) {
        if (wanted.isEmpty() || token < 0) {
            assertSame(TokenLogprobs.NONE, found);
            return;
        }
        MemorySegment logits = MemorySegment.ofArray(row);
        TokenLogprobs alone =
                new Logprobs(row.length).of(logits, 0, token, wanted.getAsInt(), allowed);
        assertEquals(token, found.tokenId());
        assertEquals(alone.logprob(), found.logprob());
        assertEquals(alone.rank(), found.rank());
        assertArrayEquals(alone.topIds(), found.topIds());
        assertArrayEquals(alone.topLogprobs(), found.topLogprobs());
    }

    /** Takes the tokens of the only step that is open. */
    private static int[] awaited(TokenSampler sampler) {
        while (!sampler.isDone()) {
            Thread.onSpinWait();
        }
        return sampler.await();
    }

    @Test
    void aSequenceThatComesBackToASlotOfItsFindsWhatItSampledElsewhere() {
        int vocabSize = 30;
        Random random = new Random(4);
        Matrix logits = ops.allocate(DType.F32, 1, vocabSize);
        SamplingParams params =
                SamplingParams.builder().maxTokens(99).frequencyPenalty(2).seed(5).build();
        Client client =
                new Client(1, new SamplingRule(params, EosTokens.of(), 0, 0), new int[] {1});
        Sampler alone = new Sampler(vocabSize);
        SampleRows rows = new SampleRows(1);
        try (TokenSampler sampler = ops.allocateSampler(vocabSize, 2)) {
            SampledStep sampled = new SampledStep(ops, sampler, 2);
            for (int step = 0; step < 30; step++) {
                float[] value = row(random, vocabSize);
                Tensor tensor = new Tensor(DType.F32, 1, vocabSize, MemorySegment.ofArray(value));
                ops.upload(logits, 0, tensor);
                rows.clear();
                client.addTo(rows, step / 5 % 2);
                sampled.run(rows, logits);
                int token = awaited(sampler)[0];
                assertEquals(client.expected(alone, value), token, "step " + step);
                client.append(token);
            }
        }
    }

    @Test
    void aRowOfNanGivesNoTokenAndItsNeighboursTheirs() {
        Matrix logits = ops.allocate(DType.F32, 3, 8);
        float[] values = new float[24];
        Arrays.fill(values, 8, 16, Float.NaN);
        values[5] = 1;
        values[18] = 60;
        ops.upload(logits, 0, new Tensor(DType.F32, 3, 8, MemorySegment.ofArray(values)));
        for (double temperature : new double[] {0, 1}) {
            SamplingRule rule =
                    new SamplingRule(
                            SamplingParams.builder().maxTokens(9).temperature(temperature).build(),
                            EosTokens.of(),
                            0,
                            0);
            SampleRows rows = new SampleRows(3);
            for (int slot = 0; slot < 3; slot++) {
                rows.add(slot, slot, rule, new int[] {1}, 1, 1);
            }
            try (TokenSampler sampler = ops.allocateSampler(8, 3)) {
                new SampledStep(ops, sampler, 3).run(rows, logits);
                int[] tokens = awaited(sampler);
                assertEquals(-1, tokens[1]);
                assertEquals(2, tokens[2]);
            }
        }
    }

    @Test
    void sharingRowsOutAllocatesNothing() {
        int vocabSize = 20_000;
        Random random = new Random(2);
        Matrix logits = ops.allocate(DType.F32, SLOTS, vocabSize);
        SampleRows rows = new SampleRows(SLOTS);
        for (int slot = 0; slot < SLOTS; slot++) {
            float[] value = row(random, vocabSize);
            ops.upload(
                    logits,
                    slot,
                    new Tensor(DType.F32, 1, vocabSize, MemorySegment.ofArray(value)));
        }
        SamplingParams params = SamplingParams.builder().maxTokens(1000).topP(0.9).build();
        SamplingRule rule = new SamplingRule(params, EosTokens.of(), 0, 0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int[] prompt = {1};
        try (TokenSampler sampler = new HostSampler(ops, vocabSize, SLOTS, 2)) {
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 6; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int step = 0; step < 50; step++) {
                    rows.clear();
                    for (int slot = 0; slot < SLOTS; slot++) {
                        rows.add(slot, slot, rule, prompt, 1, 1);
                    }
                    sampler.begin(rows);
                    sampler.sample(logits);
                    sampler.end();
                    sampler.await();
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least < 50 * SLOTS * 4, least + " bytes for " + 50 * SLOTS + " tokens");
        }
    }
}
