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

    /** {@code down(act(up(x)))}. */
    record Plain(int intermediate, boolean bias) implements MlpShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            return List.of(
                    WeightShape.linear(bias, hidden, intermediate),
                    WeightShape.linear(bias, intermediate, hidden));
        }

        @Override
        public Plain shard(int gpus) {
            return new Plain(intermediate / gpus, bias);
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

    /** {@code down(act(gate(x)) * up(x))}. */
    record Gated(int intermediate, boolean bias) implements MlpShape {

        @Override
        public List<WeightShape> weights(int hidden) {
            return List.of(
                    WeightShape.linear(bias, hidden, intermediate, intermediate),
                    WeightShape.linear(bias, intermediate, hidden));
        }

        @Override
        public Gated shard(int gpus) {
            return new Gated(intermediate / gpus, bias);
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
            MlpShape expert,
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
        private MlpShape sharedExpert() {
            return expert instanceof Plain ? new Plain(shared, false) : new Gated(shared, false);
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
