package quire.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import quire.ops.reference.ReferenceCaches;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;

/**
 * Sequences of random q, k and v, spread over a cache in shuffled blocks, that any backend can run
 * in any chunks.
 *
 * @param qkv one array a sequence, {@code [length, heads.qkvWidth()]}
 * @param blockTables one a sequence; no block has two owners
 */
record AttentionCase(
        AttentionHeads heads, KvCacheLayout layout, List<float[]> qkv, List<int[]> blockTables) {

    static final int BLOCK_SIZE = 16;

    /** New tokens {@code from} to {@code to} of one sequence. */
    record Chunk(int sequence, int from, int to) {}

    /** What one backend made of a case: attention of every token, then the whole cache. */
    record Result(List<float[]> attention, List<float[]> qkv, float[] keys, float[] values) {}

    static AttentionCase of(
            AttentionHeads heads,
            DType cacheType,
            Samples samples,
            DType activations,
            int... lengths) {
        int numBlocks = 3;
        for (int length : lengths) {
            numBlocks += blocks(length);
        }
        int[] order = samples.shuffled(numBlocks);
        List<float[]> qkv = new ArrayList<>();
        List<int[]> tables = new ArrayList<>();
        int next = 0;
        for (int length : lengths) {
            float[] rows = samples.gaussians(length * heads.qkvWidth());
            for (int i = 0; i < rows.length; i++) {
                rows[i] = Samples.rounded(rows[i], activations);
            }
            qkv.add(rows);
            tables.add(Arrays.copyOfRange(order, next, next += blocks(length)));
        }
        KvCacheLayout layout =
                KvCacheLayout.uniform(
                        2,
                        numBlocks,
                        BLOCK_SIZE,
                        new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                        cacheType);
        return new AttentionCase(heads, layout, qkv, tables);
    }

    private static int blocks(int length) {
        return (length + BLOCK_SIZE - 1) / BLOCK_SIZE;
    }

    int length(int sequence) {
        return qkv.get(sequence).length / heads.qkvWidth();
    }

    /** All tokens of all sequences in one step. */
    List<List<Chunk>> atOnce() {
        List<Chunk> step = new ArrayList<>();
        for (int s = 0; s < qkv.size(); s++) {
            step.add(new Chunk(s, 0, length(s)));
        }
        return List.of(step);
    }

    /** One sequence a step. */
    List<List<Chunk>> oneByOne() {
        List<List<Chunk>> steps = new ArrayList<>();
        for (Chunk chunk : atOnce().getFirst()) {
            steps.add(List.of(chunk));
        }
        return steps;
    }

    /** Chunks of growing size, so that prefill and decode of several sequences share steps. */
    List<List<Chunk>> mixed() {
        List<List<Chunk>> steps = new ArrayList<>();
        int[] computed = new int[qkv.size()];
        for (int step = 0; ; step++) {
            List<Chunk> chunks = new ArrayList<>();
            for (int s = qkv.size() - 1; s >= 0; s--) {
                int size = (s + step) % 3 == 0 ? 1 : 7 * s + step + 3;
                int to = Math.min(length(s), computed[s] + size);
                if (to > computed[s]) {
                    chunks.add(new Chunk(s, computed[s], to));
                    computed[s] = to;
                }
            }
            if (chunks.isEmpty()) {
                return steps;
            }
            steps.add(chunks);
        }
    }

    /** Runs the steps, each {@code ropeAndStore} then {@code attention}, on layer 1 of 2. */
    Result run(OpsContract contract, Ops with, RopeTable rope, List<List<Chunk>> steps) {
        KvCache cache = with.allocateKvCache(layout);
        List<float[]> attention = new ArrayList<>();
        List<float[]> rotated = new ArrayList<>();
        for (int s = 0; s < qkv.size(); s++) {
            attention.add(new float[length(s) * heads.numHeads() * heads.headDim()]);
            rotated.add(new float[qkv.get(s).length]);
        }
        for (List<Chunk> step : steps) {
            runStep(contract, with, rope, cache, step, attention, rotated);
        }
        return new Result(
                attention,
                rotated,
                readLayer(contract, with, cache, true),
                readLayer(contract, with, cache, false));
    }

    private static float[] readLayer(OpsContract contract, Ops with, KvCache cache, boolean keys) {
        return Samples.read(
                with instanceof ReferenceOps
                        ? ReferenceCaches.cached(cache, 1, keys)
                        : contract.cached(cache, 1, keys));
    }

    private void runStep(
            OpsContract contract,
            Ops with,
            RopeTable rope,
            KvCache cache,
            List<Chunk> step,
            List<float[]> attention,
            List<float[]> rotated) {
        int width = heads.qkvWidth();
        int tokens = step.stream().mapToInt(chunk -> chunk.to() - chunk.from()).sum();
        float[] rows = new float[tokens * width];
        Batch batch =
                with.allocateBatch(
                        new BatchLimits(tokens, step.size(), layout.numBlocks(), BLOCK_SIZE));
        batch.clear();
        int row = 0;
        for (Chunk chunk : step) {
            int[] table = blockTables.get(chunk.sequence());
            batch.startSequence(chunk.from(), table, table.length);
            for (int t = chunk.from(); t < chunk.to(); t++, row++) {
                batch.addToken(0);
                System.arraycopy(qkv.get(chunk.sequence()), t * width, rows, row * width, width);
            }
            batch.endSequence();
        }
        Matrix in = contract.upload(with, rows, tokens, width);
        int outWidth = heads.numHeads() * heads.headDim();
        Matrix out = with.allocate(with.activationType(), tokens, outWidth);
        with.begin(batch);
        with.ropeAndStore(in, heads, rope, cache, 1, batch);
        with.attention(out, in, heads, cache, 1, batch);
        float[] attended = Samples.read(with.host(out, tokens).slice(0, tokens));
        float[] turned = Samples.read(with.host(in, tokens).slice(0, tokens));
        row = 0;
        for (Chunk chunk : step) {
            int count = chunk.to() - chunk.from();
            System.arraycopy(
                    attended,
                    row * outWidth,
                    attention.get(chunk.sequence()),
                    chunk.from() * outWidth,
                    count * outWidth);
            System.arraycopy(
                    turned,
                    row * width,
                    rotated.get(chunk.sequence()),
                    chunk.from() * width,
                    count * width);
            row += count;
        }
    }
}
