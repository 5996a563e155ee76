package quire.ops;

import quire.tensor.DType;

/**
 * Shape of a paged KV cache: for each layer, keys and values apart, {@code [numBlocks][numKvHeads]
 * [blockSize][headDim]}. Slot {@code s} is token {@code s % blockSize} of block {@code s /
 * blockSize}.
 *
 * @param dtype F32, F16 or BF16
 */
public record KvCacheLayout(
        int numLayers, int numBlocks, int blockSize, int numKvHeads, int headDim, DType dtype) {

    public KvCacheLayout {
        if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
            throw new IllegalArgumentException("a KV cache holds F32, F16 or BF16, not " + dtype);
        }
        if ((long) numBlocks * blockSize > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "slots are 32-bit: " + numBlocks + " blocks of " + blockSize);
        }
    }

    /** Bytes that one block takes over all layers, keys and values. */
    public long blockBytes() {
        return 2L * numLayers * numKvHeads * blockSize * dtype.rowBytes(headDim);
    }
}
