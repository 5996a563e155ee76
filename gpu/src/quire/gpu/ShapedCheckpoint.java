package quire.gpu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import quire.model.ExpectedTensor;
import quire.model.ModelConfig;
import quire.model.ModelWeights;
import quire.weights.Checkpoint;

/**
 * A checkpoint that has a shape and no numbers: its file is one hole behind the header, which takes
 * no room on a disk and is not read, since {@link MadeWeights} stands for what it lacks.
 */
final class ShapedCheckpoint {
    private static final String BF16 = "BF16";
    private static final int LENGTH_BYTES = 8;

    /** Of a Qwen2 model, as its config.json has them. */
    record Sizes(int hidden, int intermediate, int layers, int heads, int kvHeads, int vocabulary) {
        static final Sizes QWEN_7B = new Sizes(3584, 18944, 28, 28, 4, 152_064);
        static final Sizes TINY = new Sizes(256, 320, 2, 4, 2, 512);

        private String config() {
            return """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "bfloat16",
             "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
             "num_attention_heads": %d, "num_key_value_heads": %d, "vocab_size": %d,
             "max_position_embeddings": 32768, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
             "hidden_act": "silu", "tie_word_embeddings": false, "use_sliding_window": false}
            """
                    .formatted(hidden, intermediate, layers, heads, kvHeads, vocabulary);
        }
    }

    private ShapedCheckpoint() {}

    /** Writes one into a folder and opens it. */
    static Checkpoint in(Path folder, Sizes sizes) throws IOException {
        Path config = folder.resolve("config.json");
        Files.writeString(config, sizes.config());
        ModelConfig model = ModelConfig.read(config, "");
        long[] end = {0};
        String header =
                ModelWeights.of(model, Checkpoint.Format.SAFETENSORS).tensors().stream()
                        .map(tensor -> description(tensor, end))
                        .collect(Collectors.joining(",", "{", "}"));
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Path weights = folder.resolve("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.write(
                    ByteBuffer.allocate(LENGTH_BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(json.length)
                            .array());
            file.write(json);
            file.setLength(LENGTH_BYTES + json.length + end[0]);
        }
        return Checkpoint.open(folder);
    }

    private static String description(ExpectedTensor tensor, long[] end) {
        long begin = end[0];
        long count = tensor.shape().stream().reduce(1L, Math::multiplyExact);
        end[0] = begin + count * Short.BYTES;
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(tensor.name(), BF16, tensor.shape(), begin, end[0]);
    }
}
