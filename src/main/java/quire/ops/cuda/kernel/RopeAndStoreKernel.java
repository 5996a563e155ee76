package quire.ops.cuda.kernel;

import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.RopeTable;
import quire.ops.cuda.driver.Launch;

/** {@code rope_and_store.cu}. */
public final class RopeAndStoreKernel {

    private static final int THREADS = 128;
    private static final int HEADS_A_BLOCK = 4;

    private final NumberFormat format;
    private final Launch launch;

    public RopeAndStoreKernel(KernelSource source) {
        format = source.format();
        launch =
                source.launchOfFormat(
                        "rope_and_store",
                        "rope_and_store",
                        0,
                        0L,
                        0L,
                        0L,
                        0L,
                        0L,
                        0L,
                        0L,
                        0L,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0f);
    }

    /** Normalises where the model does, rotates in place, and stores keys and values. */
    public void run(
            DeviceMatrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            DeviceKvCache cache,
            int layer,
            DeviceBatch on) {
        Batch batch = on.host();
        Shapes.attention(qkv, format, heads, cache, layer, batch);
        Shapes.rope(heads, rope, batch);
        AttentionHeads.QkNorm norms = heads.norms().orElse(null);
        boolean neighbours =
                switch (rope.pairing()) {
                    case HALVES -> false;
                    case NEIGHBOURS -> true;
                };
        launch.set(0, qkv.address())
                .set(1, DeviceMatrix.of(rope.cosSin()).address())
                .set(2, norms == null ? 0 : DeviceMatrix.of(norms.query()).address())
                .set(3, norms == null ? 0 : DeviceMatrix.of(norms.key()).address())
                .set(4, cache.keys(layer).address())
                .set(5, cache.values(layer).address())
                .set(6, on.memory().positions())
                .set(7, on.memory().kvSlots())
                .set(8, heads.numHeads())
                .set(9, heads.numKvHeads())
                .set(10, heads.headDim())
                .set(11, qkv.stride())
                .set(12, rope.rotaryDim())
                .set(13, neighbours ? 1 : 0)
                .set(14, norms == null ? 0f : norms.eps())
                .grid(
                        batch.numTokens(),
                        Math.ceilDiv(heads.numHeads() + 2 * heads.numKvHeads(), HEADS_A_BLOCK),
                        1,
                        THREADS)
                .run();
    }
}
