package quire.plan;

import java.util.ArrayList;
import java.util.List;
import quire.model.ActivationWidths;
import quire.plan.WeightShape.Kind;

/**
 * A decoder by its sizes alone, as its configuration gives them: enough to know what it takes of a
 * memory, and nothing of what it computes.
 *
 * @param architecture as the configuration names it
 * @param attentionLayers how many layers have attention
 * @param recurrent those that keep a state in its place
 * @param layers of each kind of MLP, how many
 * @param normsOfLayer norms of a layer over the hidden size
 * @param tied the output projection is the embedding
 * @param context the longest sequence that it was made for
 * @param window how many tokens some layers see
 * @param vision what looks at pictures, beside the decoder
 */
record ModelShape(
        String architecture,
        int vocab,
        int hidden,
        AttentionShape attention,
        int attentionLayers,
        RecurrentShape recurrent,
        List<Layers> layers,
        int normsOfLayer,
        boolean tied,
        int context,
        Window window,
        VisionReader.Vision vision) {

    /** Layers with the same MLP. */
    record Layers(int count, MlpShape mlp) {}

    /**
     * Layers that see the last tokens alone.
     *
     * @param tokens that they see, 0 where none does
     * @param numLayers how many layers these are
     */
    record Window(int tokens, int numLayers) {
        static final Window NONE = new Window(0, 0);
    }

    ModelShape {
        layers = List.copyOf(layers);
    }

    int numLayers() {
        return layers.stream().mapToInt(Layers::count).sum();
    }

    /** All weights, like ones together. */
    List<WeightShape> weights() {
        List<WeightShape> weights = new ArrayList<>();
        weights.add(WeightShape.matrix(Kind.TABLE, vocab, hidden));
        addAll(weights, attention.weights(hidden), attentionLayers);
        addAll(weights, recurrent.weights(), recurrent.numLayers());
        layers.forEach(alike -> addAll(weights, alike.mlp.weights(hidden), alike.count));
        weights.add(WeightShape.vector((long) normsOfLayer * numLayers() + 1, hidden));
        if (!tied) {
            weights.add(WeightShape.matrix(Kind.HEAD, vocab, hidden));
        }
        weights.addAll(vision.weights());
        return weights;
    }

    private static void addAll(List<WeightShape> all, List<WeightShape> ofLayer, int layers) {
        if (layers > 0) {
            ofLayer.forEach(weight -> all.add(weight.times(layers)));
        }
    }

    /** Elements of what looks at pictures. */
    long visionParameters() {
        return vision.weights().stream()
                .mapToLong(WeightShape::numParameters)
                .reduce(0, Math::addExact);
    }

    /** Elements of all tensors, tied ones counted once. */
    long numParameters() {
        return weights().stream().mapToLong(WeightShape::numParameters).reduce(0, Math::addExact);
    }

    /** Those that one token is computed with, which are fewer where it meets some experts alone. */
    long activeParameters() {
        return layers.stream()
                .mapToLong(
                        alike ->
                                Math.multiplyExact(
                                        (long) alike.count, alike.mlp.idleParameters(hidden)))
                .reduce(numParameters(), Math::subtractExact);
    }

    /** Numbers that the cache keeps of a token, over all layers. */
    long cachedElements() {
        return Math.multiplyExact(attentionLayers, attention.cachedElements());
    }

    /** Numbers of a sequence that are kept where layers with a window keep no more than that. */
    long windowedElements(int tokens) {
        long windowed =
                Math.multiplyExact(window.numLayers, (long) Math.min(tokens, window.tokens));
        long others = Math.multiplyExact(attentionLayers - window.numLayers, (long) tokens);
        return Math.multiplyExact(Math.addExact(windowed, others), attention.cachedElements());
    }

    /**
     * What its steps take memory for.
     *
     * @param logits of a row
     */
    ActivationWidths widths(int logits) {
        return new ActivationWidths(
                hidden,
                Math.max(attention.projected(), recurrent.width()),
                attention.attended(),
                layers.stream().mapToInt(alike -> alike.mlp.intermediate()).max().orElseThrow(),
                logits,
                attention.rotary());
    }

    /** Whether so many GPUs can share it, each with its part of every layer. */
    boolean divides(int gpus) {
        return attention.divides(gpus)
                && recurrent.divides(gpus)
                && layers.stream().allMatch(a -> a.mlp.divides(gpus));
    }

    /** What one of so many GPUs holds. */
    ModelShape shard(int gpus) {
        return new ModelShape(
                architecture,
                Math.ceilDiv(vocab, gpus),
                hidden,
                attention.shard(gpus),
                attentionLayers,
                recurrent.shard(gpus),
                layers.stream().map(a -> new Layers(a.count, a.mlp.shard(gpus))).toList(),
                normsOfLayer,
                tied,
                context,
                window,
                vision);
    }
}
