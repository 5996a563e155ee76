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

    private static final long DEFAULT_ALIGNMENT = 32;
    private static final String ALIGNMENT_KEY = "general.alignment";

    /** A key's length, a value type and the shortest value. */
    private static final int MIN_ENTRY_BYTES = 8 + 4 + 1;

    /** A name's length, the number of dimensions, a type and an offset. */
    private static final int MIN_TENSOR_BYTES = 8 + 4 + 4 + 8;

    private final HeaderReader in;
    private final GgufValues values;

    private GgufHeader(HeaderReader in) {
        this.in = in;
        this.values = new GgufValues(in);
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
            if (metadata.put(key, values.read(key)) != null) {
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
            throw new CheckpointException(
                    in.file()
                            + " is a big-endian GGUF file; Quire reads"
                            + " little-endian ones, which is how they are published.");
        }
        throw new CheckpointException(
                in.file()
                        + " is GGUF version "
                        + Integer.toUnsignedString(version)
                        + "; Quire reads versions 2 and 3, convert the"
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

    /**
     * @param offset from the start of the data
     */
    private record Info(String name, DType dtype, List<Long> shape, long offset, long bytes) {}

    private Info info(long index, long alignment) {
        String name = in.string("the name of tensor " + index);
        String what = "tensor " + Names.quote(name);
        int numDimensions = in.int32("the number of dimensions of " + what);
        if (numDimensions < 0 || numDimensions > MAX_DIMENSIONS) {
            throw in.fault(
                    "says that "
                            + what
                            + " has "
                            + Integer.toUnsignedString(numDimensions)
                            + " dimensions, at most "
                            + MAX_DIMENSIONS
                            + " are allowed");
        }
        List<Long> shape = new ArrayList<>(numDimensions);
        for (int i = 0; i < numDimensions; i++) {
            // GGUF lists the contiguous dimension first, row-major shapes last.
            shape.addFirst(in.int64("the dimensions of " + what));
        }
        DType dtype = dtype(Integer.toUnsignedLong(in.int32("the type of " + what)), what);
        long offset = in.int64("the offset of " + what);
        if (offset < 0 || offset % alignment != 0) {
            throw in.fault(
                    "puts "
                            + what
                            + " at "
                            + Long.toUnsignedString(offset)
                            + ", a multiple of "
                            + alignment
                            + " is needed");
        }
        long bytes =
                Shapes.bytes(shape, dtype.blockElements(), dtype.blockBytes() * 8L)
                        .orElseThrow(
                                () ->
                                        in.fault(
                                                "gives "
                                                        + what
                                                        + " the shape "
                                                        + shape
                                                        + ", which is no shape of "
                                                        + dtype));
        return new Info(name, dtype, shape, offset, bytes);
    }

    private DType dtype(long number, String what) {
        String supported = "; use a file quantised as Q8_0, Q6_K, Q5_K_M, Q4_K_M or Q4_0.";
        GgmlType type =
                GgmlType.byNumber(number)
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                in.file()
                                                        + ": "
                                                        + what
                                                        + " has the type "
                                                        + number
                                                        + ", which Quire does not know"
                                                        + supported));
        return type.dtype()
                .orElseThrow(
                        () ->
                                new CheckpointException(
                                        in.file()
                                                + ": "
                                                + what
                                                + " is stored as "
                                                + type
                                                + ", which Quire does not read"
                                                + supported));
    }

    private List<StoredTensor> place(List<Info> infos, long dataStart) {
        List<StoredTensor> tensors = new ArrayList<>(infos.size());
        for (Info info : infos) {
            if (dataStart > in.fileBytes()
                    || info.bytes > in.fileBytes() - dataStart - info.offset) {
                throw new CheckpointException(
                        in.file()
                                + " is cut short: tensor "
                                + Names.quote(info.name)
                                + " needs "
                                + info.bytes
                                + " bytes at "
                                + info.offset
                                + " of the data, which starts at "
                                + dataStart
                                + ", and the file has "
                                + in.fileBytes()
                                + "; download it again.");
            }
            tensors.add(
                    new StoredTensor(
                            info.name,
                            info.dtype.name(),
                            Optional.of(info.dtype),
                            info.shape,
                            dataStart + info.offset,
                            info.bytes));
        }
        Shapes.requireDisjoint(tensors, in);
        return tensors;
    }
}
