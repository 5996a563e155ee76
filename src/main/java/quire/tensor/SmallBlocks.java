package quire.tensor;

import static quire.tensor.BlockDecoder.float16;
import static quire.tensor.BlockDecoder.uint8;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements with one scale each; 4-bit values lie two a byte, element {@code i} in the
 * lower half of byte {@code i}, element {@code i + 16} in its upper half.
 */
final class SmallBlocks {

    private static final int ELEMENTS = 32;
    private static final int HALF = ELEMENTS / 2;

    /** The levels of IQ4_NL and IQ4_XS ({@code kvalues_iq4nl} in ggml-common.h). */
    static final byte[] NON_LINEAR_LEVELS = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    /** The values of FP4 E2M1, doubled to be whole numbers; the scale is halved in return. */
    private static final byte[] E2M1_DOUBLED = {
        0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
    };

    private SmallBlocks() {}

    static void decode(DType dtype, MemorySegment src, long from, float[] dst, int start, int end) {
        int bytes = dtype.blockBytes();
        long block = from;
        for (int at = start; at < end; at += ELEMENTS) {
            switch (dtype) {
                case Q4_0 -> q4Symmetric(src, block, dst, at);
                case Q4_1 -> q4Affine(src, block, dst, at);
                case Q5_0 -> q5Symmetric(src, block, dst, at);
                case Q5_1 -> q5Affine(src, block, dst, at);
                case Q8_0 -> q8(src, block, dst, at);
                case IQ4_NL ->
                        levels(NON_LINEAR_LEVELS, float16(src, block), src, block + 2, dst, at);
                case MXFP4 ->
                        levels(
                                E2M1_DOUBLED,
                                halfPowerOfTwo(uint8(src, block)),
                                src,
                                block + 1,
                                dst,
                                at);
                default -> throw new IllegalArgumentException(dtype + " has no blocks of 32");
            }
            block += bytes;
        }
    }

    /** Scale f16, 16 bytes of nibbles; {@code d * (q - 8)}. */
    private static void q4Symmetric(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        for (int i = 0; i < HALF; i++) {
            int pair = uint8(src, block + 2 + i);
            dst[at + i] = d * ((pair & 15) - 8);
            dst[at + HALF + i] = d * ((pair >> 4) - 8);
        }
    }

    /** Scale f16, minimum f16, 16 bytes of nibbles; {@code d * q + m}. */
    private static void q4Affine(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        float m = float16(src, block + 2);
        for (int i = 0; i < HALF; i++) {
            int pair = uint8(src, block + 4 + i);
            dst[at + i] = d * (pair & 15) + m;
            dst[at + HALF + i] = d * (pair >> 4) + m;
        }
    }

    /** Scale f16, 32 fifth bits, 16 bytes of nibbles; {@code d * (q - 16)}. */
    private static void q5Symmetric(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        for (int i = 0; i < HALF; i++) {
            int pair = uint8(src, block + 6 + i);
            int low = pair & 15 | bit(src, block + 2, i) << 4;
            int high = pair >> 4 | bit(src, block + 2, HALF + i) << 4;
            dst[at + i] = d * (low - 16);
            dst[at + HALF + i] = d * (high - 16);
        }
    }

    /** Scale f16, minimum f16, 32 fifth bits, 16 bytes of nibbles; {@code d * q + m}. */
    private static void q5Affine(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        float m = float16(src, block + 2);
        for (int i = 0; i < HALF; i++) {
            int pair = uint8(src, block + 8 + i);
            int low = pair & 15 | bit(src, block + 4, i) << 4;
            int high = pair >> 4 | bit(src, block + 4, HALF + i) << 4;
            dst[at + i] = d * low + m;
            dst[at + HALF + i] = d * high + m;
        }
    }

    /** Scale f16, 32 signed bytes; {@code d * q}. */
    private static void q8(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        for (int i = 0; i < ELEMENTS; i++) {
            dst[at + i] = d * (byte) uint8(src, block + 2 + i);
        }
    }

    /** 16 bytes of nibbles that choose one of 16 levels; {@code d * level[q]}. */
    static void levels(
            byte[] levels, float d, MemorySegment src, long nibbles, float[] dst, int at) {
        for (int i = 0; i < HALF; i++) {
            int pair = uint8(src, nibbles + i);
            dst[at + i] = d * levels[pair & 15];
            dst[at + HALF + i] = d * levels[pair >> 4];
        }
    }

    /** {@code 2^(e - 128)}: half of what the E8M0 exponent says, exact down to the subnormals. */
    private static float halfPowerOfTwo(int e) {
        return Float.intBitsToFloat(e < 2 ? 0x00200000 << e : e - 1 << 23);
    }

    private static int bit(MemorySegment src, long bits, int index) {
        return uint8(src, bits + (index >> 3)) >> (index & 7) & 1;
    }
}
