package quire.weights;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A GGUF file written anew, for tests: with other metadata, or in parts. */
public final class GgufCopy {

    private static final int BOOL = 7;
    private static final int INT64 = 11;
    private static final int FLOAT64 = 12;

    private record Weights(String name, GgmlType type, List<Long> shape, byte[] bytes) {}

    private final Map<String, Object> metadata;
    private final List<Weights> tensors = new ArrayList<>();

    private GgufCopy(Checkpoint checkpoint) {
        metadata = new LinkedHashMap<>(checkpoint.metadata());
        for (String name : checkpoint.names()) {
            CheckpointTensor tensor = checkpoint.tensor(name);
            tensors.add(
                    new Weights(
                            name,
                            GgmlType.valueOf(tensor.typeName()),
                            tensor.shape(),
                            tensor.data().toArray(ValueLayout.JAVA_BYTE)));
        }
    }

    public static GgufCopy of(Path file) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return new GgufCopy(checkpoint);
        }
    }

    public void with(String key, Object value) {
        metadata.put(key, value);
    }

    /** Adds a vector behind the other tensors. */
    public void with(String name, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        tensors.add(new Weights(name, GgmlType.F32, List.of((long) values.length), bytes.array()));
    }

    public byte[] bytes() {
        return write(metadata, tensors);
    }

    /** Writes that many files into a folder, as llama.cpp's gguf-split does. */
    public List<Path> parts(Path folder, String name, int count) throws IOException {
        List<Path> parts = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            Map<String, Object> said = new LinkedHashMap<>(part == 0 ? metadata : Map.of());
            said.put("split.no", (long) part);
            said.put("split.count", (long) count);
            said.put("split.tensors.count", (long) tensors.size());
            List<Weights> some =
                    tensors.subList(
                            tensors.size() * part / count, tensors.size() * (part + 1) / count);
            Path path = folder.resolve("%s-%05d-of-%05d.gguf".formatted(name, part + 1, count));
            parts.add(Files.write(path, write(said, some)));
        }
        return parts;
    }

    private static byte[] write(Map<String, Object> metadata, List<Weights> tensors) {
        GgufBytes out = new GgufBytes();
        metadata.forEach((key, value) -> entry(out, key, value));
        tensors.forEach(each -> out.tensor(each.name, each.type, each.shape, each.bytes));
        return out.bytes();
    }

    private static void entry(GgufBytes out, String key, Object value) {
        switch (value) {
            case Long number -> out.entry(key, INT64, GgufBytes.int64(number));
            case Double number -> out.entry(key, FLOAT64, float64(number));
            case Boolean is -> out.entry(key, BOOL, bool(is));
            case String text -> out.entry(key, GgufBytes.STRING, GgufBytes.string(text));
            case long[] numbers ->
                    out.array(
                            key,
                            INT64,
                            numbers.length,
                            Arrays.stream(numbers)
                                    .mapToObj(GgufBytes::int64)
                                    .toArray(byte[][]::new));
            case double[] numbers ->
                    out.array(
                            key,
                            FLOAT64,
                            numbers.length,
                            Arrays.stream(numbers)
                                    .mapToObj(GgufCopy::float64)
                                    .toArray(byte[][]::new));
            case List<?> texts ->
                    out.array(
                            key,
                            GgufBytes.STRING,
                            texts.size(),
                            texts.stream()
                                    .map(text -> GgufBytes.string((String) text))
                                    .toArray(byte[][]::new));
            default -> throw new IllegalArgumentException(key + ": " + value.getClass());
        }
    }

    private static byte[] bool(boolean is) {
        return new byte[] {(byte) (is ? 1 : 0)};
    }

    private static byte[] float64(double number) {
        return GgufBytes.int64(Double.doubleToRawLongBits(number));
    }
}
