package quire.ops.cuda.kernel;

import java.util.List;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.driver.Launch;

/** {@code attention.cu}: the plain kernel, of any mixture of prompts and decoding. */
public final class AttentionKernel {

    /** Those that the source is compiled for. */
    static final List<Integer> HEAD_SIZES = List.of(32, 64, 80, 96, 128, 256);

    private static final double LOG2_E = 1.4426950408889634;
    private static final int WARP_THREADS = 32;
    private static final int WARP_ROWS = 16;
    private static final int TILE_TOKENS = 64;

    private final KernelSource source;
    private final Launch[] launches = new Launch[HEAD_SIZES.size()];

    public AttentionKernel(KernelSource source) {
        this.source = source;
    }

    /** Loads what the layers of a cache need, as loading during a step would stall it. */
    public void prepare(DeviceKvCache cache) {
        for (KvCacheLayout.Layer layer : cache.layout().layers()) {
            int which = HEAD_SIZES.indexOf(layer.headDim());
            if (launches[which] == null) {
                launches[which] = load(layer.headDim());
            }
        }
    }

    private Launch load(int headSize) {
        int threads = warps(headSize) * WARP_THREADS;
        int keysAndValues = 2 * TILE_TOKENS * headSize * Short.BYTES;
        int sums = headSize / 2 * threads * Float.BYTES;
        return source.launch(
                "attention",
                "attention_" + source.format().suffix() + "_d" + headSize,
                keysAndValues + sums,
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
                0,
                0f);
    }

    private Launch prepared(int headSize) {
        for (int i = 0; i < launches.length; i++) {
            if (launches[i] != null && HEAD_SIZES.get(i) == headSize) {
                return launches[i];
            }
        }
        throw new IllegalArgumentException("no cache was allocated with heads of " + headSize);
    }

    /** Sums of the largest heads would fill the shared memory of small cards with four. */
    private static int warps(int headSize) {
        return headSize > 128 ? 2 : 4;
    }

    /** Attention of every token over its own sequence's cache. */
    public void run(
            DeviceMatrix out,
            DeviceMatrix qkv,
            AttentionHeads heads,
            DeviceKvCache cache,
            int layer,
            DeviceBatch on) {
        Batch batch = on.host();
        Shapes.attention(qkv, source.format(), heads, cache, layer, batch);
        int headSize = heads.headDim();
        Shapes.matrix(
                "out",
                out,
                source.format().dtype(),
                batch.numTokens(),
                heads.numHeads() * headSize);
        int group = heads.numHeads() / heads.numKvHeads();
        int rows = Math.multiplyExact(on.mostNewTokens(), group);
        int warps = warps(headSize);
        prepared(headSize)
                .set(0, out.address())
                .set(1, qkv.address())
                .set(2, cache.keys(layer).address())
                .set(3, cache.values(layer).address())
                .set(4, on.memory().queryStarts())
                .set(5, on.memory().contextLengths())
                .set(6, on.memory().slots())
                .set(7, on.memory().tables().address())
                .set(8, batch.maxBlocksPerSequence())
                .set(9, batch.blockSize() / DeviceKvCache.TILE_TOKENS)
                .set(10, heads.numHeads())
                .set(11, heads.numKvHeads())
                .set(12, qkv.stride())
                .set(13, out.stride())
                .set(14, heads.slidingWindow())
                .set(15, (float) (heads.scale() * LOG2_E))
                .grid(
                        batch.numSequences(),
                        heads.numKvHeads(),
                        Math.ceilDiv(rows, warps * WARP_ROWS),
                        warps * WARP_THREADS)
                .run();
    }
}
