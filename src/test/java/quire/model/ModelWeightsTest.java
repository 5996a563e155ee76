package quire.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.MemoryUse;
import quire.ops.Ops;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/** A checkpoint's tensors are used or refused, never left out in silence. */
class ModelWeightsTest {

    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";

    @TempDir Path folder;

    private static Path golden(String name) {
        return GoldenData.golden().resolve("checkpoints").resolve(name);
    }

    private record Stored(String dtype, List<Integer> shape, byte[] bytes) {

        static Stored f32(List<Integer> shape, float value) {
            int count = shape.stream().reduce(1, (a, b) -> a * b);
            ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i++) {
                bytes.putFloat(value);
            }
            return new Stored("F32", shape, bytes.array());
        }
    }

    /** A golden checkpoint of one file with a tensor more. */
    private Path with(String checkpoint, String name, Stored more) throws IOException {
        byte[] old = Files.readAllBytes(golden(checkpoint).resolve("model.safetensors"));
        int headerBytes = (int) ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ObjectNode header = (ObjectNode) new JsonMapper().readTree(old, 8, headerBytes);
        int dataBytes = old.length - 8 - headerBytes;
        ObjectNode tensor = header.putObject(name).put("dtype", more.dtype);
        more.shape.forEach(tensor.putArray("shape")::add);
        tensor.putArray("data_offsets").add(dataBytes).add(dataBytes + more.bytes.length);
        byte[] json = new JsonMapper().writeValueAsBytes(header);
        ByteBuffer out =
                ByteBuffer.allocate(8 + json.length + dataBytes + more.bytes.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(json.length).put(json).put(old, 8 + headerBytes, dataBytes).put(more.bytes);
        Files.write(folder.resolve("model.safetensors"), out.array());
        Files.copy(golden(checkpoint).resolve("config.json"), folder.resolve("config.json"));
        return folder;
    }

    private static ModelWeights weights(Path path, String overrides) {
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            return ModelWeights.in(checkpoint, ModelConfig.of(checkpoint, overrides));
        }
    }

    private static String refusal(Path path, String overrides) {
        return assertThrows(CheckpointException.class, () -> weights(path, overrides)).getMessage();
    }

    private static List<String> names(ModelWeights weights) {
        return weights.tensors().stream().map(ExpectedTensor::name).toList();
    }

    /** Logits after a short prompt. */
    private static float[] logits(Path path, String overrides) {
        try (Ops ops = new ReferenceOps();
                Checkpoint checkpoint = Checkpoint.open(path)) {
            ModelConfig config = ModelConfig.of(checkpoint, overrides);
            DecoderModel model =
                    DecoderModel.load(
                            checkpoint,
                            config,
                            ops,
                            new ModelLimits(16, 4, 1),
                            LoadProgress.SILENT);
            KvCache cache = ops.allocateKvCache(config.kvCacheLayout(1, 16, DType.F32));
            Batch batch = ops.allocateBatch(new BatchLimits(4, 1, 1, 16));
            batch.clear();
            batch.startSequence(0, new int[] {0}, 1);
            for (int id : new int[] {5, 17, 300, 9}) {
                batch.addToken(id);
            }
            batch.addLogitRow();
            batch.endSequence();
            return ops.host(model.forward(batch, cache), 1)
                    .slice(0, 1)
                    .data()
                    .toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void layersBeyondTheConfigurationAreRefused() {
        int layers = ModelConfig.read(golden("llama").resolve("config.json"), "").numLayers();
        String fewer = "{\"num_hidden_layers\": %d}".formatted(layers - 1);
        String message = refusal(golden("llama"), fewer);
        assertTrue(
                message.contains("(LlamaForCausalLM of %d layers)".formatted(layers - 1)), message);
        assertTrue(message.contains("has no place for 9 tensors: 'model.layers."), message);
        assertTrue(message.contains(" and others. "), message);
        assertTrue(
                message.contains("hfOverrides '{\"num_hidden_layers\": %d}'".formatted(layers)),
                message);
        assertFalse(names(weights(golden("llama"), "")).isEmpty());
    }

    @Test
    void aGgufFileOfMoreBlocksThanItSaysIsRefused() {
        Path gguf = GoldenData.gguf().resolve("quire-demo-Q8_0.gguf");
        String message = refusal(gguf, "{\"num_hidden_layers\": 5}");
        assertTrue(message.contains("'blk.5."), message);
        assertTrue(message.contains("'{\"num_hidden_layers\": 6}'"), message);
    }

    @Test
    void biasesThatNoFlagAnnouncesAreUsedWhereTheArchitectureHasThem() {
        String asLlama = "{\"architectures\": [\"LlamaForCausalLM\"]}";
        ModelWeights weights = weights(golden("qwen2-sharded"), asLlama);
        assertTrue(names(weights).contains("model.layers.1.self_attn.k_proj.bias"));
        assertFalse(names(weights).contains("model.layers.1.self_attn.o_proj.bias"));
        assertArrayEquals(
                logits(golden("qwen2-sharded"), ""), logits(golden("qwen2-sharded"), asLlama));
    }

    @Test
    void biasesOfOneLayerAloneAreUsedToo() throws IOException {
        Stored bias = Stored.f32(List.of(128), 0.5f);
        Path path = with("llama", "model.layers.1.self_attn.o_proj.bias", bias);
        assertTrue(names(weights(path, "")).contains("model.layers.1.self_attn.o_proj.bias"));
        assertFalse(Arrays.equals(logits(golden("llama"), ""), logits(path, "")));
    }

    @Test
    void aFlagForBothProjectionsOfAttentionIsContentWithEither() throws IOException {
        String flagged = "{\"architectures\": [\"LlamaForCausalLM\"], \"attention_bias\": true}";
        assertArrayEquals(
                logits(golden("qwen2-sharded"), ""), logits(golden("qwen2-sharded"), flagged));
        String output = "model.layers.0.self_attn.o_proj.bias";
        try (Checkpoint checkpoint =
                Checkpoint.open(with("llama", output, Stored.f32(List.of(128), 1)))) {
            ModelConfig config = ModelConfig.of(checkpoint, flagged);
            List<String> names = names(ModelWeights.of(config, checkpoint));
            assertTrue(names.contains(output));
            assertFalse(names.contains("model.layers.0.self_attn.q_proj.bias"));
            assertTrue(names.contains("model.layers.1.self_attn.q_proj.bias"));
            assertTrue(names.contains("model.layers.1.self_attn.o_proj.bias"));
        }
    }

    @Test
    void biasesOfAnArchitectureWithoutThemAreRefused() {
        String message =
                refusal(golden("qwen2-sharded"), "{\"architectures\": [\"Phi3ForCausalLM\"]}");
        assertTrue(message.contains("qkv_proj"), message);
        message = refusal(golden("qwen2-sharded"), "{\"architectures\": [\"MistralForCausalLM\"]}");
        assertTrue(message.contains("_proj.bias'"), message);
        assertTrue(message.contains("use the configuration that belongs to"), message);
    }

    @Test
    void normsOfQueriesAndKeysOfAnArchitectureWithoutThemAreRefused() {
        String message = refusal(golden("qwen3"), "{\"architectures\": [\"LlamaForCausalLM\"]}");
        assertTrue(message.contains("self_attn.k_norm.weight'"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lm_head.bias",
                "model.layers.0.self_attn.q_proj.weight_scale",
                "model.layers.0.self_attn.sinks",
                "model.layers.0.post_feedforward_layernorm.weight",
                "model.layers.0.mlp.gate_proj.lora_A.weight",
                "model.norm.bias",
                "score.weight"
            })
    void aTensorThatWouldChangeTheAnswersIsRefused(String name) throws IOException {
        String message = refusal(with("llama", name, Stored.f32(List.of(8), 1)), "");
        assertTrue(message.contains("has no place for the tensor '" + name + "'."), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.layers.0.self_attn.rotary_emb.inv_freq",
                "model.rotary_emb.inv_freq",
                "rope_freqs.weight",
                "vision_tower.blocks.0.norm.weight",
                "model.visual.merger.mlp.0.bias",
                "multi_modal_projector.linear_1.bias",
                "model.layers.0.self_attn.k_scale",
                "mtp.norm.weight"
            })
    void companionsThatATextModelDoesWithoutAreNoReasonToRefuse(String name) throws IOException {
        Path path = with("llama", name, Stored.f32(List.of(8), 1));
        assertEquals(names(weights(golden("llama"), "")), names(weights(path, "")));
    }

    @Test
    void aHeadOfItsOwnIsUsedBesideAFlagThatTiesIt() throws IOException {
        assertFalse(names(weights(golden("llama3-rope-tied"), "")).contains(HEAD));
        assertArrayEquals(
                logits(golden("llama"), ""),
                logits(golden("llama"), "{\"tie_word_embeddings\": true}"));
        Path path = with("llama3-rope-tied", HEAD, Stored.f32(List.of(320, 128), 1));
        assertTrue(names(weights(path, "")).contains(HEAD));
        float[] logits = logits(path, "");
        for (float logit : logits) {
            assertEquals(logits[0], logit);
        }
    }

    @Test
    void aHeadThatIsTheEmbeddingOnceMoreIsTied() throws IOException {
        Stored copy;
        try (Checkpoint checkpoint = Checkpoint.open(golden("llama3-rope-tied"))) {
            CheckpointTensor embedding = checkpoint.tensor(EMBEDDING);
            copy =
                    new Stored(
                            embedding.typeName(),
                            embedding.shape().stream().map(Long::intValue).toList(),
                            embedding.data().toArray(ValueLayout.JAVA_BYTE));
        }
        Path path = with("llama3-rope-tied", HEAD, copy);
        assertFalse(names(weights(path, "")).contains(HEAD));
        assertArrayEquals(logits(golden("llama3-rope-tied"), ""), logits(path, ""));
    }

    @Test
    void memoryIsCountedFromTheSameList() {
        try (Ops ops = new ReferenceOps();
                Checkpoint tied = Checkpoint.open(golden("llama3-rope-tied"));
                Checkpoint biased = Checkpoint.open(golden("qwen2-sharded"))) {
            for (Checkpoint checkpoint : List.of(tied, biased)) {
                // Norms and biases are placed in F32.
                long expected =
                        checkpoint.names().stream()
                                .map(checkpoint::tensor)
                                .mapToLong(
                                        tensor ->
                                                tensor.shape().size() == 1
                                                        ? 4 * tensor.numElements()
                                                        : tensor.data().byteSize())
                                .sum();
                ModelConfig config = ModelConfig.of(checkpoint, "");
                ModelLimits limits = new ModelLimits(64, 8, 2);
                assertEquals(
                        MemoryUse.fixed("weights", expected),
                        DecoderModel.memoryUses(checkpoint, config, limits, ops.footprint())
                                .getFirst());
            }
        }
    }
}
