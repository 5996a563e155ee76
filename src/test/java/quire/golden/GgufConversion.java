package quire.golden;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import quire.model.Architecture;
import quire.model.Attention;
import quire.model.ExpectedTensor;
import quire.model.Mlp;
import quire.model.ModelConfig;
import quire.model.ModelWeights;
import quire.model.RopeScaling;
import quire.tensor.DType;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/**
 * Writes a safetensors checkpoint as llama.cpp's converter would: names and keys of GGUF, Llama's q
 * and k reordered, its RoPE scaling as a tensor of factors.
 */
final class GgufConversion {

    private static final int ALIGNMENT = 32;

    private final Checkpoint checkpoint;
    private final ModelConfig config;
    private final Attention.GroupedQuery attention;
    private final Mlp.Gated mlp;
    private final boolean reordered;
    private final String architecture;
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private long numEntries;
    private long numTensors;

    private GgufConversion(Checkpoint checkpoint, ModelConfig config) {
        this.checkpoint = checkpoint;
        this.config = config;
        this.attention = (Attention.GroupedQuery) config.attention();
        this.mlp = (Mlp.Gated) config.mlp();
        this.reordered =
                config.architecture() == Architecture.LLAMA
                        || config.architecture() == Architecture.MISTRAL;
        this.architecture =
                switch (config.architecture()) {
                    case LLAMA, MISTRAL -> "llama";
                    case QWEN2 -> "qwen2";
                    case QWEN3 -> "qwen3";
                    case PHI3 -> "phi3";
                };
    }

    static byte[] of(Checkpoint checkpoint, ModelConfig config) {
        GgufConversion conversion = new GgufConversion(checkpoint, config);
        conversion.metadata();
        conversion.tensors();
        return conversion.bytes();
    }

    private void metadata() {
        entry("general.architecture", 8, string(architecture));
        integer("context_length", config.maxPositionEmbeddings());
        integer("embedding_length", config.hiddenSize());
        integer("block_count", config.numLayers());
        integer("feed_forward_length", mlp.intermediateSize());
        integer("attention.head_count", attention.numHeads());
        integer("attention.head_count_kv", attention.numKvHeads());
        integer("attention.key_length", attention.headDim());
        real("attention.layer_norm_rms_epsilon", config.rmsNormEps());
        real("rope.freq_base", (float) config.rope().theta());
        integer("rope.dimension_count", config.rope().rotaryDim());
        if (config.slidingWindows().getFirst() > 0) {
            integer("attention.sliding_window", config.slidingWindows().getFirst());
        }
        switch (config.rope().scaling()) {
            case RopeScaling.None none -> {}
            case RopeScaling.Linear linear -> {
                entry(architecture + ".rope.scaling.type", 8, string("linear"));
                real("rope.scaling.factor", (float) linear.factor());
            }
            case RopeScaling.Yarn yarn -> {
                entry(architecture + ".rope.scaling.type", 8, string("yarn"));
                real("rope.scaling.factor", (float) yarn.factor());
                integer("rope.scaling.original_context_length", yarn.originalMaxPositions());
            }
            case RopeScaling.LongRope longRope -> {
                integer("rope.scaling.original_context_length", longRope.originalMaxPositions());
                real("rope.scaling.attn_factor", (float) longRope.attentionFactor());
                long pairs = config.rope().rotaryDim() / 2;
                tensor(
                        "rope_factors_long.weight",
                        List.of(pairs),
                        DType.F32,
                        floats(longRope.longFactors()));
                tensor(
                        "rope_factors_short.weight",
                        List.of(pairs),
                        DType.F32,
                        floats(longRope.shortFactors()));
            }
            case RopeScaling.Llama3 llama3 ->
                    tensor(
                            "rope_freqs.weight",
                            List.of(config.rope().rotaryDim() / 2L),
                            DType.F32,
                            factors(llama3));
        }
    }

    private static byte[] floats(List<Double> values) {
        ByteBuffer floats = ByteBuffer.allocate(4 * values.size()).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(value -> floats.putFloat(value.floatValue()));
        return floats.array();
    }

