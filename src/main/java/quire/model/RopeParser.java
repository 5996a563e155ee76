package quire.model;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import quire.error.CheckpointException;
import quire.ops.RopeTable.Pairing;

/** Reads {@code rope_parameters} of a modernised configuration. */
final class RopeParser {

    private static final double DEFAULT_THETA = 10000;

    private final Fields config;
    private final Fields rope;
    private final Architecture architecture;
    private final int headDim;
    private final int maxPositions;

    RopeParser(Fields config, Architecture architecture, int headDim, int maxPositions) {
        this.config = config;
        this.rope = config.child("rope_parameters");
        this.architecture = architecture;
        this.headDim = headDim;
        this.maxPositions = maxPositions;
    }

    RopeConfig parse(Pairing pairing) {
        double share = rope.positive("partial_rotary_factor").orElse(1);
        int rotaryDim = (int) (headDim * share);
        if (rotaryDim % 2 != 0 || rotaryDim < 2 || rotaryDim > headDim) {
            throw rope.wrong(
                    "partial_rotary_factor", "a share that turns an even part of " + headDim);
        }
        double theta = rope.positive("rope_theta").orElse(DEFAULT_THETA);
        return new RopeConfig(rotaryDim, theta, scaling(), pairing);
    }

    private RopeScaling scaling() {
        String type = rope.text("rope_type", "default");
        // Early Phi-3 files call LongRoPE "su" or "yarn".
        boolean longRope =
                architecture == Architecture.PHI3 && (type.equals("su") || type.equals("yarn"));
        return switch (longRope ? "longrope" : type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(rope.requirePositive("factor"));
            case "llama3" ->
                    new RopeScaling.Llama3(
                            rope.requirePositive("factor"),
                            rope.requirePositive("low_freq_factor"),
                            rope.requirePositive("high_freq_factor"),
                            originalMaxPositions());
            case "yarn" -> yarn();
            default ->
                    throw new CheckpointException(
                            config.source()
                                    + ": the RoPE scaling '"
                                    + type
                                    + "' is not supported yet; supported: default, linear, llama3, yarn.");
        };
    }

    private RopeScaling yarn() {
        int original = originalMaxPositions();
        double factor = rope.positive("factor").orElse((double) maxPositions / original);
        OptionalDouble attentionFactor = rope.positive("attention_factor");
        double mscale = rope.number("mscale").orElse(0);
        double mscaleAllDim = rope.number("mscale_all_dim").orElse(0);
        double derived =
                mscale != 0 && mscaleAllDim != 0
                        ? mscale(factor, mscale) / mscale(factor, mscaleAllDim)
                        : mscale(factor, 1);
        return new RopeScaling.Yarn(
                factor,
                original,
                attentionFactor.orElse(derived),
                positiveOr("beta_fast", 32),
                positiveOr("beta_slow", 1),
                rope.flag("truncate", true));
    }

    /** Zero means the default as well, as in transformers. */
    private double positiveOr(String key, double otherwise) {
        double value = rope.number(key).orElse(otherwise);
        return value == 0 ? otherwise : value;
    }

    /** Temperature that longer contexts want, section 3.4 of the YaRN paper. */
    static double mscale(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private int originalMaxPositions() {
        OptionalInt beside = config.positiveInt("original_max_position_embeddings");
        return beside.isPresent()
                ? beside.getAsInt()
                : rope.positiveInt("original_max_position_embeddings").orElse(maxPositions);
    }
}
