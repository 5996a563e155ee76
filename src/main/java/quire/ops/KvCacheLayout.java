package quire.ops;

import java.util.Collections;
import java.util.List;
import quire.tensor.DType;

/**
 * Shape of a paged KV cache: {@code numBlocks} blocks of every layer, each with room for {@code
 * blockSize} tokens. Slot {@code s} is token {@code s % blockSize} of block {@code s / blockSize}.
 *
 * @param dtype F32, F16 or BF16
 * @param layers what each layer keeps of a token
 */
public record KvCacheLayout(int numBlocks, int blockSize, DType dtype, List<Layer> layers) {

    /** Keys and values of so many heads. */
    public record Layer(int numKvHeads, int headDim) {}

    public KvCacheLayout {
        layers = List.copyOf(layers);
        if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
            throw new IllegalArgumentException("a KV cache holds F32, F16 or BF16, not " + dtype);
        }
        if ((long) numBlocks * blockSize > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "slots are 32-bit: " + numBlocks + " blocks of " + blockSize);
        }
    }

    /** Layers that are all alike. */
    public static KvCacheLayout uniform(
            int numLayers, int numBlocks, int blockSize, Layer layer, DType dtype) {
        return new KvCacheLayout(
                numBlocks, blockSize, dtype, Collections.nCopies(numLayers, layer));
    }

    /**
     * Makes sure that attention of a batch finds in a layer what it looks for.
     *
     * @throws IllegalArgumentException if the layer, its heads, the blocks' size or a block that
     *     the batch names are not those of this cache
     */
    public void require(int layer, AttentionHeads heads, Batch batch) {
        if (layer < 0 || layer >= layers.size()) {
            throw new IllegalArgumentException("the cache has no layer " + layer);
        }
        Layer kept = layers.get(layer);
        if (kept.numKvHeads != heads.numKvHeads() || kept.headDim != heads.headDim()) {
            throw new IllegalArgumentException("the cache holds other heads: " + this);
        }
        if (blockSize != batch.blockSize()) {
            throw new IllegalArgumentException(
                    "the batch counts in blocks of "
                            + batch.blockSize()
                            + ", the cache is "
                            + this);
        }
        if (batch.greatestBlock() >= numBlocks) {
            throw new IllegalArgumentException(
                    "the batch names block " + batch.greatestBlock() + ", the cache is " + this);
        }
    }

    /** Bytes that one block takes over all layers, keys and values. */
    public long blockBytes() {
        long bytes = 0;
        for (Layer layer : layers) {
            bytes += 2L * layer.numKvHeads * blockSize * dtype.rowBytes(layer.headDim);
        }
        return bytes;
    }
}