    /** What divides each frequency, from the definition in Llama 3.1's own code. */
    private byte[] factors(RopeScaling.Llama3 llama3) {
        int pairs = config.rope().rotaryDim() / 2;
        ByteBuffer factors = ByteBuffer.allocate(4 * pairs).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < pairs; i++) {
            double wavelength =
                    2
                            * Math.PI
                            * Math.pow(config.rope().theta(), 2.0 * i / config.rope().rotaryDim());
            double rotations = llama3.originalMaxPositions() / wavelength;
            double smooth =
                    Math.clamp(
                            (rotations - llama3.lowFreqFactor())
                                    / (llama3.highFreqFactor() - llama3.lowFreqFactor()),
                            0.0,
                            1.0);
            factors.putFloat((float) (1 / ((1 - smooth) / llama3.factor() + smooth)));
        }
        return factors.array();
    }

    private void tensors() {
        List<ExpectedTensor> from =
                ModelWeights.of(config, Checkpoint.Format.SAFETENSORS).tensors();
        List<ExpectedTensor> to = ModelWeights.of(config, Checkpoint.Format.GGUF).tensors();
        for (int i = 0; i < from.size(); i++) {
            CheckpointTensor tensor = checkpoint.tensor(from.get(i).name());
            byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
            boolean rotates = tensor.name().contains("q_proj") || tensor.name().contains("k_proj");
            if (reordered && rotates) {
                bytes = neighbours(bytes, tensor.shape().getFirst().intValue());
            }
            tensor(to.get(i).name(), tensor.shape(), tensor.dtype(), bytes);
        }
    }

    /** Puts rows {@code i} and {@code i + headDim / 2} of each head beside each other. */
    private byte[] neighbours(byte[] rows, int numRows) {
        byte[] reordered = new byte[rows.length];
        int rowBytes = rows.length / numRows;
        int half = attention.headDim() / 2;
        for (int row = 0; row < numRows; row++) {
            int head = row / attention.headDim();
            int inHead = row % attention.headDim();
            int target = head * attention.headDim() + 2 * (inHead % half) + inHead / half;
            System.arraycopy(rows, row * rowBytes, reordered, target * rowBytes, rowBytes);
        }
        return reordered;
    }

    private void integer(String key, int value) {
        entry(architecture + "." + key, 4, int32(value));
    }

    private void real(String key, float value) {
        entry(architecture + "." + key, 6, int32(Float.floatToRawIntBits(value)));
    }

    private void entry(String key, int type, byte[] value) {
        numEntries++;
        entries.writeBytes(string(key));
        entries.writeBytes(int32(type));
        entries.writeBytes(value);
    }

    private void tensor(String name, List<Long> shape, DType dtype, byte[] bytes) {
        numTensors++;
        infos.writeBytes(string(name));
        infos.writeBytes(int32(shape.size()));
        shape.reversed().forEach(dimension -> infos.writeBytes(int64(dimension)));
        infos.writeBytes(
                int32(
                        switch (dtype) {
                            case F32 -> 0;
                            case F16 -> 1;
                            case BF16 -> 30;
                            default -> throw new IllegalArgumentException(dtype.name());
                        }));
        pad(data);
        infos.writeBytes(int64(data.size()));
        data.writeBytes(bytes);
    }

    private byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(int32(3));
        out.writeBytes(int64(numTensors));
        out.writeBytes(int64(numEntries));
        out.writeBytes(entries.toByteArray());
        out.writeBytes(infos.toByteArray());
        pad(out);
        out.writeBytes(data.toByteArray());
        return out.toByteArray();
    }

    private static void pad(ByteArrayOutputStream out) {
        while (out.size() % ALIGNMENT != 0) {
            out.write(0);
        }
    }

    private static byte[] string(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(int64(utf8.length));
        out.writeBytes(utf8);
        return out.toByteArray();
    }

    private static byte[] int32(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private static byte[] int64(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }
}
