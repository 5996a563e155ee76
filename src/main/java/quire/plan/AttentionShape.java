package quire.plan;

import java.util.ArrayList;
import java.util.List;
import quire.plan.WeightShape.Kind;

/** Attention of a layer, by its sizes. */
sealed interface AttentionShape {

    /** Its weights in one layer. */
    List<WeightShape> weights(int hidden);

    /** The part of one of {@code gpus} that share the heads. */
    AttentionShape shard(int gpus);

    /** Whether so many can share the heads. */
    boolean divides(int gpus);

    /** Numbers that a layer keeps of a token. */
    long cachedElements();

    /** Columns of the projections in front of it. */
    int projected();

    /** Columns of what it gives. */
    int attended();

    /** Numbers of a head that rotate. */
    int rotary();

    /**
     * Heads of q in equal groups that share a head of k and of v.
     *
     * @param rotary numbers of a head that rotate
     * @param qkvBias q, k and v have biases
     * @param outputBias the output projection has
     * @param gated each number of the output has a gate, which is projected with q
     * @param norms numbers of the norms of q and k, and of sinks
     */
    record Grouped(
            int numHeads,
            int numKvHeads,
            int headDim,
            int rotary,
            boolean qkvBias,
            boolean outputBias,
            boolean gated,
            int norms)
            implements AttentionShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            int kv = Math.multiplyExact(numKvHeads, headDim);
            List<WeightShape> weights =
                    new ArrayList<>(
                            List.of(
                                    WeightShape.attention(qkvBias, hidden, queries(), kv, kv),
                                    WeightShape.attention(outputBias, attended(), hidden)));
            if (norms > 0) {
                weights.add(WeightShape.vector(1, norms));
            }
            return weights;
        }

        /** With more GPUs than heads of k and v, some keep the same ones. */
        @Override
        public Grouped shard(int gpus) {
            return new Grouped(
                    numHeads / gpus,
                    Math.max(1, numKvHeads / gpus),
                    headDim,
                    rotary,
                    qkvBias,
                    outputBias,
                    gated,
                    norms);
        }

        @Override
        public boolean divides(int gpus) {
            return numHeads % gpus == 0 && (numKvHeads % gpus == 0 || gpus % numKvHeads == 0);
        }

        @Override
        public long cachedElements() {
            return 2L * numKvHeads * headDim;
        }

        @Override
        public int projected() {
            return Math.addExact(queries(), Math.toIntExact(cachedElements()));
        }

        private int queries() {
            return gated ? Math.multiplyExact(2, attended()) : attended();
        }

        @Override
        public int attended() {
            return Math.multiplyExact(numHeads, headDim);
        }
    }

    /**
     * DeepSeek's latent attention: keys and values of all heads are projections of one latent
     * vector, which is all that the cache keeps, beside a rotated key that the heads share.
     *
     * @param queryRank length of the latent that queries are projected from; 0 = there is none
     * @param kvRank length of the one that keys and values are projected from
     * @param plainDim numbers of a key that do not rotate
     * @param rotary those that do
     * @param valueDim length of a value
     * @param indexHeads heads of what chooses the tokens that are attended; 0 = all are
     * @param indexDim numbers of a head of that, and of the one key that the cache keeps for it
     * @param bias the projections into latents and the output projection have biases
     */
    record Latent(
            int numHeads,
            int queryRank,
            int kvRank,
            int plainDim,
            int rotary,
            int valueDim,
            int indexHeads,
            int indexDim,
            boolean bias)
            implements AttentionShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            int queries = Math.multiplyExact(numHeads, Math.addExact(plainDim, rotary));
            int keysAndValues = Math.multiplyExact(numHeads, Math.addExact(plainDim, valueDim));
            List<WeightShape> weights = new ArrayList<>();
            if (queryRank > 0) {
                weights.add(WeightShape.attention(bias, hidden, queryRank));
                weights.add(WeightShape.vector(1, queryRank));
                weights.add(WeightShape.attention(false, queryRank, queries));
            } else {
                weights.add(WeightShape.attention(false, hidden, queries));
            }
            weights.add(WeightShape.attention(bias, hidden, Math.addExact(kvRank, rotary)));
            weights.add(WeightShape.vector(1, kvRank));
            weights.add(WeightShape.attention(false, kvRank, keysAndValues));
            weights.add(WeightShape.attention(bias, attended(), hidden));
            if (indexHeads > 0) {
                int index = Math.multiplyExact(indexHeads, indexDim);
                int from = queryRank > 0 ? queryRank : hidden;
                weights.add(WeightShape.attention(false, from, index));
                weights.add(WeightShape.attention(false, hidden, indexDim));
                weights.add(WeightShape.vector(2, indexDim));
                weights.add(WeightShape.matrix(Kind.PLAIN, indexHeads, hidden));
            }
            return weights;
        }

        /** Every GPU needs the whole latent for its heads, and keeps it. */
        @Override
        public Latent shard(int gpus) {
            return new Latent(
                    numHeads / gpus,
                    queryRank,
                    kvRank,
                    plainDim,
                    rotary,
                    valueDim,
                    indexHeads,
                    indexDim,
                    bias);
        }

        @Override
        public boolean divides(int gpus) {
            return numHeads % gpus == 0;
        }

        @Override
        public long cachedElements() {
            return (long) kvRank + rotary + indexDim;
        }

        @Override
        public int projected() {
            int queries = Math.multiplyExact(numHeads, plainDim + rotary);
            return Math.addExact(queries, Math.addExact(queryRank, kvRank + rotary));
        }

        @Override
        public int attended() {
            return Math.multiplyExact(numHeads, valueDim);
        }
    }
}
