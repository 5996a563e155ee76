package quire.ops.reference;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Matrix;
import quire.ops.RopeTable;
import quire.ops.StopFlag;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Rotary embedding, the KV cache and grouped-query attention of {@link ReferenceOps}. */
final class ReferenceAttention {

    /** How a device goes about softmax, from position 0 on (attention.cu). */
    private static final int TILE_TOKENS = 64;

    private static final int SEGMENT_TOKENS = 512;

    private final StopFlag stop;
    private final DType activations;
    private final DotProduct dot = new DotProduct();
    private float[] row = {};
    private float[] angles = {};
    private float[] norm = {};
    private float[] keys = {};
    private float[] values = {};
    private double[] weights = {};
    private double[] sums = {};

    /**
     * @param activations the type that weights of values are rounded to, as tensor cores want them
     */
    ReferenceAttention(StopFlag stop, DType activations) {
        this.stop = stop;
        this.activations = activations;
    }

    void ropeAndStore(
            Matrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        int headDim = heads.headDim();
        Shapes.check(
                rope.rotaryDim() % 2 == 0 && rope.rotaryDim() <= headDim,
                "a head of " + headDim + " cannot rotate " + rope.rotaryDim());
        Shapes.matrix("cosSin", rope.cosSin(), 0, rope.rotaryDim());
        row = Shapes.atLeast(row, heads.qkvWidth());
        angles = Shapes.atLeast(angles, rope.rotaryDim());
        norm = Shapes.atLeast(norm, headDim);
        int numRotated = heads.numHeads() + heads.numKvHeads();
        for (int t = 0; t < batch.numTokens(); t++) {
            int position = batch.positions().getAtIndex(ValueLayout.JAVA_INT, t);
            Shapes.check(
                    position >= 0 && position < rope.cosSin().rows(),
                    "position " + position + " is outside the RoPE table");
            Rows.read(rope.cosSin(), position, angles, 0);
            Rows.read(qkv, t, row, 0);
            if (heads.norms().isPresent()) {
                AttentionHeads.QkNorm norms = heads.norms().get();
                for (int head = 0; head < numRotated; head++) {
                    Rows.read(head < heads.numHeads() ? norms.query() : norms.key(), 0, norm, 0);
                    ReferenceOps.normalise(row, head * headDim, norm, headDim, norms.eps());
                }
            }
            for (int head = 0; head < numRotated; head++) {
                rotate(row, head * headDim, angles, rope);
            }
            Rows.write(qkv, t, row, 0);
            store(heads, cache, layer, batch.slotMapping().getAtIndex(ValueLayout.JAVA_INT, t));
        }
    }

    private static void rotate(float[] x, int at, float[] cosSin, RopeTable rope) {
        int half = rope.rotaryDim() / 2;
        int step =
                switch (rope.pairing()) {
                    case HALVES -> 1;
                    case NEIGHBOURS -> 2;
                };
        int distance =
                switch (rope.pairing()) {
                    case HALVES -> half;
                    case NEIGHBOURS -> 1;
                };
        for (int i = 0; i < half; i++) {
            int first = at + i * step;
            int second = first + distance;
            double a = x[first];
            double b = x[second];
            x[first] = (float) (a * cosSin[i] - b * cosSin[half + i]);
            x[second] = (float) (b * cosSin[i] + a * cosSin[half + i]);
        }
    }

    /** Writes the k and v heads of {@link #row} to a slot. */
    private void store(AttentionHeads heads, KvCache cache, int layer, int slot) {
        ReferenceKvCache own = ReferenceKvCache.of(cache);
        KvCacheLayout layout = cache.layout();
        int block = slot / layout.blockSize();
        int offset = slot % layout.blockSize();
        int keyAt = heads.numHeads() * heads.headDim();
        int valueAt = keyAt + heads.numKvHeads() * heads.headDim();
        for (int head = 0; head < heads.numKvHeads(); head++) {
            int cacheRow = cacheRow(layout, heads, block, head, offset);
            Rows.write(own.keys().get(layer), cacheRow, row, keyAt + head * heads.headDim());
            Rows.write(own.values().get(layer), cacheRow, row, valueAt + head * heads.headDim());
        }
    }

    private static int cacheRow(
            KvCacheLayout layout, AttentionHeads heads, int block, int head, int offset) {
        return (block * heads.numKvHeads() + head) * layout.blockSize() + offset;
    }

