package quire.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import quire.weights.Checkpoint;

/**
 * The two files of quire-demo that llama.cpp's llama-quantize makes by rounding alone, made again
 * bit for bit, so that the tree need not hold them. Names, metadata, norms, biases and the Q6_K
 * embedding of the Q4_0 file are those of the Q6_K file in the tree; all other weights are rounded
 * from the demo model's own. The digests are those of the files that llama.cpp wrote.
 */
enum DemoGguf {
    Q8_0(8, 7, "62ace8cd96b18b9f9be6254fdb96f64b4682a63948be310e359422e1154cce69") {
        @Override
        int typeOfTheEmbedding() {
            return 8;
        }

        /** A scale of 16 bits, then 32 signed bytes. */
        @Override
        void round(float[] values, int from, ByteBuffer to) {
            float largest = 0;
            for (int i = 0; i < BLOCK; i++) {
                largest = Math.max(largest, Math.abs(values[from + i]));
            }
            float scale = largest / 127;
            float inverse = scale == 0 ? 0 : 1 / scale;
            to.putShort(Float.floatToFloat16(scale));
            for (int i = 0; i < BLOCK; i++) {
                float scaled = values[from + i] * inverse;
                to.put((byte) (scaled < 0 ? (int) (scaled - 0.5f) : (int) (scaled + 0.5f)));
            }
        }
    },
    Q4_0(2, 2, "1cabd47b4b247682be4773a45c75ed5174927ba742000f33c9dd414ec3b5f97f") {
        @Override
        int typeOfTheEmbedding() {
            return Q6_K;
        }

        /** A scale of 16 bits, by which the largest is -8, then 32 numbers of 4 bits less 8. */
        @Override
        void round(float[] values, int from, ByteBuffer to) {
            float largest = 0;
            for (int i = 0; i < BLOCK; i++) {
                float value = values[from + i];
                largest = Math.abs(value) > Math.abs(largest) ? value : largest;
            }
            float scale = largest / -8;
            float inverse = scale == 0 ? 0 : 1 / scale;
            to.putShort(Float.floatToFloat16(scale));
            for (int i = 0; i < BLOCK / 2; i++) {
                int low = Math.min(15, (int) (values[from + i] * inverse + 8.5f));
                int high = Math.min(15, (int) (values[from + BLOCK / 2 + i] * inverse + 8.5f));
                to.put((byte) (low | high << 4));
            }
        }
    };

    private static final int BLOCK = 32;
    private static final int F32 = 0;
    private static final int Q6_K = 14;
    private static final int ALIGNMENT = 32;

    /** What the parts of a layer are called in the demo model's own checkpoint. */
    private static final Map<String, String> PARTS =
            Map.of(
                    "attn_q", "self_attn.q_proj",
                    "attn_k", "self_attn.k_proj",
                    "attn_v", "self_attn.v_proj",
                    "attn_output", "self_attn.o_proj",
                    "ffn_gate", "mlp.gate_proj",
                    "ffn_up", "mlp.up_proj",
                    "ffn_down", "mlp.down_proj");

    /**
     * @param at where the header holds the type, which the offset follows
     */
    private record Info(
            String name, int numValues, boolean isMatrix, int type, long offset, int at) {}

    private final int type;
    private final int fileType;
    private final String sha256;

    DemoGguf(int type, int fileType, String sha256) {
        this.type = type;
        this.fileType = fileType;
        this.sha256 = sha256;
    }

    abstract int typeOfTheEmbedding();

    /** Appends one block of 32 values, as llama.cpp's reference rounds it. */
    abstract void round(float[] values, int from, ByteBuffer to);

    /** Makes the files that are not in the folder, if it has the Q6_K file they are made from. */
    static void makeWhatIsMissing(Path folder) throws IOException {
        Path source = folder.resolve("quire-demo-Q6_K.gguf");
        for (DemoGguf file : values()) {
            Path target = folder.resolve("quire-demo-" + file + ".gguf");
            if (Files.exists(source) && !Files.exists(target)) {
                byte[] made = file.from(Files.readAllBytes(source));
                String digest = HexFormat.of().formatHex(sha256(made));
                if (!digest.equals(file.sha256)) {
                    throw new IllegalStateException(
                            file + " is not the file that llama.cpp wrote: SHA-256 " + digest);
                }
                Files.write(target, made);
            }
        }
    }

    private byte[] from(byte[] q6k) {
        ByteBuffer source = ByteBuffer.wrap(q6k).order(ByteOrder.LITTLE_ENDIAN);
        source.position(endOf("general.file_type", q6k) + Integer.BYTES);
        int fileTypeAt = source.position();
        List<Info> infos = infos(source.position(fileTypeAt + Integer.BYTES));
        int headerBytes = pad(source.position());
        ByteBuffer out = ByteBuffer.allocate(2 * q6k.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(q6k, 0, headerBytes).putInt(fileTypeAt, fileType);
        try (Checkpoint demo = Checkpoint.open(Path.of("models/quire-demo"))) {
            for (Info info : infos) {
                int type = typeOf(info);
                out.putInt(info.at(), type);
                out.putLong(info.at() + Integer.BYTES, out.position() - headerBytes);
                if (type == this.type) {
                    float[] values = demo.tensor(original(info.name())).toFloats();
                    for (int i = 0; i < values.length; i += BLOCK) {
                        round(values, i, out);
                    }
                } else {
                    int bytes = type == F32 ? 4 * info.numValues() : info.numValues() / 256 * 210;
                    out.put(q6k, headerBytes + (int) info.offset(), bytes);
                }
                out.position(pad(out.position()));
            }
        }
        byte[] made = new byte[out.position()];
        out.get(0, made);
        return made;
    }

    private int typeOf(Info info) {
        if (!info.isMatrix()) {
            return info.type();
        }
        return info.name().equals("token_embd.weight") ? typeOfTheEmbedding() : type;
    }

    private static List<Info> infos(ByteBuffer source) {
        long numTensors = source.getLong(8);
        List<Info> infos = new ArrayList<>();
        for (long i = 0; i < numTensors; i++) {
            byte[] name = new byte[(int) source.getLong()];
            source.get(name);
            int numDimensions = source.getInt();
            int numValues = 1;
            for (int d = 0; d < numDimensions; d++) {
                numValues *= (int) source.getLong();
            }
            int at = source.position();
            infos.add(
                    new Info(
                            new String(name, StandardCharsets.UTF_8),
                            numValues,
                            numDimensions > 1,
                            source.getInt(),
                            source.getLong(),
                            at));
        }
        return infos;
    }

    /** {@code blk.3.attn_q.weight} as the demo model calls it. */
    private static String original(String name) {
        if (name.equals("token_embd.weight")) {
            return "model.embed_tokens.weight";
        }
        String[] words = name.split("\\.");
        return "model.layers." + words[1] + "." + PARTS.get(words[2]) + "." + words[3];
    }

    /** The last key of the metadata: its value is all that stands between it and the tensors. */
    private static int endOf(String key, byte[] header) {
        return new String(header, StandardCharsets.ISO_8859_1).indexOf(key) + key.length();
    }

    private static int pad(int position) {
        return Math.ceilDiv(position, ALIGNMENT) * ALIGNMENT;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
