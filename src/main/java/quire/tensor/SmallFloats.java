package quire.tensor;

/**
 * The 16-bit floating point formats: exact widening to float32, narrowing to nearest, ties to even.
 */
public final class SmallFloats {

    private SmallFloats() {}

    /** The float32 of an IEEE 754 binary16; exact. */
    public static float fromFloat16(short bits) {
        return Float.float16ToFloat(bits);
    }

    /** The nearest IEEE 754 binary16, ties to even; too large becomes infinite, NaN stays NaN. */
    public static short toFloat16(float value) {
        return Float.floatToFloat16(value);
    }

    /** The float32 of a bfloat16, which is its upper half; exact. */
    public static float fromBfloat16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest bfloat16, ties to even; too large becomes infinite, NaN stays NaN. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            // The payload may sit in the lower half alone: the quiet bit keeps it a NaN.
            return (short) (bits >>> 16 | 0x40);
        }
        int lowestKept = bits >>> 16 & 1;
        return (short) (bits + 0x7fff + lowestKept >>> 16);
    }
}
