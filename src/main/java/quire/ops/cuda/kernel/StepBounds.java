package quire.ops.cuda.kernel;

/** What kernels that were recorded rely on, which operations check that are called. */
public final class StepBounds {

    private int ids = Integer.MAX_VALUE;
    private int positions = Integer.MAX_VALUE;
    private int blocks = Integer.MAX_VALUE;

    /** Ids of tokens are below this. */
    public void ids(int limit) {
        ids = Math.min(ids, limit);
    }

    /** Positions are below this. */
    public void positions(int limit) {
        positions = Math.min(positions, limit);
    }

    /** Blocks are below this. */
    public void blocks(int limit) {
        blocks = Math.min(blocks, limit);
    }

    /**
     * @param step measured
     * @throws IllegalArgumentException if it goes beyond
     */
    public void check(DeviceBatch step) {
        Shapes.index("token id", step.greatestToken(), ids);
        Shapes.index("position", step.host().greatestPosition(), positions);
        Shapes.index("block", step.host().greatestBlock(), blocks);
    }
}
