package quire.tensor;

import static quire.tensor.BlockDecoder.float16;
import static quire.tensor.BlockDecoder.uint8;

import java.lang.foreign.MemorySegment;

/** Blocks of 256 elements whose groups of 16 or 32 have small scales of their own. */
final class SuperBlocks {

    private static final int ELEMENTS = 256;

    private SuperBlocks() {}

    static void decode(DType dtype, MemorySegment src, long from, float[] dst, int start, int end) {
        int bytes = dtype.blockBytes();
        long block = from;
        for (int at = start; at < end; at += ELEMENTS) {
            switch (dtype) {
                case Q2_K -> q2(src, block, dst, at);
                case Q3_K -> q3(src, block, dst, at);
                case Q4_K -> q4(src, block, dst, at);
                case Q5_K -> q5(src, block, dst, at);
                case Q6_K -> q6(src, block, dst, at);
                case IQ4_XS -> iq4(src, block, dst, at);
                default -> throw new IllegalArgumentException(dtype + " has no blocks of 256");
            }
            block += bytes;
        }
    }

    /**
     * 16 bytes of scale (low half) and minimum (high half) for groups of 16, 64 bytes of 2-bit
     * values, d and dmin f16. Each half of 128 elements takes 32 bytes: element {@code 32 j + l}
     * sits in bits {@code 2 j} of byte {@code l}.
     */
    private static void q2(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block + 80);
        float dmin = float16(src, block + 82);
        for (int i = 0; i < ELEMENTS; i++) {
            int scale = uint8(src, block + i / 16);
            int q = uint8(src, block + 16 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
            dst[at + i] = d * (scale & 15) * q - dmin * (scale >> 4);
        }
    }

    /**
     * 32 bytes of inverted third bits (bit {@code i / 32} of byte {@code i % 32}), 64 bytes of
     * 2-bit values laid out as in Q2_K, 12 bytes of 6-bit scales for groups of 16, d f16.
     */
    private static void q3(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block + 108);
        for (int group = 0; group < 16; group++) {
            int low = uint8(src, block + 96 + group % 8) >> group / 8 * 4 & 15;
            int high = uint8(src, block + 104 + group % 4) >> group / 4 * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            for (int i = group * 16; i < group * 16 + 16; i++) {
                int q = uint8(src, block + 32 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                int inverted = ~uint8(src, block + i % 32) >> i / 32 & 1;
                dst[at + i] = scale * (q - (inverted << 2));
            }
        }
    }

    /**
     * d and dmin f16, 12 bytes of 6-bit scales and minima for groups of 32, 128 bytes of nibbles:
     * each 64 elements take 32 bytes, the first 32 in the lower halves.
     */
    private static void q4(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        float dmin = float16(src, block + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(src, block + 4, group);
            float min = dmin * minimum(src, block + 4, group);
            for (int l = 0; l < 32; l++) {
                int q = uint8(src, block + 16 + group / 2 * 32 + l) >> group % 2 * 4 & 15;
                dst[at + group * 32 + l] = scale * q - min;
            }
        }
    }

    /**
     * As Q4_K, with 32 bytes of fifth bits (bit {@code group} of byte {@code l}) before the
     * nibbles.
     */
    private static void q5(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        float dmin = float16(src, block + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(src, block + 4, group);
            float min = dmin * minimum(src, block + 4, group);
            for (int l = 0; l < 32; l++) {
                int low = uint8(src, block + 48 + group / 2 * 32 + l) >> group % 2 * 4 & 15;
                int high = uint8(src, block + 16 + l) >> group & 1;
                dst[at + group * 32 + l] = scale * (low | high << 4) - min;
            }
        }
    }

    /**
     * 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales for groups of 16, d
     * f16. Each half of 128 elements takes 64 and 32 bytes: elements 0 to 63 lie in lower nibbles,
     * 64 to 127 in upper ones; element {@code 32 j + l} has its high bits at {@code 2 j} of byte
     * {@code l}.
     */
    private static void q6(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * (byte) uint8(src, block + 192 + group);
            for (int i = group * 16; i < group * 16 + 16; i++) {
                int half = i / 128;
                int low = uint8(src, block + half * 64 + i % 64) >> i / 64 % 2 * 4 & 15;
                int high = uint8(src, block + 128 + half * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                dst[at + i] = scale * ((low | high << 4) - 32);
            }
        }
    }

    /**
     * d f16, 16 bits of high scale bit pairs, 4 bytes of low scale nibbles, then eight groups of 32
     * laid out as in IQ4_NL.
     */
    private static void iq4(MemorySegment src, long block, float[] dst, int at) {
        float d = float16(src, block);
        for (int group = 0; group < 8; group++) {
            int low = uint8(src, block + 4 + group / 2) >> group % 2 * 4 & 15;
            int high = uint8(src, block + 2 + group / 4) >> group % 4 * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            SmallBlocks.levels(
                    SmallBlocks.NON_LINEAR_LEVELS,
                    scale,
                    src,
                    block + 8 + group * 16,
                    dst,
                    at + group * 32);
        }
    }

    /** The 6-bit scale of a group: whole in bytes 0 to 3 for the first four, else split in two. */
    private static int scale(MemorySegment src, long scales, int group) {
        return group < 4
                ? uint8(src, scales + group) & 63
                : uint8(src, scales + group + 4) & 15 | uint8(src, scales + group - 4) >> 6 << 4;
    }

    /** The 6-bit minimum of a group, stored like {@link #scale}. */
    private static int minimum(MemorySegment src, long scales, int group) {
        return group < 4
                ? uint8(src, scales + 4 + group) & 63
                : uint8(src, scales + group + 4) >> 4 | uint8(src, scales + group) >> 6 << 4;
    }
}
