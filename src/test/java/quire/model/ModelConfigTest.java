package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.ops.KvCacheLayout;
import quire.ops.RopeTable.Pairing;
import quire.tensor.DType;

class ModelConfigTest {

    private static final String LLAMA =
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
             "intermediate_size": 96, "num_attention_heads": 4, "num_hidden_layers": 3,
             "num_key_value_heads": 2, "vocab_size": 100, "max_position_embeddings": 256,
             "rms_norm_eps": 1e-5, "tie_word_embeddings": true%s}""";

    private static ModelConfig parse(String json) {
        return parse(json, "");
    }

    private static ModelConfig parse(String json, String overrides) {
        try {
            return new ConfigParser(Fields.object(json), overrides, "config.json")
                    .parse(Pairing.HALVES);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    private static ModelConfig llama(String more) {
        return parse(LLAMA.formatted(more.isEmpty() ? "" : ", " + more));
    }

    private static Attention.GroupedQuery attention(ModelConfig config) {
        return (Attention.GroupedQuery) config.attention();
    }

    private static String refusal(String json) {
        return assertThrows(CheckpointException.class, () -> parse(json)).getMessage();
    }

    private static ModelConfig only(String architecture, String more) {
        return parse("{\"architectures\": [\"" + architecture + "\"]" + more + "}");
    }

    @Test
    void everyFieldIsRead() {
        ModelConfig config =
                llama(
                        "\"torch_dtype\": \"float16\", \"head_dim\": 32,"
                                + " \"attention_bias\": true, \"mlp_bias\": true, \"rope_theta\": 500000.0");
        assertEquals(
                new ModelConfig(
                        Architecture.LLAMA,
                        100,
                        64,
                        3,
                        new Attention.GroupedQuery(
                                4, 2, 32, (float) (1 / Math.sqrt(32)), false, true, true),
                        new Mlp.Gated(96, true),
                        1e-5f,
                        true,
                        List.of(0, 0, 0),
                        new RopeConfig(32, 500000, new RopeScaling.None(), Pairing.HALVES),
                        256,
                        Optional.of(DType.F16)),
                config);
        assertEquals(128, attention(config).width());
        assertEquals(64, attention(config).kvWidth());
        assertEquals(256, attention(config).qkvWidth());
        assertEquals(64 * (256 + 128), config.attention().numWeights(64));
        assertEquals(3 * 64 * 96, config.mlp().numWeights(64));
        assertEquals(
                KvCacheLayout.uniform(3, 7, 16, new KvCacheLayout.Layer(2, 32), DType.BF16),
                config.kvCacheLayout(7, 16, DType.BF16));
    }

    @Test
    void absentKeysHaveTheDefaultsOfTransformers() {
        ModelConfig llama = only("LlamaForCausalLM", "");
        assertEquals(List.of(32000, 4096, 11008, 32, 32, 32, 128, 2048), sizes(llama));
        assertEquals(10000, llama.rope().theta());
        assertFalse(llama.tiedEmbeddings());
        assertEquals(Optional.empty(), llama.dtype());
        ModelConfig mistral = only("MistralForCausalLM", "");
        assertEquals(List.of(32000, 4096, 14336, 32, 32, 8, 128, 131072), sizes(mistral));
        assertEquals(Collections.nCopies(32, 4096), mistral.slidingWindows());
        ModelConfig qwen2 = only("Qwen2ForCausalLM", "");
        assertEquals(List.of(151936, 4096, 22016, 32, 32, 32, 128, 32768), sizes(qwen2));
        assertTrue(attention(qwen2).qkvBias());
        assertFalse(attention(qwen2).outputBias());
        assertEquals(128, attention(only("Qwen3ForCausalLM", ", \"hidden_size\": 1024")).headDim());
        ModelConfig phi3 = only("Phi3ForCausalLM", "");
        assertEquals(List.of(32064, 3072, 8192, 32, 32, 32, 96, 4096), sizes(phi3));
        assertEquals(1e-5f, phi3.rmsNormEps());
    }

    private static List<Integer> sizes(ModelConfig config) {
        return List.of(
                config.vocabSize(),
                config.hiddenSize(),
                ((Mlp.Gated) config.mlp()).intermediateSize(),
                config.numLayers(),
                attention(config).numHeads(),
                attention(config).numKvHeads(),
                attention(config).headDim(),
                config.maxPositionEmbeddings());
    }

    @Test
    void keyValueHeadsThatAreNullAreAsManyAsHeads() {
        String heads = ", \"num_attention_heads\": 16";
        assertEquals(8, attention(only("MistralForCausalLM", heads)).numKvHeads());
        String none = heads + ", \"num_key_value_heads\": null";
        assertEquals(16, attention(only("MistralForCausalLM", none)).numKvHeads());
    }

    @Test
    void aModelTypeAloneNamesTheArchitecture() {
        assertEquals(Architecture.QWEN3, parse("{\"model_type\": \"qwen3\"}").architecture());
    }

    @Test
    void otherArchitecturesAreRefusedByName() {
        assertEquals(
                "config.json: the architecture 'MixtralForCausalLM' is not supported yet;"
                        + " supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM,"
                        + " Qwen3ForCausalLM, Phi3ForCausalLM.",
                refusal("{\"architectures\": [\"MixtralForCausalLM\"]}"));
        assertTrue(refusal("{\"model_type\": \"gemma3\"}").contains("'gemma3' is not supported"));
        assertTrue(refusal("{}").contains("names neither 'architectures' nor 'model_type'"));
        assertTrue(
                refusal("{\"architectures\": [\"LlamaForSequenceClassification\"]}")
                        .contains("'LlamaForSequenceClassification' is not supported yet"));
    }

    @Test
    void softCapsAndMultipliersAreRefusedUnlessTheyChangeNothing() {
        llama(
                "\"final_logit_softcapping\": null, \"attn_logit_softcapping\": 0,"
                        + " \"embedding_multiplier\": 1, \"logits_scaling\": 1.0");
        for (String key : List.of("final_logit_softcapping", "residual_multiplier")) {
            assertTrue(
                    refusal(LLAMA.formatted(", \"" + key + "\": 30.0"))
                            .contains("'" + key + "' is 30.0, which is not supported yet"));
        }
    }

    @Test
    void otherArithmeticIsRefused() {
        assertTrue(
                refusal(LLAMA.formatted(", \"hidden_act\": \"gelu\""))
                        .contains("'hidden_act' is 'gelu'"));
        String fp8 = ", \"quantization_config\": {\"quant_method\": \"fp8\"}";
        assertTrue(refusal(LLAMA.formatted(fp8)).contains("quantised by 'fp8'"));
        assertTrue(refusal(LLAMA.formatted(", \"head_dim\": 63")).contains("63 wide"));
    }

    @Test
    void wrongTypesAndImpossibleNumbersAreNamed() {
        assertEquals(
                "config.json: 'hidden_size' is \"64\", a whole number from 1 to 2147483647 is"
                        + " needed.",
                refusal("{\"model_type\": \"llama\", \"hidden_size\": \"64\"}"));
        for (String number : List.of("0", "-4", "1.5", "3e9", "[64]", "true")) {
            assertTrue(
                    refusal("{\"model_type\": \"llama\", \"hidden_size\": " + number + "}")
                            .contains("'hidden_size' is "),
                    number);
        }
        assertTrue(refusal(LLAMA.formatted(", \"rms_norm_eps\": 0")).contains("'rms_norm_eps'"));
        assertTrue(
                refusal(LLAMA.formatted(", \"tie_word_embeddings\": 1"))
                        .contains("'tie_word_embeddings' is 1, true or false"));
        assertTrue(
                refusal(LLAMA.formatted(", \"num_key_value_heads\": 3"))
                        .contains("not a multiple of 'num_key_value_heads', 3"));
        assertTrue(
                refusal(LLAMA.formatted(", \"num_attention_heads\": 6"))
                        .contains("not a multiple of 'num_attention_heads', 6"));
        assertTrue(
                refusal(LLAMA.formatted(", \"rope_scaling\": 4"))
                        .contains("'rope_parameters' is 4, an object"));
    }

    @Test
    void qwenSlidesInTheLayersThatItsConfigurationNames() {
        String sizes = ", \"num_hidden_layers\": 4, \"sliding_window\": 32";
        assertEquals(List.of(0, 0, 0, 0), only("Qwen2ForCausalLM", sizes).slidingWindows());
        String sliding = sizes + ", \"use_sliding_window\": true";
        assertEquals(List.of(0, 0, 0, 0), only("Qwen2ForCausalLM", sliding).slidingWindows());
        assertEquals(
                List.of(0, 0, 32, 32),
                only("Qwen2ForCausalLM", sliding + ", \"max_window_layers\": 2").slidingWindows());
        assertEquals(
                List.of(32, 32, 32, 32),
                only("Qwen3ForCausalLM", sliding + ", \"max_window_layers\": 0").slidingWindows());
        assertEquals(
                List.of(0, 32, 0, 32),
                only(
                                "Qwen3ForCausalLM",
                                sliding
                                        + ", \"layer_types\": [\"full_attention\", \"sliding_attention\","
                                        + " \"full_attention\", \"sliding_attention\"]")
                        .slidingWindows());
        assertThrows(
                CheckpointException.class,
                () ->
                        only(
                                "Qwen3ForCausalLM",
                                sliding + ", \"layer_types\": [\"full_attention\"]"));
        assertThrows(
                CheckpointException.class,
                () ->
                        only(
                                "Qwen3ForCausalLM",
                                sizes
                                        + ", \"use_sliding_window\": true, \"layer_types\": [\"linear_attention\","
                                        + " \"full_attention\", \"full_attention\", \"full_attention\"]"));
    }

    @Test
    void mistralAndPhiSlideInEveryLayerAndLlamaInNone() {
        String window = ", \"num_hidden_layers\": 2, \"sliding_window\": 32";
        assertEquals(List.of(32, 32), only("MistralForCausalLM", window).slidingWindows());
        assertEquals(List.of(32, 32), only("Phi3ForCausalLM", window).slidingWindows());
        assertEquals(List.of(0, 0), only("LlamaForCausalLM", window).slidingWindows());
        assertEquals(
                List.of(0),
                only("MistralForCausalLM", ", \"num_hidden_layers\": 1, \"sliding_window\": null")
                        .slidingWindows());
    }

    @Test
    void ropeScalingIsReadInEverySpelling() {
        RopeScaling yarn = new RopeScaling.Yarn(4, 64, 0.1 * Math.log(4) + 1, 32, 1, true);
        for (String spelling :
                List.of(
                        "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0,"
                                + " \"original_max_position_embeddings\": 64}, \"rope_theta\": 1000",
                        "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4,"
                                + " \"original_max_position_embeddings\": 64}, \"rope_theta\": 1000.0",
                        "\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4.0,"
                                + " \"original_max_position_embeddings\": 64, \"rope_theta\": 1000}",
                        "\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4.0,"
                                + " \"rope_theta\": 1000}, \"original_max_position_embeddings\": 64",
                        "\"rope_parameters\": {\"rope_type\": \"yarn\", \"rope_theta\": 1000,"
                                + " \"original_max_position_embeddings\": 64}")) {
            ModelConfig config = llama(spelling);
            assertEquals(new RopeConfig(16, 1000, yarn, Pairing.HALVES), config.rope(), spelling);
            assertEquals(256, config.maxModelLength());
        }
    }

    @Test
    void yarnDerivesItsAttentionFactorUnlessGiven() {
        String yarn = "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 8%s}";
        assertEquals(0.5, factorOf(yarn.formatted(", \"attention_factor\": 0.5")));
        assertEquals(
                (0.1 * 2 * Math.log(8) + 1) / (0.1 * 3 * Math.log(8) + 1),
                factorOf(yarn.formatted(", \"mscale\": 2, \"mscale_all_dim\": 3")));
        assertEquals(0.1 * Math.log(8) + 1, factorOf(yarn.formatted(", \"mscale\": 2")));
        assertEquals(1, factorOf("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 1}"));
        RopeScaling.Yarn betas =
                (RopeScaling.Yarn)
                        llama(
                                        yarn.formatted(
                                                ", \"beta_fast\": 16, \"beta_slow\": 2, \"truncate\": false"))
                                .rope()
                                .scaling();
        assertEquals(new RopeScaling.Yarn(8, 256, 0.1 * Math.log(8) + 1, 16, 2, false), betas);
    }

    private static double factorOf(String rope) {
        return ((RopeScaling.Yarn) llama(rope).rope().scaling()).attentionFactor();
    }

    @Test
    void theLongestSequenceFollowsFromTheScaling() {
        assertEquals(256, llama("").maxModelLength());
        assertEquals(
                512,
                llama("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}")
                        .maxModelLength());
        assertEquals(
                256,
                llama(
                                "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8,"
                                        + " \"low_freq_factor\": 1, \"high_freq_factor\": 4,"
                                        + " \"original_max_position_embeddings\": 64}")
                        .maxModelLength());
        assertEquals(
                1024,
                llama("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0}").maxModelLength());
    }

    @Test
    void otherScalingsAreRefusedByName() {
        for (String type : List.of("dynamic", "mrope")) {
            String message =
                    refusal(
                            LLAMA.formatted(
                                    ", \"rope_scaling\": {\"rope_type\": \""
                                            + type
                                            + "\", \"factor\": 2}"));
            assertTrue(
                    message.contains("the RoPE scaling '" + type + "' is not supported yet"),
                    message);
        }
        assertTrue(
                refusal(LLAMA.formatted(", \"rope_scaling\": {\"rope_type\": \"linear\"}"))
                        .contains("'factor' is absent"));
    }

    @Test
    void partOfAHeadMayRotate() {
        assertEquals(8, llama("\"partial_rotary_factor\": 0.5").rope().rotaryDim());
        assertEquals(
                12,
                llama("\"rope_parameters\": {\"partial_rotary_factor\": 0.75}").rope().rotaryDim());
        assertTrue(
                refusal(LLAMA.formatted(", \"partial_rotary_factor\": 0.1"))
                        .contains("'partial_rotary_factor' is 0.1"));
        assertTrue(
                refusal(LLAMA.formatted(", \"partial_rotary_factor\": 1.5"))
                        .contains("'partial_rotary_factor' is 1.5"));
    }

    @Test
    void overridesReplaceKeysInEitherSpelling() {
        String old =
                LLAMA.formatted(
                        ", \"rope_theta\": 1000, \"rope_scaling\": {\"rope_type\":"
                                + " \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4,"
                                + " \"original_max_position_embeddings\": 64}");
        String modern = LLAMA.formatted(", \"rope_parameters\": {\"rope_theta\": 1000}");
        String yarn =
                "{\"rope_type\": \"yarn\", \"factor\": 4.0,"
                        + " \"original_max_position_embeddings\": 128}";
        RopeConfig expected =
                new RopeConfig(
                        16,
                        1000,
                        new RopeScaling.Yarn(4, 128, 0.1 * Math.log(4) + 1, 32, 1, true),
                        Pairing.HALVES);
        for (String json : List.of(old, modern)) {
            for (String key : List.of("rope_parameters", "rope_scaling")) {
                ModelConfig config = parse(json, "{\"" + key + "\": " + yarn + "}");
                assertEquals(expected, config.rope(), key + " over " + json);
                assertEquals(512, config.maxModelLength());
            }
            assertEquals(
                    new RopeScaling.None(),
                    parse(json, "{\"rope_scaling\": null}").rope().scaling());
            assertEquals(5, parse(json, "{\"rope_theta\": 5}").rope().theta());
            assertEquals(
                    777, parse(json, "{\"max_position_embeddings\": 777}").maxPositionEmbeddings());
            assertEquals(parse(json), parse(json, " "));
            assertEquals(parse(json), parse(json, "{}"));
        }
        RopeScaling.Llama3 kept =
                (RopeScaling.Llama3) parse(old, "{\"rope_theta\": 5}").rope().scaling();
        assertEquals(new RopeScaling.Llama3(8, 1, 4, 64), kept);
        assertEquals(
                new RopeScaling.Llama3(16, 1, 4, 64),
                parse(old, "{\"rope_parameters\": {\"factor\": 16}}").rope().scaling());
    }

    @Test
    void overridesThatAreNoObjectAreRefused() {
        for (String text : List.of("[]", "4", "{", "{} {}", "factor=4", "null")) {
            ConfigurationException refusal =
                    assertThrows(
                            ConfigurationException.class,
                            () -> parse(LLAMA.formatted(""), text),
                            text);
            assertTrue(
                    refusal.getMessage().startsWith("hfOverrides is '" + text + "'"),
                    refusal.getMessage());
        }
    }
}