    void attention(
            Matrix out, Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        ReferenceKvCache own = ReferenceKvCache.of(cache);
        int headDim = heads.headDim();
        row = Shapes.atLeast(row, heads.qkvWidth());
        int group = heads.numHeads() / heads.numKvHeads();
        for (int s = 0; s < batch.numSequences(); s++) {
            int from = batch.queryStarts().getAtIndex(ValueLayout.JAVA_INT, s);
            int to = batch.queryStarts().getAtIndex(ValueLayout.JAVA_INT, s + 1);
            int context = batch.contextLengths().getAtIndex(ValueLayout.JAVA_INT, s);
            for (int kvHead = 0; kvHead < heads.numKvHeads(); kvHead++) {
                // Read once for all tokens and heads that share them.
                int first = firstVisible(context - (to - from), heads.slidingWindow());
                keys =
                        gather(
                                keys,
                                own.keys().get(layer),
                                cache.layout(),
                                heads,
                                batch,
                                s,
                                kvHead,
                                first,
                                context);
                values =
                        gather(
                                values,
                                own.values().get(layer),
                                cache.layout(),
                                heads,
                                batch,
                                s,
                                kvHead,
                                first,
                                context);
                for (int t = from; t < to; t++) {
                    stop.check();
                    Rows.read(qkv, t, row, 0);
                    int position = context - (to - t);
                    int begin = firstVisible(position, heads.slidingWindow()) - first;
                    int end = position + 1 - first;
                    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
                        attend(head * headDim, first, begin, end, headDim, heads.scale());
                        for (int i = 0; i < headDim; i++) {
                            Rows.set(out, t, head * headDim + i, (float) sums[i]);
                        }
                    }
                }
            }
        }
    }

    private static int firstVisible(int position, int slidingWindow) {
        return slidingWindow == 0 ? 0 : Math.max(0, position - slidingWindow + 1);
    }

    /** Reads positions {@code first} to {@code context} of one KV head in order. */
    private static float[] gather(
            float[] scratch,
            Tensor cache,
            KvCacheLayout layout,
            AttentionHeads heads,
            Batch batch,
            int sequence,
            int kvHead,
            int first,
            int context) {
        int headDim = heads.headDim();
        float[] gathered = Shapes.atLeast(scratch, Math.multiplyExact(context - first, headDim));
        long table = (long) sequence * batch.maxBlocksPerSequence();
        for (int p = first; p < context; p++) {
            int block =
                    batch.blockTables()
                            .getAtIndex(ValueLayout.JAVA_INT, table + p / layout.blockSize());
            int cacheRow = cacheRow(layout, heads, block, kvHead, p % layout.blockSize());
            Rows.read(cache, cacheRow, gathered, (p - first) * headDim);
        }
        return gathered;
    }

    /**
     * Softmax of {@code scale * q·k} over positions begin to end, and the values so weighted.
     *
     * @param first position of the first of {@link #keys}, from which begin and end count
     */
    private void attend(int query, int first, int begin, int end, int headDim, float scale) {
        if (weights.length < end - begin) {
            weights = new double[2 * (end - begin)];
        }
        if (sums.length < headDim) {
            sums = new double[headDim];
        }
        double greatest = Double.NEGATIVE_INFINITY;
        for (int p = begin; p < end; p++) {
            double score = scale * dot.of(row, query, keys, p * headDim, headDim);
            weights[p - begin] = score;
            greatest = Math.max(greatest, score);
        }
        double total = 0;
        double known = Double.NEGATIVE_INFINITY;
        Arrays.fill(sums, 0, headDim, 0);
        for (int p = begin; p < end; p++) {
            double score = weights[p - begin];
            double weight = Math.exp(score - greatest);
            total += weight;
            if (activations != DType.F32) {
                known = greatestSoFar(known, first + p, p - begin, end - begin);
                float rounded = Rows.rounded((float) Math.exp(score - known), activations);
                weight = rounded * Math.exp(known - greatest);
            }
            for (int i = 0; i < headDim; i++) {
                sums[i] += weight * values[p * headDim + i];
            }
        }
        for (int i = 0; i < headDim; i++) {
            sums[i] /= total;
        }
    }

    /**
     * What a device takes for the greatest score when it rounds the weight of a position: it knows
     * those of the position's tile and of the tiles before in the same segment.
     *
     * @param known what it took for the position before
     * @param index of the position's score, of {@code count}
     */
    private double greatestSoFar(double known, int position, int index, int count) {
        if (index > 0 && position % TILE_TOKENS != 0) {
            return known;
        }
        double most = position % SEGMENT_TOKENS == 0 ? Double.NEGATIVE_INFINITY : known;
        int left = TILE_TOKENS - position % TILE_TOKENS;
        for (int i = index; i < Math.min(count, index + left); i++) {
            most = Math.max(most, weights[i]);
        }
        return most;
    }
}
