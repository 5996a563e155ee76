package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import quire.ops.LateMask;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.SampleRows;
import quire.ops.SampledStep;
import quire.ops.TokenSampler;
import quire.sampling.BadWords;
import quire.sampling.EosTokens;
import quire.sampling.Sampler;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.SamplingRule;
import quire.sampling.SamplingState;
import quire.sampling.TokenMask;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** A backend's sampler of one vocabulary with what a step needs, beside the host's own. */
final class SamplerBench {

    static final int MAX_ROWS = 8;

    /** In chunks of logits that different warps look at, and in none. */
    private static final List<Integer> ENDING = List.of(0, 3, 90, 300, 4096, 4500, 200_000);

    private final int vocabSize;
    private final Ops ops;
    private final TokenSampler sampler;
    private final SampledStep step;
    private final Matrix logits;
    private final SampleRows rows = new SampleRows(MAX_ROWS);
    private final List<float[]> values = new ArrayList<>();

    SamplerBench(Ops ops, int vocabSize) {
        this.ops = ops;
        this.vocabSize = vocabSize;
        sampler = ops.allocateSampler(vocabSize, MAX_ROWS);
        step = new SampledStep(ops, sampler, MAX_ROWS);
        logits = ops.allocate(DType.F32, MAX_ROWS, vocabSize);
    }

    TokenSampler sampler() {
        return sampler;
    }

    /** Appends a row to the step. */
    void add(int slot, Text text, float[] row) {
        text.addTo(rows, slot);
        values.add(row);
    }

    /** Appends one that becomes what its mask allows, which comes late for every third row. */
    void add(int slot, Text text, float[] row, long[] mask) {
        add(slot, text, row);
        rows.mask(values.size() % 3 == 0 ? new LateMask(mask, step) : () -> mask);
    }

    /** Tokens of the step's rows. */
    int[] sample() {
        int numRows = values.size();
        begin();
        return take(numRows);
    }

    /** Samples the step, whose tokens are to be taken. */
    void begin() {
        float[] all = new float[values.size() * vocabSize];
        for (int row = 0; row < values.size(); row++) {
            System.arraycopy(values.get(row), 0, all, row * vocabSize, vocabSize);
        }
        MemorySegment bytes = MemorySegment.ofArray(all);
        ops.upload(logits, 0, new Tensor(DType.F32, values.size(), vocabSize, bytes));
        step.run(rows, logits);
        rows.clear();
        values.clear();
    }

    /** Tokens of the oldest step. */
    int[] take(int numRows) {
        return Arrays.copyOf(sampler.await(), numRows);
    }

    /** A sequence, and what the host chooses for it. */
    static final class Text {
        private static long numTexts;

        private final long id = numTexts++;
        private final SamplingRule rule;
        private final int numPrompt;
        private final SamplingState state = new SamplingState();
        private int[] tokenIds;
        private int numTokens;

        Text(SamplingParamsBuilder params, int... prompt) {
            this(params, BadWords.NONE, prompt);
        }

        Text(SamplingParamsBuilder params, BadWords badWords, int... prompt) {
            rule = new SamplingRule(params.build(), badWords, EosTokens.of(), 0, 7);
            numPrompt = prompt.length;
            tokenIds = prompt;
            numTokens = prompt.length;
            state.belongTo(id, rule, prompt, numPrompt, numPrompt);
        }

        void addTo(SampleRows rows, int slot) {
            rows.add(slot, id, rule, tokenIds, numPrompt, numTokens);
        }

        SamplingRule rule() {
            return rule;
        }

        SamplingParams params() {
            return rule.params();
        }

        /** As it is before the next draw. */
        SamplingState state() {
            return state;
        }

        /** The host's token. */
        int choose(float[] logits) {
            return new Sampler(logits.length).sample(logits, state);
        }

        void append(int token) {
            tokenIds = Arrays.copyOf(tokenIds, numTokens + 1);
            tokenIds[numTokens++] = token;
            state.addOutput(token);
        }
    }

    static SamplingParamsBuilder params() {
        return SamplingParams.builder().maxTokens(1_000_000).seed(7);
    }

