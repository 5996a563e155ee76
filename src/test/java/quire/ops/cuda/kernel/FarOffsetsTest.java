package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.ops.AttentionHeads;
import quire.ops.BatchLimits;
import quire.ops.KvCacheLayout;
import quire.ops.RopeTable;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.emulator.Emulator;
import quire.tensor.DType;

/**
 * What stands behind two thousand million numbers is found there. The emulated card takes memory of
 * the machine only for what is touched.
 */
class FarOffsetsTest {

    private static final long SEED = 3;
    private static final int TOKENS = 5;
    private static final int BLOCK = 16;
    private static final AttentionHeads HEADS =
            new AttentionHeads(8, 8, 128, 0.1f, 0, Optional.empty());

    private Emulator emulator;
    private KernelBench bench;

    @BeforeEach
    void open() {
        emulator = new Emulator().set("MEMORY", Long.toString(10L << 30));
        bench = new KernelBench(NumberFormat.BF16, SEED);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
            emulator.close();
        }
    }

    private DeviceBuffer allocate(long bytes) {
        try {
            return new DeviceBuffer(bench.context, bytes);
        } catch (CudaException e) {
            if (e.code() != CudaException.OUT_OF_MEMORY) {
                throw e;
            }
            return Assumptions.abort("this machine does not lend " + bytes + " bytes");
        }
    }

    /** A step of one sequence, whose tokens are in one block. */
    private DeviceBatch begun(int block, int... tokens) {
        BatchLimits limits = new BatchLimits(TOKENS, 1, 1, BLOCK);
        StepMemory steps = new StepMemory(limits, allocate(StepMemory.bytes(limits)));
        DeviceBatch batch = new DeviceBatch(bench.context, steps);
        batch.host().clear();
        batch.host().startSequence(0, new int[] {block}, 1);
        for (int token : tokens) {
            batch.host().addToken(token);
        }
        batch.host().endSequence();
        batch.measure();
        batch.tell(KernelBench.LIMIT, 0);
        batch.upload(bench.stream);
        new BeginStepKernel(bench.source, steps).run(1);
        steps.isTold();
        return batch;
    }

    /** What tokens get from a cache of so many blocks whose last one they are in. */
    private float[] attended(float[] qkv, int numBlocks) {
        KvCacheLayout layout =
                KvCacheLayout.uniform(
                        1,
                        numBlocks,
                        BLOCK,
                        new KvCacheLayout.Layer(HEADS.numKvHeads(), HEADS.headDim()),
                        DType.BF16);
        DeviceKvCache cache =
                new DeviceKvCache(layout, bench.format, allocate(DeviceKvCache.bytes(layout)));
        DeviceBatch batch = begun(numBlocks - 1, new int[TOKENS]);
        DeviceMatrix given = bench.matrix(qkv, TOKENS, HEADS.qkvWidth(), 0).matrix();
        DeviceMatrix angles = bench.vector(new float[2 * TOKENS]);
        new RopeAndStoreKernel(bench.source)
                .run(
                        given,
                        HEADS,
                        new RopeTable(
                                new DeviceMatrix(DType.F32, TOKENS, 2, angles.buffer()),
                                2,
                                RopeTable.Pairing.HALVES),
                        cache,
                        0,
                        batch);
        AttentionKernel kernel = new AttentionKernel(bench.source);
        kernel.prepare(cache);
        KernelBench.Fenced out = bench.output(TOKENS, HEADS.numHeads() * HEADS.headDim());
        kernel.run(out.matrix(), given, HEADS, cache, 0, batch);
        return bench.written(out, TOKENS);
    }

    @Test
    void keysAndValuesOfABlockFarBehind() {
        float[] qkv = bench.values(TOKENS * HEADS.qkvWidth());
        int far = 1 + Math.toIntExact((1L << 31) / (BLOCK * HEADS.numKvHeads() * HEADS.headDim()));
        assertArrayEquals(attended(qkv, 1), attended(qkv, far));
    }

    @Test
    void aRowFarBehindInATable() {
        int columns = 64;
        int far = 1 << 25;
        TiledLinear table =
                TiledLinear.plain(
                        far + 64, columns, allocate(TiledLinear.bytes(far + 64, columns)));
        float[] row = bench.values(columns);
        MemorySegment data = bench.tensor(DType.BF16, row, 1, columns).data();
        DeviceBuffer from = new DeviceBuffer(bench.context, data.byteSize());
        bench.stream.write(data, from);
        new TileWeightsKernel(bench.source).run(table, from, far + 3, 1);
        KernelBench.Fenced out = bench.output(1, columns);
        new EmbedKernel(bench.source).run(out.matrix(), table, begun(0, far + 3));
        assertArrayEquals(row, bench.written(out, 1));
    }
}
