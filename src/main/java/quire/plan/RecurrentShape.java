package quire.plan;

import java.util.List;

/**
 * Layers that keep a state of fixed size where others keep keys and values, by their sizes.
 *
 * @param numLayers how many layers these are
 * @param heads that GPUs may share
 * @param width columns of the projection in front
 * @param weights of one layer
 * @param stateElements numbers that a layer keeps of a sequence, however long
 */
record RecurrentShape(
        int numLayers, int heads, int width, List<WeightShape> weights, long stateElements) {

    static final RecurrentShape NONE = new RecurrentShape(0, 0, 0, List.of(), 0);

    RecurrentShape {
        weights = List.copyOf(weights);
    }

    /** Numbers of a sequence, over all layers. */
    long stateOfSequence() {
        return Math.multiplyExact(numLayers, stateElements);
    }

    boolean divides(int gpus) {
        return numLayers == 0 || heads % gpus == 0;
    }

    RecurrentShape shard(int gpus) {
        return new RecurrentShape(
                numLayers,
                heads / gpus,
                Math.ceilDiv(width, gpus),
                weights.stream().map(weight -> weight.shard(gpus)).toList(),
                Math.ceilDiv(stateElements, gpus));
    }
}
