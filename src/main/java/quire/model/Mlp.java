package quire.model;

/** What a layer does to each token by itself, as data. */
public sealed interface Mlp {

    /** Elements of its projections, all of which a token is multiplied by. */
    long numWeights(int hiddenSize);

    /**
     * {@code down(silu(gate(x)) * up(x))}.
     *
     * @param intermediateSize columns of gate, and of up
     * @param bias the configuration asks for biases of all three
     */
    record Gated(int intermediateSize, boolean bias) implements Mlp {

        @Override
        public long numWeights(int hiddenSize) {
            return 3L * hiddenSize * intermediateSize;
        }
    }
}
