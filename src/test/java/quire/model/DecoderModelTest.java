package quire.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import quire.error.CheckpointException;
import quire.error.Setting;
import quire.golden.GoldenData;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.MemoryUse;
import quire.ops.Ops;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.weights.Checkpoint;

class DecoderModelTest {

    private static final ModelLimits LIMITS = new ModelLimits(64, 8, 2);
    private static final int[] BLOCKS = {2, 0, 3, 1};

    private final Ops ops = new ReferenceOps();
    private final Checkpoint checkpoint =
            Checkpoint.open(GoldenData.golden().resolve("checkpoints").resolve("llama"));
    private final ModelConfig config = ModelConfig.of(checkpoint, "");
    private final Batch batch = ops.allocateBatch(new BatchLimits(16, 2, 4, 16));

    @AfterEach
    void close() {
        ops.close();
        checkpoint.close();
    }

    private DecoderModel load(ModelConfig as) {
        return DecoderModel.load(checkpoint, as, ops, LIMITS, LoadProgress.SILENT);
    }

    private KvCache cache() {
        return ops.allocateKvCache(config.kvCacheLayout(4, 16, DType.F32));
    }

    /** A step of one sequence whose token ids are its positions, with logits of the last ones. */
    private float[] step(DecoderModel model, KvCache cache, int from, int to, int logitRows) {
        batch.clear();
        batch.startSequence(from, BLOCKS, BLOCKS.length);
        for (int position = from; position < to; position++) {
            batch.addToken(position);
            if (position >= to - logitRows) {
                batch.addLogitRow();
            }
        }
        batch.endSequence();
        Matrix logits = model.forward(batch, cache);
        return ops.host(logits, logitRows)
                .slice(0, logitRows)
                .data()
                .toArray(ValueLayout.JAVA_FLOAT);
    }

    @Test
    void stepsWithoutLogitsStillFillTheCache() {
        DecoderModel model = load(config);
        float[] whole = step(model, cache(), 0, 8, 1);
        assertEquals(config.vocabSize(), whole.length);
        KvCache cache = cache();
        assertEquals(0, step(model, cache, 0, 3, 0).length);
        step(model, cache, 3, 4, 0);
        assertArrayEquals(whole, step(model, cache, 4, 8, 1));
    }

    @Test
    void logitRowsComeInTheBatchsOrder() {
        DecoderModel model = load(config);
        float[] both = step(model, cache(), 0, 8, 2);
        float[] last = step(model, cache(), 0, 8, 1);
        float[] beforeLast = step(model, cache(), 0, 7, 1);
        float[] expected = new float[both.length];
        System.arraycopy(beforeLast, 0, expected, 0, beforeLast.length);
        System.arraycopy(last, 0, expected, last.length, last.length);
        assertArrayEquals(expected, both);
    }

    @Test
    void stepsBeyondTheLimitsAreRefused() {
        DecoderModel model = load(config);
        KvCache cache = cache();
        step(model, cache, 0, 8, 2);
        assertThrows(IllegalArgumentException.class, () -> step(model, cache, 0, 9, 1));
        assertThrows(IllegalArgumentException.class, () -> step(model, cache, 0, 8, 3));
        assertThrows(IllegalArgumentException.class, () -> new ModelLimits(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ModelLimits(1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new ModelLimits(1, 1, 0));
    }

    @Test
    void progressRisesToTheBytesOfTheModel() {
        List<Long> placed = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        DecoderModel.load(
                checkpoint,
                config,
                ops,
                LIMITS,
                (stage, bytes, total) -> {
                    placed.add(bytes);
                    totals.add(total);
                });
        assertEquals(ModelWeights.of(config, checkpoint.format()).tensors().size(), placed.size());
        assertEquals(placed.stream().sorted().distinct().toList(), placed);
        assertEquals(checkpoint.sizeBytes(), placed.getLast());
        assertEquals(List.of(checkpoint.sizeBytes()), totals.stream().distinct().toList());
    }

    @Test
    void memoryUsesCountEveryMatrix() {
        // Hidden 128, 4 + 2 * 2 heads of 64, intermediate 256, vocabulary 320.
        long perToken = 2 * 128 + 8 * 64 + 4 * 64 + 2 * 256 + 256;
        long perRow = 128 + 4 * 64 + 320;
        assertEquals(
                List.of(
                        MemoryUse.by(
                                Setting.MAX_NUM_BATCHED_TOKENS, "activations", 4 * 8 * perToken),
                        MemoryUse.by(Setting.MAX_NUM_SEQUENCES, "logits", 4 * 2 * perRow),
                        MemoryUse.by(Setting.MAX_MODEL_LENGTH, "positions", 4 * 64 * 64)),
                DecoderModel.memoryUses(checkpoint, config, LIMITS, ops.footprint()).subList(1, 4));
    }

    @Test
    void aCheckpointOfAnotherShapeIsRefused() {
        ModelConfig wider = ModelConfig.of(checkpoint, "{\"intermediate_size\": 512}");
        String message = assertThrows(CheckpointException.class, () -> load(wider)).getMessage();
        assertTrue(
                message.contains(
                        "the tensor 'model.layers.0.mlp.gate_proj.weight' is [256,"
                                + " 128], the configuration makes it [512, 128]; configuration and weights belong to"
                                + " different models."),
                message);
    }

    @Test
    void aCheckpointThatLacksATensorIsRefused() {
        ModelConfig normed =
                ModelConfig.of(checkpoint, "{\"architectures\": [\"Qwen3ForCausalLM\"]}");
        String message = assertThrows(CheckpointException.class, () -> load(normed)).getMessage();
        assertTrue(message.contains("'model.layers.0.self_attn.q_norm.weight'"), message);
        ModelConfig biased = ModelConfig.of(checkpoint, "{\"attention_bias\": true}");
        assertTrue(
                assertThrows(CheckpointException.class, () -> load(biased))
                        .getMessage()
                        .contains("'model.layers.0.self_attn.q_proj.bias'"));
    }

    @Test
    void ggufMetadataSaysTheSameAsTheConfigurationItCameFrom() {
        ModelConfig original = ModelConfig.read(Path.of("models", "quire-demo", "config.json"), "");
        Path gguf = GoldenData.gguf().resolve("quire-demo-Q8_0.gguf");
        try (Checkpoint quantised = Checkpoint.open(gguf)) {
            ModelConfig converted = ModelConfig.of(quantised, "{\"dtype\": \"bfloat16\"}");
            assertEquals(original, converted);
            assertEquals(
                    8192,
                    ModelConfig.of(
                                    quantised,
                                    "{\"rope_parameters\": {\"rope_type\":"
                                            + " \"yarn\", \"factor\": 2}}")
                            .maxModelLength());
        }
    }
}
