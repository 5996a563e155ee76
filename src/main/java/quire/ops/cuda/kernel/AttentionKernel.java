package quire.ops.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import quire.ops.AttentionHeads;
import quire.ops.BatchLimits;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.driver.Launch;

/**
 * {@code attention.cu}: the plain kernel, of any mixture of prompts and decoding; and for few
 * sequences that decode {@code attention_split.cu}, if {@link SelfCheck} finds it right and faster.
 */
public final class AttentionKernel {

    /** Those that the sources are compiled for. */
    static final List<Integer> HEAD_SIZES = List.of(32, 64, 80, 96, 128, 256);

    /** Arguments that both kernels have. */
    static final int NUM_ARGUMENTS = 16;

    /** Tiles of a segment of each variant; the first is the plain kernel, which is not split. */
    private static final int[] SEGMENTS = {
        AttentionSplit.PLAIN_SEGMENT, AttentionSplit.PLAIN_SEGMENT, AttentionSplit.LONG_SEGMENT
    };

    private static final double LOG2_E = 1.4426950408889634;
    private static final int WARP_THREADS = 32;
    private static final int WARP_ROWS = 16;
    private static final int TILE_TOKENS = 64;

    private final KernelSource source;
    private final Launch[] launches = new Launch[HEAD_SIZES.size()];
    private final List<AttentionShape> shapes = new ArrayList<>();
    private AttentionSplit split;

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

    /** Allocates scratch for the contexts of steps up to these; for the first that are told. */
    public void prepare(BatchLimits limits) {
        if (split == null) {
            split = new AttentionSplit(source, limits);
        }
    }

    /** Bytes of that. */
    public static long scratchBytes(BatchLimits limits) {
        return AttentionSplit.scratchBytes(limits);
    }

    private Launch load(int headSize) {
        int threads = warps(headSize) * WARP_THREADS;
        int keysAndValues = 2 * TILE_TOKENS * headSize * Short.BYTES;
        int sums = headSize / 2 * threads * Float.BYTES;
        return source.launch(
                "attention",
                "attention_" + source.format().suffix() + "_d" + headSize,
                keysAndValues + sums,
                arguments());
    }

    /** Of a launch, the first ones as {@link #set} sets them. */
    static Object[] arguments(Object... more) {
        List<Object> all = new ArrayList<>(List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
        all.addAll(List.of(0, 0, 0, 0, 0, 0, 0, 0f));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private int prepared(int headSize) {
        for (int i = 0; i < launches.length; i++) {
            if (launches[i] != null && HEAD_SIZES.get(i) == headSize) {
                return i;
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
        Shapes.attention(qkv, source.format(), heads, cache, layer, on.host());
        Shapes.matrix(
                "out",
                out,
                source.format().dtype(),
                on.host().numTokens(),
                heads.numHeads() * heads.headDim());
        int variant = on.mostNewTokens() == 1 ? variant(heads, on) : 0;
        run(variant, out, qkv, heads, cache, layer, on);
    }

    /** What was chosen for so many sequences; heads that are new are remembered for a trial. */
    private int variant(AttentionHeads heads, DeviceSequences on) {
        // Without an iterator, which would be garbage in each step.
        for (int i = 0; i < shapes.size(); i++) {
            if (shapes.get(i).is(heads, on)) {
                return shapes.get(i).chosen(on.numSequences());
            }
        }
        shapes.add(new AttentionShape(heads, on));
        return 0;
    }

    /** What is yet to be found out for the heads that were asked for so far. */
    List<Trial> trials() {
        List<Trial> trials = new ArrayList<>();
        for (AttentionShape shape : shapes) {
            trials.addAll(shape.trials(this, source));
        }
        return trials;
    }

    /** The variants of heads of a size. */
    List<Variant> variants(int headSize) {
        String rest = "_" + source.format().suffix() + "_d" + headSize;
        return List.of(
                new Variant("attention" + rest, Variant.Sums.AS_PLAIN),
                new Variant("attention_split" + rest, Variant.Sums.AS_PLAIN),
                new Variant(
                        "attention_split" + rest + " in long segments", Variant.Sums.OTHERWISE));
    }

    /** Whether a variant has a context to share out. */
    boolean splits(int variant, AttentionHeads heads, DeviceSequences on) {
        return parts(variant, heads, on) > 1;
    }

    /** Parts that a variant shares a context out in; none of the plain one. */
    private int parts(int variant, AttentionHeads heads, DeviceSequences on) {
        return variant == 0 || split == null ? 0 : split.parts(heads, on, SEGMENTS[variant]);
    }

    /** Runs one variant, or the plain one where that does not go. */
    void run(
            int variant,
            DeviceMatrix out,
            DeviceMatrix qkv,
            AttentionHeads heads,
            DeviceKvCache cache,
            int layer,
            DeviceSequences on) {
        run(variant, parts(variant, heads, on), out, qkv, heads, cache, layer, on);
    }

    /** Runs one variant in so many parts. */
    void run(
            int variant,
            int parts,
            DeviceMatrix out,
            DeviceMatrix qkv,
            AttentionHeads heads,
            DeviceKvCache cache,
            int layer,
            DeviceSequences on) {
        int which = prepared(heads.headDim());
        if (parts > 0) {
            Launch launch = split.launch(which);
            set(launch, out, qkv, heads, cache, layer, on);
            split.run(launch, heads, on, SEGMENTS[variant], parts);
            return;
        }
        int group = heads.numHeads() / heads.numKvHeads();
        int rows = Math.multiplyExact(on.mostNewTokens(), group);
        int warps = warps(heads.headDim());
        Launch launch = launches[which];
        set(launch, out, qkv, heads, cache, layer, on);
        launch.grid(
                        on.numSequences(),
                        heads.numKvHeads(),
                        Math.ceilDiv(rows, warps * WARP_ROWS),
                        warps * WARP_THREADS)
                .run();
    }

    private static void set(
            Launch launch,
            DeviceMatrix out,
            DeviceMatrix qkv,
            AttentionHeads heads,
            DeviceKvCache cache,
            int layer,
            DeviceSequences on) {
        launch.set(0, out.address())
                .set(1, qkv.address())
                .set(2, cache.keys(layer).address())
                .set(3, cache.values(layer).address())
                .set(4, on.queryStarts())
                .set(5, on.contextLengths())
                .set(6, on.slots())
                .set(7, on.tables())
                .set(8, on.maxBlocks())
                .set(9, on.blockSize() / DeviceKvCache.TILE_TOKENS)
                .set(10, heads.numHeads())
                .set(11, heads.numKvHeads())
                .set(12, qkv.stride())
                .set(13, out.stride())
                .set(14, heads.slidingWindow())
                .set(15, (float) (heads.scale() * LOG2_E));
    }
}
