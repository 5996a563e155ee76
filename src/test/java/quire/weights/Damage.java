package quire.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Ways to damage the header of a model file. */
final class Damage {

    private static final long[] EXTREMES = {
        0,
        1,
        2,
        3,
        7,
        8,
        9,
        31,
        32,
        33,
        255,
        256,
        65_535,
        65_536,
        1L << 24,
        (1L << 31) - 1,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 40,
        1L << 62,
        Long.MAX_VALUE - 31,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -8,
        -32,
        100_000_000
    };

    private static final String JSON_CHARACTERS = "{}[]:,\"\\ \n0123456789-+.eEFIU\u0000";

    private Damage() {}

    /**
     * Changes a bit, a byte, a number or a piece.
     *
     * @param bytes the start of a file, not empty; may be changed in place
     * @param fileBytes size of the whole file, the number most worth lying about
     * @return the bytes as they are now, perhaps more or fewer
     */
    static byte[] damaged(byte[] bytes, Random random, long fileBytes) {
        int at = random.nextInt(bytes.length);
        boolean json = bytes[0] == '{' || bytes.length > 8 && bytes[8] == '{';
        if (json && random.nextInt(4) > 0) {
            return damagedJson(bytes, at, random, fileBytes);
        }
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> putNumber(bytes, at, extreme(random, fileBytes), 8);
            case 3 -> putNumber(bytes, at, extreme(random, fileBytes), 4);
            case 4 -> {
                return splice(bytes, random);
            }
            default ->
                    putNumber(
                            bytes,
                            random.nextInt(Math.min(bytes.length, 32)),
                            extreme(random, fileBytes),
                            8);
        }
        return bytes;
    }

    /** Damage that leaves the text readable more often than not, to get past the parser. */
    private static byte[] damagedJson(byte[] bytes, int at, Random random, long fileBytes) {
        byte[] changed = bytes;
        switch (random.nextInt(4)) {
            case 0 ->
                    bytes[at] =
                            (byte) JSON_CHARACTERS.charAt(random.nextInt(JSON_CHARACTERS.length()));
            case 1 -> changed = splice(bytes, random);
            default -> changed = otherDigits(bytes, at, extreme(random, fileBytes));
        }
        if (bytes.length > 8 && bytes[8] == '{' && changed.length > 8) {
            // A safetensors header that grew needs its length corrected, or nothing else is tested.
            long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            putNumber(changed, 0, length + changed.length - bytes.length, 8);
        }
        return changed;
    }

    private static long extreme(Random random, long fileBytes) {
        return random.nextBoolean()
                ? EXTREMES[random.nextInt(EXTREMES.length)]
                : fileBytes + random.nextInt(65) - 32;
    }

    private static void putNumber(byte[] bytes, int at, long value, int size) {
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> 8 * i);
        }
    }

    /** Replaces one range by another: deletes, repeats or moves a piece. */
    private static byte[] splice(byte[] bytes, Random random) {
        int cut = random.nextInt(bytes.length);
        int cutLength = random.nextInt(Math.min(64, bytes.length - cut) + 1);
        int from = random.nextInt(bytes.length);
        int fromLength = random.nextInt(Math.min(64, bytes.length - from) + 1);
        return ByteBuffer.allocate(bytes.length - cutLength + fromLength)
                .put(bytes, 0, cut)
                .put(bytes, from, fromLength)
                .put(bytes, cut + cutLength, bytes.length - cut - cutLength)
                .array();
    }

    /** Writes another number over the next run of decimal digits, as attacks on JSON need. */
    private static byte[] otherDigits(byte[] bytes, int at, long value) {
        int start = at;
        while (start < bytes.length && !digit(bytes[start])) {
            start++;
        }
        int end = start;
        while (end < bytes.length && digit(bytes[end])) {
            end++;
        }
        byte[] number = Long.toString(value).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(bytes.length - (end - start) + number.length)
                .put(bytes, 0, start)
                .put(number)
                .put(bytes, end, bytes.length - end)
                .array();
    }

    private static boolean digit(byte b) {
        return b >= '0' && b <= '9';
    }
}
