package quire.model;

import java.util.Map;
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
        return new RopeConfig(rotaryDim, theta, scaling(rotaryDim / 2), pairing);
    }

    private RopeScaling scaling(int numPairs) {
        String type = rope.text("rope_type", "default");
        refuseWhatWouldBeDropped();
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
            case "longrope" -> longRope(numPairs);
            default ->
                    throw new CheckpointException(
                            config.source()
                                    + ": the RoPE scaling '"
                                    + type
                                    + "' is not supported yet; supported: default, linear, llama3, yarn,"
                                    + " longrope.");
        };
    }

    private void refuseWhatWouldBeDropped() {
        if (RopeSpelling.isByLayerType(rope.json())) {
            throw new CheckpointException(
                    config.source()
                            + ": 'rope_parameters' differ by layer type ("
                            + String.join(
                                    ", ",
                                    rope.json().propertyStream().map(Map.Entry::getKey).toList())
                            + "), which is not supported yet.");
        }
        double factor = rope.number("factor").orElse(1);
        if (!rope.has("rope_type") && factor != 1) {
            throw new CheckpointException(
                    config.source()
                            + ": 'rope_parameters' have the factor "
                            + factor
                            + " and do not say of what kind; give 'rope_type' too: linear, llama3, yarn"
                            + " or longrope.");
        }
    }

    /** {@code _compute_longrope_parameters} of transformers. */
    private RopeScaling longRope(int numPairs) {
        int original = originalMaxPositions();
        double factor = rope.positive("factor").orElse((double) maxPositions / original);
        double derived = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        OptionalDouble attentionFactor = rope.positive("attention_factor");
        if (attentionFactor.isEmpty() && !Double.isFinite(derived)) {
            throw rope.wrong("attention_factor", "a number above 0");
        }
        return new RopeScaling.LongRope(
                rope.requirePositives("short_factor", numPairs),
                rope.requirePositives("long_factor", numPairs),
                original,
                attentionFactor.orElse(derived));
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
        // 4096 is the default of Phi-3's configuration class.
        int byDefault = architecture == Architecture.PHI3 ? 4096 : maxPositions;
        return beside.isPresent()
                ? beside.getAsInt()
                : rope.positiveInt("original_max_position_embeddings").orElse(byDefault);
    }
}
