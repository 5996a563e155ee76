package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import quire.error.CheckpointException;
import quire.model.ActivationWidths;
import quire.model.Fields;
import quire.weights.Names;

/** Reads the sizes of a model out of its configuration; what it computes is not looked at. */
final class ShapeReader {

    private static final int MOST_LAYERS = 10_000;

    /** Sampling on a card takes no more, and the largest vocabularies have half as many. */
    private static final int MOST_TOKENS = 1 << 19;

    /** Of what lies side by side in a row. */
    private static final int MOST_WIDTH = 1 << 28;

    /** Numbers that the cache keeps of a token. */
    private static final int MOST_CACHED = 1 << 24;

    /** Ten times what the longest context is. */
    private static final int MOST_POSITIONS = 1 << 27;

    /** A thousand times what the largest models have: beyond, a file is damaged. */
    private static final long MOST_PARAMETERS = 1_000_000_000_000_000L;

    private final ModelParts parts;
    private final Fields config;
    private final Sizes sizes;
    private final Family family;

    private ShapeReader(Fields whole) {
        this.parts = ModelParts.of(whole);
        this.config = parts.text();
        this.sizes = new Sizes(config);
        this.family = family();
    }

    /**
     * The shape that a configuration describes.
     *
     * @throws CheckpointException naming the key that is missing or wrong, or the architecture that
     *     is not known
     */
    static ModelShape read(Fields config) {
        try {
            ModelShape shape = new ShapeReader(config).shape();
            if (shape.numParameters() <= MOST_PARAMETERS
                    && widest(shape) <= MOST_WIDTH
                    && shape.cachedElements() <= MOST_CACHED) {
                return shape;
            }
        } catch (ArithmeticException e) {
            throw tooLarge(config, e);
        }
        throw tooLarge(config, null);
    }

    private static long widest(ModelShape shape) {
        ActivationWidths widths = shape.widths(shape.vocab());
        return LongStream.of(widths.qkv(), widths.attended(), widths.intermediate())
                .max()
                .getAsLong();
    }

    private static CheckpointException tooLarge(Fields config, Throwable cause) {
        return new CheckpointException(
                config.source()
                        + ": its sizes make a model of more than "
                        + MOST_PARAMETERS
                        + " parameters, which nobody has; the file is damaged, download it again.",
                cause);
    }

    /**
     * The class that {@code architectures} names first, or the one of the {@code model_type}; of a
     * model of several parts either, since its decoder often names the whole.
     */
    private Family family() {
        JsonNode classes = config.json().path("architectures");
        String type = config.text("model_type", "");
        if (classes.isArray() && !classes.isEmpty()) {
            String name = classes.get(0).asText();
            return Family.of(name)
                    .or(() -> parts.areSeveral() ? Family.of(type) : Optional.empty())
                    .orElseThrow(() -> unknown(name));
        }
        if (type.isEmpty()) {
            throw new CheckpointException(
                    config.source()
                            + " names neither 'architectures' nor 'model_type'; it describes no"
                            + " model.");
        }
        return Family.of(type).orElseThrow(() -> unknown(type));
    }

    private CheckpointException unknown(String name) {
        return new CheckpointException(
                config.source()
                        + ": the sizes of the architecture "
                        + Names.quote(name)
                        + " are not known; known are "
                        + Arrays.stream(Family.values())
                                .map(known -> known.className.replace("ForCausalLM", ""))
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    private ModelShape shape() {
        int hidden = sizes.size("hidden_size");
        int numLayers = sizes.size("num_hidden_layers", MOST_LAYERS);
        RecurrentReader recurrent = new RecurrentReader(sizes, family, numLayers);
        if (recurrent.attentionLayers() < 1) {
            throw new CheckpointException(
                    config.source()
                            + ": none of its "
                            + numLayers
                            + " layers has attention, so that there is no KV cache to plan.");
        }
        return new ModelShape(
                name(),
                sizes.size("vocab_size", MOST_TOKENS),
                hidden,
                new AttentionReader(sizes, family).attention(hidden),
                recurrent.attentionLayers(),
                recurrent.recurrent(hidden),
                new MlpReader(sizes, family, numLayers).layers(),
                family.normsOfLayer(),
                config.flag("tie_word_embeddings", family.isTied()),
                context(),
                new WindowReader(config, family, numLayers).window(),
                VisionReader.read(parts.whole(), hidden));
    }

    /** The class of the whole, where it is another than the decoder's. */
    private String name() {
        String named = parts.whole().json().path("architectures").path(0).asText();
        return parts.areSeveral() && named.matches("\\w{1,100}") ? named : family.className;
    }

    /** The longest sequence: the configured positions, as far as scaling stretches them. */
    private int context() {
        int positions = sizes.size("max_position_embeddings", MOST_POSITIONS);
        Fields rope = config.child("rope_parameters");
        double factor = rope.positive("factor").orElse(1);
        // Gemma 3 counts its stretching in, and so do early files of Phi-3, whose LongRoPE is
        // "yarn".
        boolean counted = family == Family.PHI3 || family == Family.GEMMA3;
        String type = counted ? "" : rope.text("rope_type", "");
        double stretched =
                switch (type) {
                    case "linear" -> positions * factor;
                    case "yarn" ->
                            factor
                                    * rope.positiveInt("original_max_position_embeddings")
                                            .orElse(positions);
                    default -> positions;
                };
        return (int) Math.clamp(stretched, positions, MOST_POSITIONS);
    }
}
