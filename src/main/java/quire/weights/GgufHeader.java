package quire.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.error.CheckpointException;
import quire.tensor.DType;

/**
 * Reads the header of a GGUF file, versions 2 and 3, little-endian, after the specification in
 * ggml's {@code docs/gguf.md}.
 */
final class GgufHeader {

    /** {@code GGUF} as a little-endian number. */
    static final int MAGIC = 0x46554747;

    private static final int MAX_DIMENSIONS = 4;

    /** A vocabulary has about a million; an array of bytes takes eight times its size in memory. */
    private static final int MAX_ARRAY_ELEMENTS = 1 << 24;

    private static final long DEFAULT_ALIGNMENT = 32;
    private static final String ALIGNMENT_KEY = "general.alignment";

    /** A key's length, a value type and the shortest value. */
    private static final int MIN_ENTRY_BYTES = 8 + 4 + 1;

    /** A name's length, the number of dimensions, a type and an offset. */
    private static final int MIN_TENSOR_BYTES = 8 + 4 + 4 + 8;

    private final HeaderReader in;

    private GgufHeader(HeaderReader in) {
        this.in = in;
    }

    /**
     * Reads and checks the header that starts at the reader's position.
     *
     * @throws CheckpointException if it breaks the format, or Quire does not support what it says
     */
    static Header read(HeaderReader in) {
        return new GgufHeader(in).header();
    }

    private Header header() {
        if (in.int32("the magic number") != MAGIC) {
            throw new CheckpointException(in.file() + " is not a GGUF file.");
        }
        checkVersion(in.int32("the version"));
        long numTensors = in.count("the number of tensors", MIN_TENSOR_BYTES);
        long numEntries = in.count("the number of metadata entries", MIN_ENTRY_BYTES);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < numEntries; i++) {
            String key = in.string("the key of metadata entry " + i);
            if (metadata.put(key, value(key)) != null) {
                throw in.fault("has the metadata key " + Names.quote(key) + " twice");
            }
        }
        long alignment = alignment(metadata);
        List<Info> infos = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < numTensors; i++) {
            Info info = info(i, alignment);
            if (!names.add(info.name)) {
                throw in.fault("has the tensor " + Names.quote(info.name) + " twice");
            }
            infos.add(info);
        }
        long dataStart = Math.ceilDiv(in.position(), alignment) * alignment;
        return new Header(place(infos, dataStart), Collections.unmodifiableMap(metadata));
    }

    private void checkVersion(int version) {
        if (version == 2 || version == 3) {
            return;
        }
        int swapped = Integer.reverseBytes(version);
        if (swapped >= 1 && swapped <= 3) {
            throw new CheckpointException(in.file() + " is a big-endian GGUF file; Quire reads"
                    + " little-endian ones, which is how they are published.");
        }
        throw new CheckpointException(in.file() + " is GGUF version "
                + Integer.toUnsignedString(version) + "; Quire reads versions 2 and 3, convert the"
                + " model again with a current converter.");
    }

    private long alignment(Map<String, Object> metadata) {
        Object value = metadata.getOrDefault(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
        // Beyond 2^30 no file has a use for it, and sums with it could overflow.
        if (value instanceof Long a && a > 0 && a <= 1 << 30 && Long.bitCount(a) == 1) {
            return a;
        }
        throw in.fault("says " + value + " for " + ALIGNMENT_KEY + ", a power of two is needed");
    }

    private Object value(String key) {
        String what = "metadata " + Names.quote(key);
        int type = in.int32("the type of " + what);
        return type == 9 ? array(what) : scalar(type, what);
    }

    private Object scalar(int type, String what) {
        return switch (type) {
            case 0, 1, 2, 3, 4, 5, 10, 11 -> integer(type, what);
            case 6, 12 -> floating(type, what);
            case 7 -> bool(what);
            case 8 -> in.string(what);
            default -> throw unknownType(type, what);
        };
    }

    private Object array(String what) {
        int type = in.int32("the element type of " + what);
        int count = (int) in.count("the number of elements of " + what, elementBytes(type, what));
        if (count > MAX_ARRAY_ELEMENTS) {
            throw in.fault("says " + count + " for the number of elements of " + what
                    + ", at most " + MAX_ARRAY_ELEMENTS + " are read");
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
                List<String> values = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    values.add(in.string(what));
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
            case 9 -> throw new CheckpointException(in.file() + ": " + what
                    + " is an array of arrays, which no model needs and Quire does not read.");
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
                    throw in.fault("says " + Long.toUnsignedString(value) + " for " + what
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
        return in.fault("has the unknown value type " + Integer.toUnsignedString(type) + " for " + what);
    }

    /** @param offset from the start of the data */
    private record Info(String name, DType dtype, List<Long> shape, long offset, long bytes) {}

    private Info info(long index, long alignment) {
        String name = in.string("the name of tensor " + index);
        String what = "tensor " + Names.quote(name);
        int numDimensions = in.int32("the number of dimensions of " + what);
        if (numDimensions < 0 || numDimensions > MAX_DIMENSIONS) {
            throw in.fault("says that " + what + " has " + Integer.toUnsignedString(numDimensions)
                    + " dimensions, at most " + MAX_DIMENSIONS + " are allowed");
        }
        List<Long> shape = new ArrayList<>(numDimensions);
        for (int i = 0; i < numDimensions; i++) {
            // GGUF lists the contiguous dimension first, row-major shapes last.
            shape.addFirst(in.int64("the dimensions of " + what));
        }
        DType dtype = dtype(Integer.toUnsignedLong(in.int32("the type of " + what)), what);
        long offset = in.int64("the offset of " + what);
        if (offset < 0 || offset % alignment != 0) {
            throw in.fault("puts " + what + " at " + Long.toUnsignedString(offset)
                    + ", a multiple of " + alignment + " is needed");
        }
        long bytes = Shapes.bytes(shape, dtype.blockElements(), dtype.blockBytes() * 8L)
                .orElseThrow(() -> in.fault("gives " + what + " the shape " + shape
                        + ", which is no shape of " + dtype));
        return new Info(name, dtype, shape, offset, bytes);
    }

    private DType dtype(long number, String what) {
        String supported = "; use a file quantised as Q8_0, Q6_K, Q5_K_M, Q4_K_M or Q4_0.";
        GgmlType type = GgmlType.byNumber(number).orElseThrow(
                () -> new CheckpointException(in.file() + ": " + what + " has the type " + number
                        + ", which Quire does not know" + supported));
        return type.dtype().orElseThrow(
                () -> new CheckpointException(in.file() + ": " + what + " is stored as " + type
                        + ", which Quire does not read" + supported));
    }

    private List<StoredTensor> place(List<Info> infos, long dataStart) {
        List<StoredTensor> tensors = new ArrayList<>(infos.size());
        for (Info info : infos) {
            if (dataStart > in.fileBytes() || info.bytes > in.fileBytes() - dataStart - info.offset) {
                throw new CheckpointException(in.file() + " is cut short: tensor "
                        + Names.quote(info.name) + " needs " + info.bytes + " bytes at "
                        + info.offset + " of the data, which starts at " + dataStart
                        + ", and the file has " + in.fileBytes() + "; download it again.");
            }
            tensors.add(new StoredTensor(info.name, info.dtype.name(),
                    Optional.of(info.dtype), info.shape, dataStart + info.offset, info.bytes));
        }
        Shapes.requireDisjoint(tensors, in);
        return tensors;
    }
}