    static SamplingParamsBuilder anyParams(Random random) {
        SamplingParamsBuilder params = params().seed(random.nextInt(1 << 20));
        double[] temperatures = {0, 1e-5, 0.1, 0.7, 1, 1, 1.5, 4, 100, 1e300};
        params.temperature(temperatures[random.nextInt(temperatures.length)]);
        if (random.nextInt(3) == 0) {
            params.topK(1 + (int) Math.exp(random.nextDouble() * 9));
        }
        if (random.nextInt(3) == 0) {
            double[] some = {1e-300, 1e-9, 0.1, 0.5, 0.9, 0.95, 0.999, 1 - 1e-9, 1 - 0x1p-53};
            params.topP(some[random.nextInt(some.length)]);
        }
        if (random.nextInt(4) == 0) {
            double[] some = {1e-12, 0.01, 0.05, 0.3, 1};
            params.minP(some[random.nextInt(some.length)]);
        }
        if (random.nextInt(3) == 0) {
            params.repetitionPenalty(random.nextBoolean() ? 1 : 0.5 + random.nextDouble() * 2);
            params.frequencyPenalty(random.nextBoolean() ? 0 : random.nextDouble() * 4 - 2);
            params.presencePenalty(random.nextBoolean() ? 0 : random.nextDouble() * 4 - 2);
        }
        if (random.nextInt(4) == 0) {
            params.minTokens(random.nextInt(6)).stopTokenIds(ENDING);
        }
        if (random.nextInt(5) == 0) {
            Map<Integer, Double> biases = new HashMap<>();
            for (int i = random.nextInt(4) == 0 ? 1024 : 3; i > 0; i--) {
                biases.put(anyId(random), random.nextDouble() * 200 - 100);
            }
            params.logitBias(biases);
        }
        if (random.nextInt(5) == 0) {
            // The first token is one of every vocabulary.
            List<Integer> allowed = new ArrayList<>(List.of(0));
            for (int i = random.nextInt(300); i > 0; i--) {
                allowed.add(anyId(random));
            }
            params.allowedTokenIds(allowed);
        }
        return params;
    }

    /** Small ones more often, so that vocabularies of every size have some. */
    private static int anyId(Random random) {
        return (int) Math.exp(random.nextDouble() * 12) - 1;
    }

    /** None in most cases. */
    static BadWords anyBadWords(Random random) {
        if (random.nextInt(4) > 0) {
            return BadWords.NONE;
        }
        List<int[]> words = new ArrayList<>();
        for (int i = random.nextInt(5) == 0 ? 600 : 1 + random.nextInt(9); i > 0; i--) {
            int length = 1 + (random.nextInt(9) == 0 ? random.nextInt(11) : random.nextInt(3));
            words.add(random.ints(length, 0, 1).map(zero -> anyId(random)).toArray());
        }
        return BadWords.of(words);
    }

    /** Words of a mask of any density, maybe fewer than the vocabulary has. */
    static long[] anyMask(Random random, int vocabSize) {
        int kind = random.nextInt(7);
        if (kind < 2) {
            return kind == 0 ? TokenMask.ANY : TokenMask.NOT_READY;
        }
        int numWords = Math.ceilDiv(vocabSize, Long.SIZE);
        long[] words = new long[kind == 2 ? Math.ceilDiv(numWords, 2) : numWords];
        for (int i = 0; i < words.length; i++) {
            long any = random.nextLong();
            words[i] = kind == 3 ? -1 : kind == 4 ? any & random.nextLong() >> 40 : any;
        }
        return words;
    }

    /** The logits that a mask leaves. */
    static float[] masked(float[] logits, long[] mask) {
        float[] left = logits.clone();
        for (int id = 0; mask != TokenMask.ANY && id < left.length; id++) {
            if (id / 64 >= mask.length || (mask[id / 64] >>> id & 1) == 0) {
                left[id] = Float.NEGATIVE_INFINITY;
            }
        }
        return left;
    }

    static float[] anyLogits(Random random, int size) {
        float[] logits = new float[size];
        double spread = new double[] {0, 0.3, 2, 2, 6, 40}[random.nextInt(6)];
        boolean coarse = random.nextInt(3) == 0;
        for (int i = 0; i < size; i++) {
            float value = (float) (random.nextGaussian() * spread);
            logits[i] = coarse ? Math.round(value * 4) / 4f : value;
        }
        float[] odd = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -0f, 3e38f};
        for (int i = random.nextInt(40); i < 4; i++) {
            logits[random.nextInt(size)] = odd[random.nextInt(odd.length)];
        }
        if (random.nextInt(100) == 0) {
            Arrays.fill(logits, odd[random.nextInt(2)]);
        }
        return logits;
    }

    static int[] anyPrompt(Random random, int vocabSize) {
        return random.ints(1 + random.nextInt(20), 0, vocabSize).toArray();
    }
}
