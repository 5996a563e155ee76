package quire.ops.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.Setting;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.driver.DeviceBuffer;

/**
 * Keys and values on a card: of each layer keys, then values, in tiles of 16 tokens {@code
 * [numBlocks * blockSize / 16][numKvHeads][headDim / w][16][w]}, swizzled (layout.cuh).
 */
public final class DeviceKvCache implements KvCache {

    /** Tokens of a tile. */
    static final int TILE_TOKENS = 16;

    private final KvCacheLayout layout;
    private final List<DeviceBuffer> keys = new ArrayList<>();
    private final List<DeviceBuffer> values = new ArrayList<>();

    /**
     * @param memory {@link #bytes}, zeroed
     * @throws IllegalArgumentException if the kernels have no such layout
     */
    public DeviceKvCache(KvCacheLayout layout, NumberFormat format, DeviceBuffer memory) {
        objection(layout, format)
                .ifPresent(
                        objection -> {
                            throw new IllegalArgumentException(objection);
                        });
        this.layout = layout;
        long at = 0;
        for (KvCacheLayout.Layer layer : layout.layers()) {
            long bytes = layerBytes(layout, layer);
            keys.add(memory.slice(at, bytes));
            values.add(memory.slice(at + bytes, bytes));
            at += 2 * bytes;
        }
    }

    /** Why the kernels cannot have such a layout, as a clause; empty where they can. */
    public static Optional<String> objection(KvCacheLayout layout, NumberFormat format) {
        if (layout.dtype() != format.dtype()) {
            return Optional.of(
                    "keys and values are "
                            + format.dtype()
                            + " as activations are, not "
                            + layout.dtype()
                            + "; leave "
                            + Setting.KV_CACHE_TYPE
                            + " to it or set "
                            + Setting.DTYPE);
        }
        if (layout.blockSize() % TILE_TOKENS != 0) {
            return Optional.of(
                    Setting.BLOCK_SIZE
                            + " "
                            + layout.blockSize()
                            + " is no multiple of "
                            + TILE_TOKENS);
        }
        return layout.layers().stream()
                .map(KvCacheLayout.Layer::headDim)
                .filter(headSize -> !AttentionKernel.HEAD_SIZES.contains(headSize))
                .findFirst()
                .map(
                        headSize ->
                                "its kernels take heads of "
                                        + AttentionKernel.HEAD_SIZES
                                        + " elements, and the model has some of "
                                        + headSize
                                        + "; set "
                                        + Setting.BACKEND
                                        + " to cpu");
    }

    /** Bytes of such a cache. */
    public static long bytes(KvCacheLayout layout) {
        return Math.multiplyExact(layout.blockBytes(), (long) layout.numBlocks());
    }

    private static long layerBytes(KvCacheLayout layout, KvCacheLayout.Layer layer) {
        long tokens = (long) layout.numBlocks() * layout.blockSize();
        return tokens * layer.numKvHeads() * layout.dtype().rowBytes(layer.headDim());
    }

    /**
     * What a card's backend allocated.
     *
     * @throws IllegalArgumentException if another did
     */
    public static DeviceKvCache of(KvCache cache) {
        if (cache instanceof DeviceKvCache own) {
            return own;
        }
        throw new IllegalArgumentException("the KV cache belongs to another backend");
    }

    @Override
    public KvCacheLayout layout() {
        return layout;
    }

    DeviceBuffer keys(int layer) {
        return keys.get(layer);
    }

    DeviceBuffer values(int layer) {
        return values.get(layer);
    }
}
