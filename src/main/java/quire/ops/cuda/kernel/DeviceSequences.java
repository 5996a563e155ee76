package quire.ops.cuda.kernel;

/** Where the card has what a step is told of its sequences, each array int32. */
interface DeviceSequences {

    /** Sequences that the grid has, those that pad it included. */
    int numSequences();

    /** New tokens of the sequence that has most of them. */
    int mostNewTokens();

    /** {@code [numSequences + 1]}: the first row of each; one without rows is padding. */
    long queryStarts();

    /** {@code [numSequences]}: tokens of each with the new ones. */
    long contextLengths();

    /** {@code [numSequences]}: whose table is whose. */
    long slots();

    /** {@code [slots, maxBlocks]}. */
    long tables();

    int maxBlocks();

    /** Tokens of a block. */
    int blockSize();

    /** The longest context that any sequence ever has. */
    default int maxContext() {
        return Math.multiplyExact(maxBlocks(), blockSize());
    }
}
