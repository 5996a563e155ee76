package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Matrix;
import quire.ops.NarrowActivations;
import quire.ops.Ops;
import quire.ops.OpsContract;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.kernel.CacheContents;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The backends' contract on the emulated driver, in one type of activations. */
abstract class CudaOpsContract extends OpsContract {

    private final DType type;

    CudaOpsContract(DType type) {
        this.type = type;
    }

    @Override
    protected CudaOps ops(int threads) {
        return new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), type);
    }

    @Override
    protected boolean isConverted(DType weight) {
        return weight != type;
    }

    /** Tensor cores multiply values by weights of 16 bits. */
    @Override
    protected double weightError() {
        return type == DType.BF16 ? 0x1p-9 : 0x1p-12;
    }

    @Override
    protected List<DType> cacheTypes() {
        return List.of(type);
    }

    @Override
    protected Tensor cached(KvCache cache, int layer, boolean keys) {
        return CacheContents.cached(cache, layer, keys);
    }

    @Test
    void addsBeforeItRounds() {
        try (CudaOps ops = ops(1)) {
            NarrowActivations.assertAddsBeforeItRounds(ops);
        }
    }

    @Test
    void whatTheKernelsCannotKeepIsToldBeforeAndRefused() {
        try (CudaOps ops = ops(1)) {
            DType other = type == DType.BF16 ? DType.F16 : DType.BF16;
            assertObjection(ops, layout(64, 16, other), "keys and values are " + type);
            assertObjection(ops, layout(64, 8, type), " 8 is no multiple of 16");
            assertObjection(ops, layout(72, 16, type), "the model has some of 72");
            assertEquals(Optional.empty(), ops.objection(layout(80, 32, type), 524_288));
            String vocabulary = ops.objection(layout(80, 32, type), 524_289).orElseThrow();
            assertTrue(vocabulary.contains("524289"), vocabulary);
        }
    }

    private static KvCacheLayout layout(int headSize, int blockSize, DType type) {
        return KvCacheLayout.uniform(1, 2, blockSize, new KvCacheLayout.Layer(1, headSize), type);
    }

    private static void assertObjection(CudaOps ops, KvCacheLayout layout, String part) {
        String objection = ops.objection(layout, 100).orElseThrow();
        assertTrue(objection.contains(part), objection);
        assertThrows(IllegalArgumentException.class, () -> ops.allocateKvCache(layout));
    }

    @Test
    void aBatchThatTheStepDidNotBeginWithIsRefused() {
        try (CudaOps ops = ops(1)) {
            Batch begun = batch(ops);
            Batch other = batch(ops);
            Matrix x = ops.allocate(type, 1, 8);
            Matrix out = ops.allocate(type, 1, 8);
            ops.begin(begun);
            ops.gatherLogitRows(out, x, begun);
            assertThrows(IllegalArgumentException.class, () -> ops.gatherLogitRows(out, x, other));
            try (Ops elsewhere = new ReferenceOps()) {
                Batch foreign = batch(elsewhere);
                assertThrows(IllegalArgumentException.class, () -> ops.begin(foreign));
                assertThrows(
                        IllegalArgumentException.class, () -> ops.gatherLogitRows(out, x, begun));
            }
        }
    }

    private static Batch batch(Ops ops) {
        Batch batch = ops.allocateBatch(new BatchLimits(1, 1, 1, 16));
        batch.clear();
        batch.startSequence(0, new int[] {0}, 1);
        batch.addToken(0);
        batch.addLogitRow();
        batch.endSequence();
        return batch;
    }

    @Test
    void whatALoadingThreadMadeAnotherThreadUses() throws Exception {
        try (CudaOps ops = ops(1)) {
            Matrix x = ops.allocate(type, 1, 8);
            Batch batch = batch(ops);
            Thread engine =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        ops.begin(batch);
                                        ops.siluAndMul(ops.allocate(type, 1, 4), x, 1);
                                        ops.host(x, 1);
                                    });
            engine.join();
            assertEquals(1, ops.host(x, 1).rows());
        }
    }
}
