package quire.model;

/** How the tokens of a layer see those before them, as data. */
public sealed interface Attention {

    /** Elements of its projections, all of which a token is multiplied by. */
    long numWeights(int hiddenSize);

    /** Multiplications that each token before it costs a token. */
    long costOfPosition();

    /**
     * Grouped-query attention: heads of q in equal groups, each of which shares a head of k and v.
     *
     * @param scale factor on q·k
     * @param headNorms q and k are normalised head by head before they rotate
     * @param qkvBias the configuration asks for biases of q, k and v
     * @param outputBias it asks for one of the output projection
     */
    record GroupedQuery(
            int numHeads,
            int numKvHeads,
            int headDim,
            float scale,
            boolean headNorms,
            boolean qkvBias,
            boolean outputBias)
            implements Attention {

        /** Columns of q, and of the attention's output: all heads side by side. */
        public int width() {
            return numHeads * headDim;
        }

        /** Columns of k, and of v. */
        public int kvWidth() {
            return numKvHeads * headDim;
        }

        /** Columns of q, k and v side by side. */
        public int qkvWidth() {
            return width() + 2 * kvWidth();
        }

        @Override
        public long numWeights(int hiddenSize) {
            return (long) hiddenSize * (qkvWidth() + width());
        }

        @Override
        public long costOfPosition() {
            return 2L * width();
        }
    }
}
