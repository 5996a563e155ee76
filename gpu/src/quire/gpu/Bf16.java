package quire.gpu;

import java.util.SplittableRandom;

/** Numbers of eight bits of mantissa, on the host. */
final class Bf16 {
    private Bf16() {}

    static float value(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounded to nearest, ties to even. */
    static short bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    static short[] normal(SplittableRandom random, int count, double deviation) {
        short[] values = new short[count];
        for (int i = 0; i < count; i++) {
            values[i] = bits((float) (random.nextGaussian() * deviation));
        }
        return values;
    }

    /** What the kernel {@code fill_hash} writes as the number at {@code index}. */
    static float hashed(long index, int seed) {
        long h = (index / 2 + 1) * 0x9E3779B97F4A7C15L ^ Integer.toUnsignedLong(seed);
        h = (h ^ (h >>> 30)) * 0xBF58476D1CE4E5B9L;
        h = (h ^ (h >>> 27)) * 0x94D049BB133111EBL;
        h ^= h >>> 31;
        long half = (index & 1) == 0 ? h & 0xffff : h >>> 16 & 0xffff;
        return value(bits((half - 32768f) * (0.06f / 65536f)));
    }

    /** Index of weight (output, input) in tiles of 64 x 64 with the 128-byte swizzle. */
    static long tiled(int output, int input, int inputs) {
        long tile = (long) (output / 64) * (inputs / 64) + input / 64;
        int row = output % 64;
        int chunk = input % 64 / 8;
        return tile * 4096 + row * 64 + ((chunk ^ (row & 7)) * 8) + input % 8;
    }
}
