package quire.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import quire.error.CheckpointException;

/**
 * Reads metadata values of a GGUF header; the type numbers are those of {@code
 * gguf_metadata_value_type} in ggml's {@code docs/gguf.md}.
 */
final class GgufValues {

    /** A vocabulary has about a million; an array of bytes takes eight times its size in memory. */
    private static final int MAX_ARRAY_ELEMENTS = 1 << 24;

    private final HeaderReader in;

    GgufValues(HeaderReader in) {
        this.in = in;
    }

    /**
     * Reads the type and the value that follow a key: a {@link Long}, {@link Double}, {@link
     * Boolean} or {@link String}, or a {@code long[]}, {@code double[]}, {@code boolean[]} or
     * {@code List<String>}. A string that is not UTF-8 is a {@code byte[]}.
     */
    Object read(String key) {
        String what = "metadata " + Names.quote(key);
        int type = in.int32("the type of " + what);
        return type == 9 ? array(what) : scalar(type, what);
    }

    private Object scalar(int type, String what) {
        return switch (type) {
            case 0, 1, 2, 3, 4, 5, 10, 11 -> integer(type, what);
            case 6, 12 -> floating(type, what);
            case 7 -> bool(what);
            case 8 -> in.stringOrBytes(what);
            default -> throw unknownType(type, what);
        };
    }

    private Object array(String what) {
        int type = in.int32("the element type of " + what);
        int count = (int) in.count("the number of elements of " + what, elementBytes(type, what));
        if (count > MAX_ARRAY_ELEMENTS) {
            throw in.fault(
                    "says "
                            + count
                            + " for the number of elements of "
                            + what
                            + ", at most "
                            + MAX_ARRAY_ELEMENTS
                            + " are read");
        }
        return switch (type) {
            case 6, 12 -> {
                double[] values = new double[count];
                for (int i = 0; i < count; i++) {
                    values[i] = floating(type, what);
                }
                yield values;
            }
            case 7 -> {
                boolean[] values = new boolean[count];
                for (int i = 0; i < count; i++) {
                    values[i] = bool(what);
                }
                yield values;
            }
            case 8 -> {
                List<Object> values = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    values.add(in.stringOrBytes(what));
                }
                yield Collections.unmodifiableList(values);
            }
            default -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = integer(type, what);
                }
                yield values;
            }
        };
    }

    /** The fewest bytes that an element of an array takes. */
    private int elementBytes(int type, String what) {
        return switch (type) {
            case 0, 1, 7 -> 1;
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 8, 10, 11, 12 -> 8;
            case 9 ->
                    throw new CheckpointException(
                            in.file()
                                    + ": "
                                    + what
                                    + " is an array of arrays, which no model needs and Quire does"
                                    + " not read.");
            default -> throw unknownType(type, what);
        };
    }

    private long integer(int type, String what) {
        return switch (type) {
            case 0 -> Byte.toUnsignedLong(in.int8(what));
            case 1 -> in.int8(what);
            case 2 -> Short.toUnsignedLong(in.int16(what));
            case 3 -> in.int16(what);
            case 4 -> Integer.toUnsignedLong(in.int32(what));
            case 5 -> in.int32(what);
            case 10 -> {
                long value = in.int64(what);
                if (value < 0) {
                    throw in.fault(
                            "says "
                                    + Long.toUnsignedString(value)
                                    + " for "
                                    + what
                                    + ", integers end at 2^63 - 1");
                }
                yield value;
            }
            case 11 -> in.int64(what);
            default -> throw unknownType(type, what);
        };
    }

    private double floating(int type, String what) {
        return type == 6
                ? Float.intBitsToFloat(in.int32(what))
                : Double.longBitsToDouble(in.int64(what));
    }

    private boolean bool(String what) {
        byte value = in.int8(what);
        if (value != 0 && value != 1) {
            throw in.fault("says " + value + " for " + what + ", a truth value is 0 or 1");
        }
        return value == 1;
    }

    private CheckpointException unknownType(int type, String what) {
        return in.fault(
                "has the unknown value type " + Integer.toUnsignedString(type) + " for " + what);
    }
}
