package quire.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;

import quire.tensor.DType;

/**
 * How close is equal, as a distribution of errors in standard deviations of the expected logits.
 * golden/README.md derives the numbers, and {@link FreshWeightsTest} holds them on weights that
 * nobody chose.
 *
 * @param share of all logits, from 0 to 1
 * @param most what that share of the logits keeps
 * @param all what every logit keeps
 */
record Tolerance(double share, double most, double all) {

    /** What another order of addition in float32 leaves. */
    static final Tolerance FLOAT32 = new Tolerance(0.999, 3e-5, 3e-4);

    /** What rounding keys and values leaves beside that. */
    static Tolerance withCache(DType type) {
        double rounding =
                switch (type) {
                    case BF16 -> 0x1p-8;
                    case F16 -> 0x1p-11;
                    default -> throw new IllegalArgumentException(type.name());
                };
        return new Tolerance(0.995, 8 * rounding, 50 * rounding);
    }

    /**
     * @param what names the case in a failure
     */
    void check(LogitErrors errors, String what) {
        assertTrue(
                errors.bound(share) <= most,
                () ->
                        "%s: %s of the logits are within %s of what is expected, not within %s"
                                .formatted(what, share, errors.bound(share), most));
        assertTrue(
                errors.bound(1) <= all,
                () ->
                        "%s: the worst logit is %s off, %s is allowed"
                                .formatted(what, errors.bound(1), all));
    }

    /** How far apart two choices are that cannot change places: both may be off. */
    double clearMargin(double spread) {
        return 2 * all * spread;
    }
}
