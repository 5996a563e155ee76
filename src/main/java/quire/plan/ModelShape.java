package quire.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import quire.model.ActivationWidths;
import quire.plan.WeightShape.Kind;

/**
 * A decoder by its sizes alone, as its configuration gives them: enough to know what it takes of a
 * memory, and nothing of what it computes.
 *
 * @param architecture as the configuration names it
 * @param layers of each kind, how many
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
        for (Layers alike : layers) {
            Stream.concat(attention.weights(hidden).stream(), alike.mlp.weights(hidden).stream())
                    .forEach(weight -> weights.add(weight.times(alike.count)));
        }
        weights.add(WeightShape.vector((long) normsOfLayer * numLayers() + 1, hidden));
        if (!tied) {
            weights.add(WeightShape.matrix(Kind.HEAD, vocab, hidden));
        }
        weights.addAll(vision.weights());
        return weights;
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
        return Math.multiplyExact(numLayers(), attention.cachedElements());
    }

    /** Numbers of a sequence that are kept where layers with a window keep no more than that. */
    long windowedElements(int tokens) {
        long windowed =
                Math.multiplyExact(window.numLayers, (long) Math.min(tokens, window.tokens));
        long others = Math.multiplyExact(numLayers() - window.numLayers, (long) tokens);
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
                attention.projected(),
                attention.attended(),
                layers.stream().mapToInt(alike -> alike.mlp.intermediate()).max().orElseThrow(),
                logits,
                attention.rotary());
    }

    /** Whether so many GPUs can share it, each with its part of every layer. */
    boolean divides(int gpus) {
        return attention.divides(gpus) && layers.stream().allMatch(a -> a.mlp.divides(gpus));
    }

    /** What one of so many GPUs holds. */
    ModelShape shard(int gpus) {
        return new ModelShape(
                architecture,
                Math.ceilDiv(vocab, gpus),
                hidden,
                attention.shard(gpus),
                layers.stream().map(a -> new Layers(a.count, a.mlp.shard(gpus))).toList(),
                normsOfLayer,
                tied,
                context,
                window,
                vision);
    }
}
