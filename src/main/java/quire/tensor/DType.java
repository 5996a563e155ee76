package quire.tensor;

/**
 * Element types of tensors, with the block geometry of the quantised ones.
 *
 * <p>A tensor's row is a whole number of blocks; a block holds {@link #blockElements} consecutive
 * elements in {@link #blockBytes} bytes. Plain types have one element a block. Geometry after
 * ggml's {@code ggml-common.h}.
 */
public enum DType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    I32(1, 4),
    Q4_0(32, 18),
    Q4_1(32, 20),
    Q5_0(32, 22),
    Q5_1(32, 24),
    Q8_0(32, 34),
    Q2_K(256, 84),
    Q3_K(256, 110),
    Q4_K(256, 144),
    Q5_K(256, 176),
    Q6_K(256, 210),
    IQ4_NL(32, 18),
    IQ4_XS(256, 136),
    MXFP4(32, 17);

    private final int blockElements;
    private final int blockBytes;

    DType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Number of elements that one block holds; 1 for plain types. */
    public int blockElements() {
        return blockElements;
    }

    /** Size of one block in bytes. */
    public int blockBytes() {
        return blockBytes;
    }

    /** True for types whose values only make sense a block at a time. */
    public boolean quantised() {
        return blockElements > 1;
    }

    /**
     * Bytes that a row of {@code elements} takes.
     *
     * @throws IllegalArgumentException if a row of that length is not a whole number of blocks
     */
    public long rowBytes(long elements) {
        if (elements < 0 || elements % blockElements != 0) {
            throw new IllegalArgumentException(
                    "a row of "
                            + this
                            + " holds a multiple of "
                            + blockElements
                            + " elements, not "
                            + elements);
        }
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }
}
