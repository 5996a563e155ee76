package quire.ops.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.HostOpsContract;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The contract, and what the oracle itself is held to: values worked out by hand. */
class ReferenceOpsTest extends HostOpsContract {

    @Override
    protected Ops ops(int threads) {
        return new ReferenceOps();
    }

    @Override
    protected Tensor cached(KvCache cache, int layer, boolean keys) {
        return ReferenceCaches.cached(cache, layer, keys);
    }

    private static Tensor stored(int columns, float... values) {
        return new Tensor(
                DType.F32, values.length / columns, columns, MemorySegment.ofArray(values));
    }

    private static Matrix matrix(Ops ops, int columns, float... values) {
        Matrix matrix = ops.allocate(DType.F32, values.length / columns, columns);
        ops.upload(matrix, 0, stored(columns, values));
        return matrix;
    }

    private static float[] values(Matrix matrix) {
        return values(ReferenceMatrix.host(matrix));
    }

    private static float[] values(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_FLOAT);
    }

    /** One sequence, all of its tokens new, in blocks of 2 that lie backwards. */
    private static Batch batch(Ops ops, int numTokens) {
        Batch batch = ops.allocateBatch(new BatchLimits(numTokens, 1, 4, 2));
        batch.clear();
        batch.startSequence(0, new int[] {3, 2, 1, 0}, 4);
        for (int t = 0; t < numTokens; t++) {
            batch.addToken(t);
        }
        batch.endSequence();
        return batch;
    }

    @Test
    void normalisesByTheRootMeanSquare() {
        try (Ops ops = new ReferenceOps()) {
            Matrix x = matrix(ops, 2, 3, 4, 0, 2);
            ops.rmsNorm(x, x, matrix(ops, 2, 1, 10), 0.5f, 2);
            float first = (float) (1 / Math.sqrt(12.5 + 0.5));
            float second = (float) (1 / Math.sqrt(2 + 0.5));
            assertArrayEquals(
                    new float[] {3 * first, 40 * first, 0, 20 * second}, values(x), 1e-5f);
        }
    }

    @Test
    void multipliesByTheTransposedWeight() {
        try (Ops ops = new ReferenceOps()) {
            Linear linear =
                    ops.placeLinear(
                            List.of(
                                    new LinearPart(stored(3, 1, 2, 3, 4, 5, 6), Optional.empty()),
                                    new LinearPart(
                                            stored(3, 1, 0, -1), Optional.of(stored(1, 100)))));
            Matrix out = ops.allocate(DType.F32, 2, 3);
            ops.linear(out, matrix(ops, 3, 1, 1, 1, 1, 10, 100), linear, 2);
            assertArrayEquals(new float[] {6, 15, 100, 321, 654, 1}, values(out));
        }
    }

    @Test
    void turnsPairsByTheAngleOfTheirPosition() {
        // Position p turns the first pair by p quarter turns and the second not at all.
        float[] table = {1, 1, 0, 0, 0, 1, 1, 0};
        AttentionHeads heads = new AttentionHeads(1, 1, 4, 1, 0, Optional.empty());
        float[] token = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        float[][] turned = {
            {-3, 2, 1, 4, -7, 6, 5, 8, 9, 10, 11, 12}, {-2, 1, 3, 4, -6, 5, 7, 8, 9, 10, 11, 12}
        };
        for (RopeTable.Pairing pairing : RopeTable.Pairing.values()) {
            try (Ops ops = new ReferenceOps()) {
                float[] both = new float[24];
                System.arraycopy(token, 0, both, 0, 12);
                System.arraycopy(token, 0, both, 12, 12);
                Matrix qkv = matrix(ops, 12, both);
                KvCache cache =
                        ops.allocateKvCache(
                                KvCacheLayout.uniform(
                                        1, 4, 2, new KvCacheLayout.Layer(1, 4), DType.F32));
                RopeTable rope = new RopeTable(matrix(ops, 4, table), 4, pairing);
                ops.ropeAndStore(qkv, heads, rope, cache, 0, batch(ops, 2));
                float[] expected = turned[pairing.ordinal()];
                assertArrayEquals(token, values(ReferenceMatrix.host(qkv).slice(0, 1)));
                assertArrayEquals(expected, values(ReferenceMatrix.host(qkv).slice(1, 2)));
                float[] key = new float[4];
                System.arraycopy(expected, 4, key, 0, 4);
                // Block 3 holds the first two positions.
                assertArrayEquals(key, values(cached(cache, 0, true).slice(7, 8)));
                assertArrayEquals(
                        new float[] {9, 10, 11, 12}, values(cached(cache, 0, false).slice(6, 7)));
            }
        }
    }

    @Test
    void attentionIsTheSoftmaxOverWhatATokenSees() {
        long seed = 5;
        Random random = new Random(seed);
        int tokens = 7;
        int numHeads = 6;
        int numKvHeads = 2;
        int headDim = 4;
        for (int window : new int[] {0, 1, 3, 7}) {
            AttentionHeads heads =
                    new AttentionHeads(
                            numHeads, numKvHeads, headDim, 0.5f, window, Optional.empty());
            float[] qkv = new float[tokens * heads.qkvWidth()];
            for (int i = 0; i < qkv.length; i++) {
                qkv[i] = (float) random.nextGaussian();
            }
            try (Ops ops = new ReferenceOps()) {
                KvCache cache =
                        ops.allocateKvCache(
                                KvCacheLayout.uniform(
                                        1,
                                        4,
                                        2,
                                        new KvCacheLayout.Layer(numKvHeads, headDim),
                                        DType.F32));
                Matrix in = matrix(ops, heads.qkvWidth(), qkv);
                Batch batch = batch(ops, tokens);
                float[] still = new float[tokens * 2];
                for (int p = 0; p < tokens; p++) {
                    still[2 * p] = 1;
                }
                RopeTable rope = new RopeTable(matrix(ops, 2, still), 2, RopeTable.Pairing.HALVES);
                ops.ropeAndStore(in, heads, rope, cache, 0, batch);
                Matrix out = ops.allocate(DType.F32, tokens, numHeads * headDim);
                ops.attention(out, in, heads, cache, 0, batch);
                float[] actual = values(out);
                for (int t = 0; t < tokens; t++) {
                    for (int head = 0; head < numHeads; head++) {
                        for (int i = 0; i < headDim; i++) {
                            assertEquals(
                                    attended(qkv, heads, t, head, i),
                                    actual[(t * numHeads + head) * headDim + i],
                                    1e-6,
                                    "window " + window + ", token " + t + ", seed " + seed);
                        }
                    }
                }
            }
        }
    }

    /** Straight from the formula, over rows that lie side by side. */
    private static double attended(
            float[] qkv, AttentionHeads heads, int token, int head, int element) {
        int width = heads.qkvWidth();
        int kvHead = head * heads.numKvHeads() / heads.numHeads();
        int keyAt = (heads.numHeads() + kvHead) * heads.headDim();
        int valueAt = keyAt + heads.numKvHeads() * heads.headDim();
        double total = 0;
        double sum = 0;
        for (int seen = 0; seen <= token; seen++) {
            if (heads.slidingWindow() > 0 && token - seen >= heads.slidingWindow()) {
                continue;
            }
            double score = 0;
            for (int i = 0; i < heads.headDim(); i++) {
                score +=
                        qkv[token * width + head * heads.headDim() + i]
                                * qkv[seen * width + keyAt + i];
            }
            double weight = Math.exp(score * heads.scale());
            total += weight;
            sum += weight * qkv[seen * width + valueAt + element];
        }
        return sum / total;
    }

    @Test
    void gatesWithTheSigmoidWeightedLinearUnit() {
        try (Ops ops = new ReferenceOps()) {
            Matrix out = ops.allocate(DType.F32, 1, 3);
            ops.siluAndMul(out, matrix(ops, 6, 0, 2, -2, 5, 5, 5), 1);
            float two = (float) (2 / (1 + Math.exp(-2)));
            assertArrayEquals(new float[] {0, 5 * two, 5 * (two - 2)}, values(out), 1e-6f);
        }
    }
}
