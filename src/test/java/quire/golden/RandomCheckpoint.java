package quire.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Draws the weights of a golden checkpoint anew, from the distributions that the stored ones were
 * drawn from: configuration, names, shapes and types stay. What holds of the stored weights by
 * chance does not hold of these.
 */
public final class RandomCheckpoint {

    private static final JsonMapper JSON = new JsonMapper();

    private RandomCheckpoint() {}

    /**
     * @param like a folder of golden/checkpoints
     * @param folder an existing one, whose files of the same names are replaced
     */
    public static void write(Path like, Path folder, long seed) throws IOException {
        JsonNode config = JSON.readTree(like.resolve("config.json").toFile());
        boolean tied = config.path("tie_word_embeddings").asBoolean();
        Random random = new Random(seed);
        try (Stream<Path> files = Files.list(like)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                byte[] bytes = Files.readAllBytes(file);
                if (name.startsWith("model") && name.endsWith(".safetensors")) {
                    draw(bytes, tied, random);
                }
                Files.write(folder.resolve(name), bytes);
            }
        }
    }

    private static void draw(byte[] safetensors, boolean tied, Random random) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = Math.toIntExact(file.getLong());
        JsonNode header = JSON.readTree(safetensors, Long.BYTES, headerBytes);
        List<Map.Entry<String, JsonNode>> tensors =
                header.properties().stream()
                        .filter(entry -> !entry.getKey().equals("__metadata__"))
                        .toList();
        for (Map.Entry<String, JsonNode> tensor : tensors) {
            JsonNode info = tensor.getValue();
            JsonNode shape = info.path("shape");
            long numValues = 1;
            for (JsonNode dimension : shape) {
                numValues *= dimension.asLong();
            }
            boolean isNorm = tensor.getKey().contains("norm") && shape.size() == 1;
            double scale = scale(tensor.getKey(), shape, tied);
            file.position(Long.BYTES + headerBytes + info.at("/data_offsets/0").asInt());
            for (long i = 0; i < numValues; i++) {
                float value = (float) ((isNorm ? 1 : 0) + scale * random.nextGaussian());
                put(file, info.path("dtype").asText(), value);
            }
        }
    }

    private static double scale(String name, JsonNode shape, boolean tied) {
        if (shape.size() == 1) {
            return name.contains("norm") ? 0.2 : 0.3;
        }
        if (name.contains("embed")) {
            return tied ? 0.15 : 1;
        }
        return 1.3 / Math.sqrt(shape.path(shape.size() - 1).asInt());
    }

    private static void put(ByteBuffer file, String dtype, float value) {
        switch (dtype) {
            case "F32" -> file.putFloat(value);
            case "F16" -> file.putShort(Float.floatToFloat16(value));
            case "BF16" -> file.putShort((short) (Float.floatToRawIntBits(value) >> 16));
            default -> throw new IllegalArgumentException(dtype);
        }
    }
}
