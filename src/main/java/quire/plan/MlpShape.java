package quire.plan;

import java.util.ArrayList;
import java.util.List;
import quire.plan.WeightShape.Kind;

/** What a layer does to each token by itself, by its sizes. */
sealed interface MlpShape {

    /** Its weights in one layer. */
    List<WeightShape> weights(int hidden);

    /** The part of one of {@code gpus} that share the columns. */
    MlpShape shard(int gpus);

    /** Whether so many can share the columns. */
    boolean divides(int gpus);

    /** Columns of gate, and of up, that a token meets. */
    int intermediate();

    /** Numbers of it that a token does not meet. */
    long idleParameters(int hidden);

    /** Layers that leave that to others. */
    record None() implements MlpShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            return List.of();
        }

        @Override
        public None shard(int gpus) {
            return this;
        }

        @Override
        public boolean divides(int gpus) {
            return true;
        }

        @Override
        public int intermediate() {
            return 0;
        }

        @Override
        public long idleParameters(int hidden) {
            return 0;
        }
    }

    /**
     * {@code down(act(up(x)))}, or {@code down(act(gate(x)) * up(x))}.
     *
     * @param gated whether it is the latter
     */
    record Dense(int intermediate, boolean bias, boolean gated) implements MlpShape {

        static Dense plain(int intermediate, boolean bias) {
            return new Dense(intermediate, bias, false);
        }

        static Dense gated(int intermediate, boolean bias) {
            return new Dense(intermediate, bias, true);
        }

        @Override
        public List<WeightShape> weights(int hidden) {
            return List.of(
                    gated
                            ? WeightShape.linear(bias, hidden, intermediate, intermediate)
                            : WeightShape.linear(bias, hidden, intermediate),
                    WeightShape.linear(bias, intermediate, hidden));
        }

        @Override
        public Dense shard(int gpus) {
            return new Dense(intermediate / gpus, bias, gated);
        }

        @Override
        public boolean divides(int gpus) {
            return intermediate % gpus == 0;
        }

        @Override
        public long idleParameters(int hidden) {
            return 0;
        }
    }

    /**
     * Of many such, a router chooses some for each token.
     *
     * @param numExperts how many there are
     * @param numChosen how many a token meets
     * @param expert each of them
     * @param shared columns of the one that all tokens meet; 0 = there is none
     * @param sharedGate whether that one has a gate of its own
     * @param correction whether the router has a bias for each expert
     */
    record Experts(
            int numExperts,
            int numChosen,
            Dense expert,
            int shared,
            boolean sharedGate,
            boolean correction)
            implements MlpShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            List<WeightShape> weights = new ArrayList<>();
            expert.weights(hidden)
                    .forEach(each -> weights.add(each.times(numExperts).ofKind(Kind.EXPERT)));
            if (shared > 0) {
                weights.addAll(sharedExpert().weights(hidden));
            }
            if (sharedGate) {
                weights.add(WeightShape.matrix(Kind.PLAIN, 1, hidden));
            }
            weights.add(WeightShape.matrix(Kind.PLAIN, numExperts, hidden));
            if (correction) {
                weights.add(WeightShape.vector(1, numExperts));
            }
            return weights;
        }

        /** The one that all tokens meet, of the others' kind. */
        private Dense sharedExpert() {
            return new Dense(shared, false, expert.gated());
        }

        @Override
        public Experts shard(int gpus) {
            return new Experts(
                    numExperts,
                    numChosen,
                    expert.shard(gpus),
                    shared / gpus,
                    sharedGate,
                    correction);
        }

        @Override
        public boolean divides(int gpus) {
            return expert.divides(gpus) && shared % gpus == 0;
        }

        @Override
        public int intermediate() {
            return Math.addExact(Math.multiplyExact(numChosen, expert.intermediate()), shared);
        }

        @Override
        public long idleParameters(int hidden) {
            long each =
                    expert.weights(hidden).stream()
                            .mapToLong(WeightShape::numParameters)
                            .reduce(0, Math::addExact);
            return Math.multiplyExact(each, (long) numExperts - numChosen);
        }
    }
}
