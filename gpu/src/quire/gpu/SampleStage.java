package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.SampleRows;
import quire.ops.TokenSampler;
import quire.ops.cuda.CudaOps;
import quire.sampling.EosTokens;
import quire.sampling.Sampler;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.SamplingRule;
import quire.sampling.SamplingState;
import quire.sampling.TokenMask;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The engine's sampler on the card: the tokens of the host's, and what a step of it takes. */
final class SampleStage implements Stage.Work {
    private static final int ROWS = 8;
    private static final int[] PROMPT = {1, 2, 3, 3};

    private final SplittableRandom random = new SplittableRandom(3);
    private Bench bench;
    private int vocabSize;

    @Override
    public void run(Bench theBench) {
        bench = theBench;
        vocabSize = bench.tiny() ? 5000 : 152_064;
        try (Ops ops = new CudaOps(bench.gpu().device(), bench.engineKernels(), DType.BF16)) {
            kinds().forEach((name, params) -> compare(ops, name, params));
            for (int rows : bench.tiny() ? new int[] {2} : new int[] {1, 8, 64, 256}) {
                for (String name : List.of("greedy", "temperature 1", "top_p 0.95", "top_k 50")) {
                    time(ops, name, kinds().get(name), rows);
                }
            }
        }
    }

    private static Map<String, SamplingParams> kinds() {
        Map<String, SamplingParams> kinds = new LinkedHashMap<>();
        kinds.put("greedy", params().temperature(0).build());
        kinds.put("temperature 1", params().build());
        kinds.put("top_p 0.95", params().topP(0.95).build());
        kinds.put("top_k 50", params().topK(50).temperature(0.7).build());
        kinds.put("min_p 0.05", params().minP(0.05).temperature(1.5).build());
        kinds.put("top_k 1000, top_p 0.8", params().topK(1000).topP(0.8).build());
        kinds.put(
                "penalties, min_tokens",
                params().repetitionPenalty(1.2)
                        .frequencyPenalty(0.5)
                        .presencePenalty(0.3)
                        .minTokens(10)
                        .build());
        kinds.put(
                "logit_bias, allowed_token_ids",
                params().logitBias(Map.of(17, 5.0, 3000, -100.0))
                        .allowedTokenIds(IntStream.range(0, 5000).boxed().toList())
                        .topP(0.9)
                        .build());
        return kinds;
    }

    private static SamplingParamsBuilder params() {
        return SamplingParams.builder().maxTokens(1_000_000).seed(11);
    }

    /** Texts of one kind, one in each slot, side by side on both. */
    private void compare(Ops ops, String name, SamplingParams params) {
        int steps = bench.tiny() ? 3 : 30;
        TokenSampler card = ops.allocateSampler(vocabSize, ROWS);
        Batch batch = batch(ops, ROWS);
        Matrix matrix = ops.allocate(DType.F32, ROWS, vocabSize);
        Sampler host = new Sampler(vocabSize);
        List<SamplingRule> rules = rules(params, ROWS);
        List<SamplingState> states = new ArrayList<>();
        for (int slot = 0; slot < ROWS; slot++) {
            states.add(new SamplingState());
            states.get(slot).belongTo(slot, rules.get(slot), PROMPT, PROMPT.length, PROMPT.length);
        }
        SampleRows rows = rows(rules);
        int others = 0;
        for (int step = 0; step < steps; step++) {
            float[] logits = logits(ROWS);
            MemorySegment bytes = MemorySegment.ofArray(logits);
            ops.upload(matrix, 0, new Tensor(DType.F32, ROWS, vocabSize, bytes));
            int[] tokens = sample(ops, card, batch, rows, matrix);
            for (int row = 0; row < ROWS; row++) {
                long at = (long) row * vocabSize * Float.BYTES;
                others +=
                        host.sample(bytes, at, states.get(row), TokenMask.ANY) == tokens[row]
                                ? 0
                                : 1;
                // Both go on from the card's, so that one difference stays one.
                states.get(row).addOutput(Math.max(tokens[row], 0));
            }
        }
        int draws = steps * ROWS;
        bench.report()
                .check(
                        "tokens of the host, " + name,
                        others <= 1,
                        others + " of " + draws + " are others; 1 may be, by a rounding");
    }

    private static List<SamplingRule> rules(SamplingParams params, int count) {
        List<SamplingRule> rules = new ArrayList<>();
        for (int choice = 0; choice < count; choice++) {
            rules.add(new SamplingRule(params, EosTokens.of(0, 5), choice, 0));
        }
        return rules;
    }

    private static SampleRows rows(List<SamplingRule> rules) {
        SampleRows rows = new SampleRows(rules.size());
        for (int slot = 0; slot < rules.size(); slot++) {
            rows.add(slot, slot, rules.get(slot), PROMPT, PROMPT.length, PROMPT.length);
        }
        return rows;
    }

    /** A token in each of so many slots. */
    private static Batch batch(Ops ops, int numRows) {
        Batch batch = ops.allocateBatch(new BatchLimits(numRows, numRows, 1, 16));
        batch.clear();
        for (int row = 0; row < numRows; row++) {
            batch.startSequence(0, new int[] {0}, 1);
            batch.addToken(0);
            batch.addLogitRow();
            batch.endSequence();
        }
        return batch;
    }

    private static int[] sample(
            Ops ops, TokenSampler card, Batch batch, SampleRows rows, Matrix matrix) {
        card.begin(rows);
        ops.begin(batch);
        card.sample(matrix);
        card.end();
        return card.await();
    }

    private float[] logits(int rows) {
        float[] logits = new float[rows * vocabSize];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 3;
        }
        return logits;
    }

    /** One step after the other, with what the host does for it. */
    private void time(Ops ops, String name, SamplingParams params, int numRows) {
        int steps = bench.tiny() ? 2 : 100;
        TokenSampler card = ops.allocateSampler(vocabSize, numRows);
        Batch batch = batch(ops, numRows);
        Matrix matrix = ops.allocate(DType.F32, numRows, vocabSize);
        for (int row = 0; row < numRows; row++) {
            MemorySegment bytes = MemorySegment.ofArray(logits(1));
            ops.upload(matrix, row, new Tensor(DType.F32, 1, vocabSize, bytes));
        }
        SampleRows rows = rows(rules(params, numRows));
        long begun = 0;
        for (int step = -steps / 2; step < steps; step++) {
            begun = step == 0 ? System.nanoTime() : begun;
            sample(ops, card, batch, rows, matrix);
        }
        double micros = (System.nanoTime() - begun) / 1e3 / steps;
        bench.report()
                .figure(
                        name + ", rows: " + numRows,
                        micros,
                        "µs",
                        "a step of " + vocabSize + " logits a row, host included");
    }
}
