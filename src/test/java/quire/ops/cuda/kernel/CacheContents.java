package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.driver.BufferContents;
import quire.tensor.Tensor;

/** Reads a cache on a card in the order of the reference, by its own account of the layout. */
public final class CacheContents {

    private CacheContents() {}

    /** Keys or values of one layer, {@code [numBlocks * numKvHeads * blockSize, headDim]}. */
    public static Tensor cached(KvCache cache, int layer, boolean keys) {
        DeviceKvCache own = DeviceKvCache.of(cache);
        short[] stored = BufferContents.shorts(keys ? own.keys(layer) : own.values(layer));
        KvCacheLayout layout = cache.layout();
        int heads = layout.layers().get(layer).numKvHeads();
        int headSize = layout.layers().get(layer).headDim();
        short[] rows = new short[stored.length];
        int rowCount = stored.length / headSize;
        for (int row = 0; row < rowCount; row++) {
            int block = row / (heads * layout.blockSize());
            int head = row / layout.blockSize() % heads;
            int token = block * layout.blockSize() + row % layout.blockSize();
            for (int d = 0; d < headSize; d++) {
                int at =
                        (token / 16 * heads + head) * 16 * headSize
                                + inTile(token % 16, d, headSize);
                rows[row * headSize + d] = stored[at];
            }
        }
        // Aligned as shorts are, which is enough for who reads them one by one.
        MemorySegment data = MemorySegment.ofArray(rows);
        return new Tensor(layout.dtype(), rowCount, headSize, data);
    }

    private static int inTile(int token, int d, int headSize) {
        if (headSize % 64 == 0) {
            return d / 64 * 1024 + token * 64 + (d % 64 / 8 ^ token % 8) * 8 + d % 8;
        }
        if (headSize % 32 == 0) {
            return d / 32 * 512 + token * 32 + (d % 32 / 8 ^ token / 2 % 4) * 8 + d % 8;
        }
        return d / 16 * 256 + token * 16 + (d % 16 / 8 ^ token / 4 % 2) * 8 + d % 8;
    }
}
