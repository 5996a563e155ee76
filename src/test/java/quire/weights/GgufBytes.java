package quire.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes GGUF files for tests; what it is told is written whether it makes sense or not. */
public final class GgufBytes {

    public static final int UINT32 = 4;
    public static final int STRING = 8;
    public static final int ARRAY = 9;

    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private int magic = GgufHeader.MAGIC;
    private int version = 3;
    private int alignment = 32;
    private long numEntries;
    private long numTensors;

    GgufBytes magic(int value) {
        magic = value;
        return this;
    }

    GgufBytes version(int value) {
        version = value;
        return this;
    }

    /** Where tensors start; written as metadata too. */
    GgufBytes alignment(int value) {
        alignment = value;
        return entry("general.alignment", UINT32, int32(value));
    }

    /** A metadata entry of that type number and those bytes. */
    public GgufBytes entry(String key, int type, byte[]... value) {
        numEntries++;
        entries.writeBytes(string(key));
        entries.writeBytes(int32(type));
        for (byte[] part : value) {
            entries.writeBytes(part);
        }
        return this;
    }

    /** An array of that element type and count. */
    public GgufBytes array(String key, int type, long count, byte[]... elements) {
        entry(key, ARRAY, int32(type), int64(count));
        for (byte[] element : elements) {
            entries.writeBytes(element);
        }
        return this;
    }

    /** A tensor with its bytes at the next aligned place; {@code shape} is row-major. */
    GgufBytes tensor(String name, GgmlType type, List<Long> shape, byte[] bytes) {
        while (data.size() % alignment != 0) {
            data.write(0);
        }
        info(name, shape.reversed(), type.ordinal(), data.size());
        data.writeBytes(bytes);
        return this;
    }

    /** A vector in float32. */
    public GgufBytes floats(String name, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return tensor(name, GgmlType.F32, List.of((long) values.length), bytes.array());
    }

    /** A tensor of zeros in float32; {@code shape} is row-major. */
    public GgufBytes zeros(String name, Long... shape) {
        long elements = Arrays.stream(shape).reduce(1L, (a, b) -> a * b);
        return tensor(name, GgmlType.F32, List.of(shape), new byte[4 * (int) elements]);
    }

    /** What is said of a tensor, in the file's own order of dimensions. */
    public GgufBytes info(String name, List<Long> dimensions, int type, long offset) {
        numTensors++;
        infos.writeBytes(string(name));
        infos.writeBytes(int32(dimensions.size()));
        dimensions.forEach(dimension -> infos.writeBytes(int64(dimension)));
        infos.writeBytes(int32(type));
        infos.writeBytes(int64(offset));
        return this;
    }

    /** Bytes after the last tensor, or in place of one. */
    public GgufBytes data(byte[] bytes) {
        data.writeBytes(bytes);
        return this;
    }

    GgufBytes numEntries(long value) {
        numEntries = value;
        return this;
    }

    GgufBytes numTensors(long value) {
        numTensors = value;
        return this;
    }

    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(int32(magic));
        out.writeBytes(int32(version));
        out.writeBytes(int64(numTensors));
        out.writeBytes(int64(numEntries));
        out.writeBytes(entries.toByteArray());
        out.writeBytes(infos.toByteArray());
        while (data.size() > 0 && alignment > 0 && out.size() % alignment != 0) {
            out.write(0);
        }
        out.writeBytes(data.toByteArray());
        return out.toByteArray();
    }

    public static byte[] string(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + utf8.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(utf8.length)
                .put(utf8)
                .array();
    }

    public static byte[] int16(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8)};
    }

    public static byte[] int32(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    public static byte[] int64(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }
}
