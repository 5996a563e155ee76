package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Contexts longer than the stretch of keys that the kernels reduce as one. */
final class CpuAttentionTest {

    private static final long SEED = 7;

    /** A stretch is 512 keys: one, one and a key, and two with a rest. */
    private static final int[] LENGTHS = {512, 513, 1300};

    private static AttentionHeads heads(int slidingWindow) {
        return new AttentionHeads(6, 2, 72, 0.117f, slidingWindow, Optional.empty());
    }

    private static float[] prompt(int length, AttentionHeads heads) {
        Random random = new Random(SEED);
        float[] qkv = new float[length * heads.qkvWidth()];
        for (int i = 0; i < qkv.length; i++) {
            qkv[i] = (float) random.nextGaussian();
        }
        return qkv;
    }

    /**
     * Attention of a whole sequence, computed in chunks of the given sizes, the last one repeated.
     */
    private static float[] attend(
            Ops ops,
            AttentionHeads heads,
            DType cacheType,
            float[] qkv,
            int blockSize,
            int... chunks) {
        int width = heads.qkvWidth();
        int outWidth = heads.numHeads() * heads.headDim();
        int length = qkv.length / width;
        int blocks = Math.ceilDiv(length, blockSize);
        KvCache cache =
                ops.allocateKvCache(
                        KvCacheLayout.uniform(
                                1,
                                blocks + 1,
                                blockSize,
                                new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                                cacheType));
        Matrix cosSin = ops.allocate(DType.F32, length, 2);
        float[] still = new float[2 * length];
        for (int p = 0; p < length; p++) {
            still[2 * p] = 1;
        }
        ops.upload(cosSin, 0, new Tensor(DType.F32, length, 2, MemorySegment.ofArray(still)));
        RopeTable rope = new RopeTable(cosSin, 2, RopeTable.Pairing.HALVES);
        int[] table = new int[blocks];
        Arrays.setAll(table, i -> blocks - i);
        float[] all = new float[length * outWidth];
        for (int from = 0, chunk = 0; from < length; chunk++) {
            int size = chunks[Math.min(chunk, chunks.length - 1)];
            int count = Math.min(size, length - from);
            Batch batch = ops.allocateBatch(new BatchLimits(count, 1, blocks, blockSize));
            batch.clear();
            batch.startSequence(from, table, blocks);
            for (int t = 0; t < count; t++) {
                batch.addToken(0);
            }
            batch.endSequence();
            Matrix in = ops.allocate(DType.F32, count, width);
            float[] rows = Arrays.copyOfRange(qkv, from * width, (from + count) * width);
            ops.upload(in, 0, new Tensor(DType.F32, count, width, MemorySegment.ofArray(rows)));
            Matrix out = ops.allocate(DType.F32, count, outWidth);
            ops.begin(batch);
            ops.ropeAndStore(in, heads, rope, cache, 0, batch);
            ops.attention(out, in, heads, cache, 0, batch);
            MemorySegment.copy(
                    ops.host(out, count).data(),
                    ValueLayout.JAVA_FLOAT,
                    0,
                    all,
                    from * outWidth,
                    count * outWidth);
            from += count;
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void longContextsHaveTheReferencesValues(CpuTier tier) {
        for (int window : new int[] {0, 1, 513}) {
            AttentionHeads heads = heads(window);
            float[] qkv = prompt(1300, heads);
            float[] expected = attend(new ReferenceOps(), heads, DType.F32, qkv, 16, 1300);
            try (Ops ops = CpuTests.ops(tier, 2)) {
                float[] actual = attend(ops, heads, DType.F32, qkv, 16, 1300);
                // Weighted means of values of order one; weights err by a few units of 2^-24.
                assertArrayEquals(expected, actual, 2e-5f, tier + ", window " + window);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void aLongSequenceHasTheSameBitsHoweverChunkedAndOnAnyNumberOfThreads(CpuTier tier) {
        for (int length : LENGTHS) {
            AttentionHeads heads = heads(length == 1300 ? 700 : 0);
            float[] qkv = prompt(length, heads);
            float[] whole;
            try (Ops one = CpuTests.ops(tier, 1)) {
                whole = attend(one, heads, DType.BF16, qkv, 16, length);
            }
            for (int threads : new int[] {1, 2, 3, 5}) {
                try (Ops ops = CpuTests.ops(tier, threads)) {
                    // The last chunk size, 1, is decode: few rows, so the context is split.
                    assertArrayEquals(
                            whole,
                            attend(ops, heads, DType.BF16, qkv, 16, length - 20, 1),
                            length + " keys, decode on " + threads + " threads");
                    assertArrayEquals(
                            whole,
                            attend(ops, heads, DType.BF16, qkv, 16, 37, 400, 3, 129),
                            length + " keys, chunks on " + threads + " threads");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void theBlockSizeDoesNotMatter(CpuTier tier) {
        AttentionHeads heads = heads(0);
        float[] qkv = prompt(600, heads);
        try (Ops ops = CpuTests.ops(tier, 2)) {
            float[] expected = attend(ops, heads, DType.F16, qkv, 16, 600);
            for (int blockSize : new int[] {1, 7, 32, 48, 1000}) {
                assertArrayEquals(
                        expected,
                        attend(ops, heads, DType.F16, qkv, blockSize, 100),
                        "blocks of " + blockSize);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void blocksAndSlotsOutsideOfTheCacheAreRefused(CpuTier tier) {
        AttentionHeads heads = heads(0);
        try (Ops ops = CpuTests.ops(tier, 2)) {
            KvCache cache =
                    ops.allocateKvCache(
                            KvCacheLayout.uniform(
                                    1,
                                    2,
                                    16,
                                    new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                                    DType.F32));
            Matrix in = ops.allocate(DType.F32, 1, heads.qkvWidth());
            Matrix out = ops.allocate(DType.F32, 1, heads.numHeads() * heads.headDim());
            RopeTable rope =
                    new RopeTable(ops.allocate(DType.F32, 20, 2), 2, RopeTable.Pairing.HALVES);
            assertThrows(IllegalArgumentException.class, () -> batch(ops, 0, -1));
            Batch outside = batch(ops, 0, 2);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ops.ropeAndStore(in, heads, rope, cache, 0, outside));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ops.attention(out, in, heads, cache, 0, outside));
            ops.ropeAndStore(in, heads, rope, cache, 0, batch(ops, 19, 1));
            Batch beyond = batch(ops, 20, 1);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ops.ropeAndStore(in, heads, rope, cache, 0, beyond));
            assertEquals(0f, ops.host(out, 1).data().getAtIndex(ValueLayout.JAVA_FLOAT, 0));
        }
    }

    private static Batch batch(Ops ops, int position, int block) {
        Batch batch = ops.allocateBatch(new BatchLimits(1, 1, 2, 16));
        batch.clear();
        batch.startSequence(position, new int[] {block, block}, 2);
        batch.addToken(0);
        batch.endSequence();
        return batch;
    }
}
