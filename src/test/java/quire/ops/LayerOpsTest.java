package quire.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.golden.Backend;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Operations that a backend may make one of, and layers that differ. */
class LayerOpsTest {

    private static final long SEED = 11;
    private static final float EPS = 1e-5f;
    private static final int ROWS = 3;

    /** A backend with random values to feed it. */
    private record Bench(Ops ops, Arena arena, Samples samples) implements AutoCloseable {

        Bench(Ops ops, Arena arena) {
            this(ops, arena, new Samples(arena, SEED));
        }

        Matrix matrix(float[] values, int rows) {
            int columns = values.length / rows;
            Matrix matrix = ops.allocate(DType.F32, rows, columns);
            MemorySegment heap = MemorySegment.ofArray(values);
            ops.upload(matrix, 0, new Tensor(DType.F32, rows, columns, heap));
            return matrix;
        }

        Matrix random(int rows, int columns) {
            return matrix(samples.gaussians(rows * columns), rows);
        }

        Matrix empty(int rows, int columns) {
            return ops.allocate(DType.F32, rows, columns);
        }

        Linear linear(int outputs, int inputs) {
            Tensor weight = samples.stored(DType.BF16, outputs, inputs);
            return ops.placeLinear(List.of(new LinearPart(weight, Optional.empty())));
        }

        float[] read(Matrix matrix) {
            return Samples.read(ops.host(matrix, matrix.rows()));
        }

        Batch batch(int numTokens) {
            Batch batch = ops.allocateBatch(new BatchLimits(numTokens, 1, 1, 16));
            batch.clear();
            batch.startSequence(0, new int[] {0}, 1);
            for (int t = 0; t < numTokens; t++) {
                batch.addToken(0);
            }
            batch.endSequence();
            ops.begin(batch);
            return batch;
        }

        /** Angles of zero: keys reach the cache as they are. */
        RopeTable still() {
            float[] table = new float[2 * 16];
            for (int p = 0; p < 16; p++) {
                table[2 * p] = 1;
            }
            return new RopeTable(matrix(table, 16), 2, RopeTable.Pairing.HALVES);
        }

        @Override
        public void close() {
            ops.close();
            arena.close();
        }
    }

    private static Bench bench(Backend backend) {
        return new Bench(backend.open(), Arena.ofConfined());
    }

    private static AttentionHeads heads(int numHeads, int numKvHeads, int headDim) {
        return new AttentionHeads(numHeads, numKvHeads, headDim, 0.125f, 0, Optional.empty());
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void linearAddRmsNormIsTheTwoOneAfterTheOther(Backend backend) {
        try (Bench bench = bench(backend)) {
            for (int width : new int[] {1, 33, 640}) {
                Linear linear = bench.linear(width, 64);
                Matrix norm = bench.random(1, width);
                Matrix x = bench.random(ROWS, 64);
                float[] before = bench.samples.gaussians(ROWS * width);
                Matrix expectedSum = bench.matrix(before, ROWS);
                Matrix expected = bench.empty(ROWS, width);
                Matrix product = bench.empty(ROWS, width);
                bench.ops.linear(product, x, linear, ROWS);
                bench.ops.addRmsNorm(expected, expectedSum, product, norm, EPS, ROWS);
                Matrix sum = bench.matrix(before, ROWS);
                Matrix out = bench.empty(ROWS, width);
                bench.ops.linearAddRmsNorm(out, sum, x, linear, norm, EPS, ROWS);
                // Sums of 64 products of normal variables, below 50, in whichever order.
                assertArrayEquals(bench.read(expectedSum), bench.read(sum), 1e-4f);
                assertArrayEquals(bench.read(expected), bench.read(out), 1e-4f);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void linearRopeAndStoreIsTheTwoOneAfterTheOther(Backend backend) {
        AttentionHeads heads = heads(4, 2, 64);
        try (Bench bench = bench(backend)) {
            Linear linear = bench.linear(heads.qkvWidth(), 96);
            Matrix x = bench.random(5, 96);
            Batch batch = bench.batch(5);
            RopeTable rope = bench.still();
            KvCacheLayout layout =
                    KvCacheLayout.uniform(2, 1, 16, new KvCacheLayout.Layer(2, 64), DType.F32);
            KvCache cache = bench.ops.allocateKvCache(layout);
            Matrix qkv = bench.empty(5, heads.qkvWidth());
            bench.ops.linear(qkv, x, linear, 5);
            bench.ops.ropeAndStore(qkv, heads, rope, cache, 1, batch);
            Matrix expected = bench.empty(5, 4 * 64);
            bench.ops.attention(expected, qkv, heads, cache, 1, batch);
            KvCache other = bench.ops.allocateKvCache(layout);
            Matrix together = bench.empty(5, heads.qkvWidth());
            bench.ops.linearRopeAndStore(together, x, linear, heads, rope, other, 1, batch);
            Matrix attended = bench.empty(5, 4 * 64);
            bench.ops.attention(attended, together, heads, other, 1, batch);
            assertArrayEquals(bench.read(qkv), bench.read(together), 1e-4f);
            assertArrayEquals(bench.read(expected), bench.read(attended), 1e-3f);
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void layersMayKeepDifferentHeads(Backend backend) {
        KvCacheLayout layout =
                new KvCacheLayout(
                        1,
                        16,
                        DType.F32,
                        List.of(new KvCacheLayout.Layer(2, 64), new KvCacheLayout.Layer(1, 32)));
        assertEquals(2 * 16 * 4 * (2 * 64 + 32), layout.blockBytes());
        try (Bench bench = bench(backend)) {
            KvCache cache = bench.ops.allocateKvCache(layout);
            Batch batch = bench.batch(ROWS);
            RopeTable rope = bench.still();
            for (int layer = 0; layer < 2; layer++) {
                AttentionHeads heads = layer == 0 ? heads(4, 2, 64) : heads(3, 1, 32);
                int headDim = heads.headDim();
                float[] values = bench.samples.gaussians(ROWS * heads.qkvWidth());
                Matrix qkv = bench.matrix(values, ROWS);
                bench.ops.ropeAndStore(qkv, heads, rope, cache, layer, batch);
                int other = 1 - layer;
                assertThrows(
                        IllegalArgumentException.class,
                        () -> bench.ops.ropeAndStore(qkv, heads, rope, cache, other, batch));
                Matrix out = bench.empty(ROWS, heads.numHeads() * headDim);
                bench.ops.attention(out, qkv, heads, cache, layer, batch);
                // The first token sees its own value alone.
                float[] attended = bench.read(out);
                int group = heads.numHeads() / heads.numKvHeads();
                int valueAt = (heads.numHeads() + heads.numKvHeads()) * headDim;
                for (int i = 0; i < heads.numHeads() * headDim; i++) {
                    int kvHead = i / headDim / group;
                    float value = values[valueAt + kvHead * headDim + i % headDim];
                    assertEquals(value, attended[i], 1e-6f * Math.abs(value));
                }
            }
        }
    }
}
