package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.weights.Checkpoint;
import quire.weights.GgufBytes;
import quire.weights.SafetensorsBytes;

/** What the metadata of GGUF files means where converters differ. */
class GgufConfigTest {

    private static final int FLOAT32 = 6;

    @TempDir Path folder;

    /** A Llama of two heads, with an embedding and an output projection. */
    private static GgufBytes llama() {
        return integer(integer(bare(), "attention.head_count", 2), "embedding_length", 16);
    }

    private static GgufBytes bare() {
        return text(new GgufBytes(), "general.architecture", "llama")
                .zeros("token_embd.weight", 5L, 16L)
                .zeros("output.weight", 5L, 16L);
    }

    private static GgufBytes text(GgufBytes out, String key, String value) {
        return out.entry(key, GgufBytes.STRING, GgufBytes.string(value));
    }

    private static GgufBytes integer(GgufBytes out, String key, int value) {
        return out.entry("llama." + key, GgufBytes.UINT32, GgufBytes.int32(value));
    }

    private static GgufBytes real(GgufBytes out, String key, float value) {
        return out.entry("llama." + key, FLOAT32, GgufBytes.int32(Float.floatToRawIntBits(value)));
    }

    private ModelConfig read(GgufBytes file) throws IOException {
        Path path = Files.write(folder.resolve("model.gguf"), file.bytes());
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            return ModelConfig.of(checkpoint, "");
        }
    }

    private RopeScaling scaling(GgufBytes file) throws IOException {
        return read(file).rope().scaling();
    }

    private String refusal(GgufBytes file) {
        return assertThrows(CheckpointException.class, () -> read(file)).getMessage();
    }

    @Test
    void aFactorWithoutATypeIsLinear() throws IOException {
        RopeScaling linear = new RopeScaling.Linear(4);
        assertEquals(linear, scaling(real(llama(), "rope.scaling.factor", 4)));
        assertEquals(linear, scaling(real(llama(), "rope.scale_linear", 4)));
        assertEquals(
                linear,
                scaling(real(real(llama(), "rope.scale_linear", 8), "rope.scaling.factor", 4)));
        assertEquals(
                linear,
                scaling(
                        text(
                                real(llama(), "rope.scaling.factor", 4),
                                "llama.rope.scaling.type",
                                "linear")));
        assertEquals(new RopeScaling.None(), scaling(llama()));
    }

    @Test
    void noneAndZeroScaleNothing() throws IOException {
        for (float factor : new float[] {0, 1}) {
            assertEquals(
                    new RopeScaling.None(), scaling(real(llama(), "rope.scaling.factor", factor)));
            assertEquals(
                    new RopeScaling.None(),
                    scaling(
                            text(
                                    real(llama(), "rope.scaling.factor", factor),
                                    "llama.rope.scaling.type",
                                    "linear")));
        }
        assertEquals(
                new RopeScaling.None(),
                scaling(
                        text(
                                real(llama(), "rope.scaling.factor", 4),
                                "llama.rope.scaling.type",
                                "none")));
        GgufBytes yarn =
                text(real(llama(), "rope.scaling.factor", 0), "llama.rope.scaling.type", "yarn");
        assertEquals(
                new RopeScaling.Yarn(1, 256, 1, 32, 1, true),
                scaling(integer(yarn, "context_length", 256)));
        assertTrue(
                refusal(text(llama(), "llama.rope.scaling.type", "spiral"))
                        .contains("the RoPE scaling 'spiral' is not supported yet"));
    }

    @Test
    void tensorsOfFactorsAreLongRope() throws IOException {
        GgufBytes file =
                real(integer(llama(), "context_length", 256), "rope.scaling.attn_factor", 1.25f);
        integer(file, "rope.scaling.original_context_length", 64);
        file.floats("rope_factors_short.weight", 1, 1, 1.5f, 2);
        file.floats("rope_factors_long.weight", 1, 2, 4, 8);
        ModelConfig config = read(file);
        assertEquals(
                new RopeScaling.LongRope(
                        List.of(1.0, 1.0, 1.5, 2.0), List.of(1.0, 2.0, 4.0, 8.0), 64, 1.25),
                config.rope().scaling());
        assertEquals(256, config.maxModelLength());
        GgufBytes half = integer(llama(), "context_length", 256);
        half.floats("rope_factors_long.weight", 1, 2, 4, 8);
        assertTrue(refusal(half).contains("'short_factor' is absent"));
    }

    @Test
    void equalValuesForEachLayerAreOne() throws IOException {
        GgufBytes file = llama();
        file.array(
                "llama.attention.head_count_kv",
                5,
                3,
                GgufBytes.int32(1),
                GgufBytes.int32(1),
                GgufBytes.int32(1));
        file.array("llama.feed_forward_length", 4, 2, GgufBytes.int32(64), GgufBytes.int32(64));
        assertEquals(1, ((Attention.GroupedQuery) read(file).attention()).numKvHeads());
        assertEquals(64, ((Mlp.Gated) read(file).mlp()).intermediateSize());
        GgufBytes other = llama();
        other.array("llama.attention.head_count_kv", 5, 2, GgufBytes.int32(1), GgufBytes.int32(2));
        assertTrue(refusal(other).contains("has 2 values; sizes that differ by layer"));
        GgufBytes none = llama();
        none.array("llama.attention.head_count_kv", 5, 0);
        assertTrue(refusal(none).contains("has 0 values"));
    }

    @Test
    void aTextThatNobodyReadsMayBeDamaged() throws IOException {
        byte[] damaged = {(byte) 0xff, 'a'};
        assertEquals(
                16,
                read(llama().entry(
                                        "general.license",
                                        GgufBytes.STRING,
                                        GgufBytes.int64(2),
                                        damaged))
                        .hiddenSize());
        assertTrue(
                refusal(
                                llama().entry(
                                                "llama.context_length",
                                                GgufBytes.STRING,
                                                GgufBytes.int64(2),
                                                damaged))
                        .contains("'llama.context_length' is no number"));
    }

    @Test
    void whatIsNoModelIsCalledByItsName() {
        assertTrue(refusal(text(llama(), "general.type", "adapter")).contains("an adapter (LoRA)"));
        assertTrue(refusal(text(llama(), "general.type", "mmproj")).contains("mmproj"));
        assertTrue(refusal(text(llama(), "general.type", "imatrix")).contains("importance matrix"));
        assertTrue(
                refusal(text(new GgufBytes(), "general.architecture", "llama"))
                        .contains("a vocabulary and no weights"));
    }

    @Test
    void aHeadThatIsMissingIsCuredByAnOverride() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"llama\", \"tie_word_embeddings\": false}");
        Files.write(
                folder.resolve("model.safetensors"),
                new SafetensorsBytes()
                        .tensor("model.embed_tokens.weight", "F32", List.of(1L), new byte[4])
                        .bytes());
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            String message =
                    assertThrows(CheckpointException.class, () -> ModelConfig.of(checkpoint, ""))
                            .getMessage();
            assertTrue(message.contains("'lm_head.weight'"), message);
            assertTrue(message.contains("hfOverrides '{\"tie_word_embeddings\": true}'"), message);
            assertTrue(
                    ModelConfig.of(checkpoint, "{\"tie_word_embeddings\": true}").tiedEmbeddings());
        }
    }
}
