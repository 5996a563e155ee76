package quire.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.ops.MemoryUse;
import quire.tensor.DType;

/**
 * Models that the engine does not serve: their configurations, as far as these say sizes, and the
 * parameters that the indexes of their safetensors add up to, but for the layer with which
 * Qwen3-Next and Qwen3.5 speculate.
 */
class PublishedModelsTest {

    private static final JsonMapper MAPPER = new JsonMapper();

    private static final Target CARDS = Target.of("B200x8").orElseThrow();

    private static final List<String> VALUES =
            List.of("null", "0", "-1", "3", "1e300", "\"8\"", "[]", "{}", "16777216");

    @TempDir Path folder;

    private static JsonNode models() throws IOException {
        try (InputStream in =
                PublishedModelsTest.class.getResourceAsStream("/plan/published.json")) {
            return MAPPER.readTree(in);
        }
    }

    static Stream<String> names() throws IOException {
        return models().propertyStream().map(Map.Entry::getKey).toList().stream();
    }

    private static ObjectNode config(String name) throws IOException {
        return (ObjectNode) models().path(name).path("config").deepCopy();
    }

    private PlannedModel read(JsonNode config) throws IOException {
        Files.writeString(folder.resolve("config.json"), config.toString());
        return PlannedModel.read(folder);
    }

    @ParameterizedTest
    @MethodSource("names")
    void allParametersAreCounted(String name) throws IOException {
        PlannedModel planned = read(config(name));
        assertEquals(models().path(name).path("parameters").asLong(), planned.numParameters());
        assertEquals(List.of(), planned.remarks());
        assertEquals(config(name).path("architectures").get(0).asText(), planned.architecture());
        assertTrue(planned.refusal().isPresent(), "what the engine does not serve");
    }

    @ParameterizedTest
    @CsvSource({
        "Qwen2-VL-7B, 675759104",
        "Qwen2.5-VL-7B, 676550144",
        "Qwen3-VL-8B, 576388336",
        "gemma-3-27b, 423060336",
        "Mistral-Small-3.1-24B, 438958080",
        "Llama-4-Scout, 871932416",
        "gpt-oss-20b, 0"
    })
    void whatLooksAtPicturesIsAPartOfThem(String name, long parameters) throws IOException {
        assertEquals(parameters, read(config(name)).visionParameters());
    }

    @ParameterizedTest
    @CsvSource({
        // Layers, heads of k and v, columns of a head.
        "Qwen2.5-VL-7B, 28 * 4 * 128",
        "Qwen3-VL-30B-A3B, 48 * 4 * 128",
        "gemma-3-4b, 34 * 4 * 256",
        "gemma-3-27b, 62 * 16 * 128",
        "Llama-4-Scout, 48 * 8 * 128",
        "gpt-oss-120b, 36 * 8 * 64",
        "GLM-4-9B-0414, 40 * 2 * 128"
    })
    void theCacheIsTheDecodersAlone(String name, String sizes) throws IOException {
        long numbers =
                Stream.of(sizes.split(" \\* "))
                        .mapToLong(Long::parseLong)
                        .reduce(2, (a, b) -> a * b);
        assertEquals(2 * numbers, read(config(name)).cacheBytesPerToken(DType.BF16));
    }

    @Test
    void layersWithAWindowNeedNoMoreThanThat() throws IOException {
        PlannedModel oss = read(config("gpt-oss-20b"));
        assertEquals(12, oss.windowLayers());
        assertEquals(128, oss.windowTokens());
        long ofLayer = 2 * 8 * 64 * 2;
        assertEquals(ofLayer * 12 * (128 + 32_768), oss.windowedCacheBytes(32_768, DType.BF16));
        assertEquals(ofLayer * 24 * 100, oss.windowedCacheBytes(100, DType.BF16));
        PlannedModel gemma = read(config("gemma-3-27b"));
        assertEquals(52, gemma.windowLayers());
        assertEquals(131_072, gemma.context());
        assertEquals(36, read(config("Llama-4-Scout")).windowLayers());
    }

    @Test
    void someQuantiseTheirExpertsAlone() throws IOException {
        PlannedModel oss = read(config("gpt-oss-20b"));
        assertEquals("mxfp4", oss.published().name());
        // The total size that its index says.
        assertEquals(13_761_264_768L, oss.weightBytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{'quant_method':'bitsandbytes','load_in_4bit':true,"
                        + "'bnb_4bit_use_double_quant':true}` | 4-bit | 0.52",
                "`{'quant_method':'bitsandbytes','load_in_8bit':true}` | int8 | 1.0",
                "`{'quant_method':'compressed-tensors','config_groups':{'group_0':{'weights':{"
                        + "'num_bits':4,'type':'int','strategy':'group','group_size':128,"
                        + "'symmetric':true}}}}` | 4-bit | 0.516",
                "`{'quant_method':'compressed-tensors','config_groups':{'group_0':{'weights':{"
                        + "'num_bits':8,'type':'float','strategy':'channel'}}}}` | fp8 | 1.0",
                "`{'quant_method':'compressed-tensors','config_groups':{'group_0':{'weights':{"
                        + "'num_bits':4,'type':'float','strategy':'tensor_group',"
                        + "'group_size':16}}}}` | fp4 | 0.5625",
                "`{'quant_method':'modelopt','quant_algo':'NVFP4'}` | fp4 | 0.5625",
                "`{'quant_method':'modelopt','quant_algo':'FP8'}` | fp8 | 1.0",
                "`{'quant_method':'fbgemm_fp8'}` | fp8 | 1.0",
                "`{'quant_method':'fp8','activation_scheme':'static'}` | fp8 | 1.0"
            })
    void quantisationsHaveTheirBytesForEachNumberOfALayersMatrices(
            String quantisation, String format, double bytes) throws IOException {
        ObjectNode config = config("Seed-OSS-36B");
        long plain = read(config).weightBytes();
        config.set("quantization_config", MAPPER.readTree(quantisation.replace('\'', '"')));
        PlannedModel planned = read(config);
        assertEquals(format, planned.published().name());
        assertEquals(List.of(), planned.remarks());
        long matrices = 64L * (5120L * 128 * (2 * 80 + 2 * 8) + 3L * 5120 * 27_648);
        assertEquals((2 - bytes) * matrices, plain - planned.weightBytes(), 0.003 * plain);
    }

    @Test
    void whatIsLeftOutOfQuantisationStaysIn16Bits() throws IOException {
        ObjectNode config = config("Qwen3-VL-30B-A3B");
        JsonNode all =
                MAPPER.readTree(
                        "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\":"
                                + " {\"weights\": {\"num_bits\": 4, \"strategy\": \"group\","
                                + " \"group_size\": 32}}}}");
        config.set("quantization_config", all);
        long whole = read(config).weightBytes();
        ((ObjectNode) all).putArray("ignore").add("lm_head").add("re:.*self_attn.*");
        config.set("quantization_config", all);
        long attention = 48L * 2048 * 128 * (2 * 32 + 2 * 4);
        assertEquals(attention * (2 - 0.5625), read(config).weightBytes() - whole, 1e6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'quant_method':'hqq'} | 'hqq'",
                "{'quant_method':'quark'} | 'quark'",
                "{'quant_method':'gptq','bits':5} | 'gptq'",
                "{} | ''",
                "{'quant_method':'compressed-tensors'} | 'compressed-tensors'",
                "{'quant_method':'modelopt','quant_algo':'W4A8'} | 'modelopt'"
            })
    void aQuantisationThatIsNotUnderstoodIsNamed(String quantisation, String method)
            throws IOException {
        ObjectNode config = config("Qwen3-VL-8B");
        config.set("quantization_config", MAPPER.readTree(quantisation.replace('\'', '"')));
        assertEquals(
                List.of(
                        "'quantization_config' is of a kind that is not understood ('quant_method' "
                                + method
                                + "): the weights are counted in bf16"),
                read(config).remarks());
    }

    @Test
    void aVisionPartThatIsNotKnownIsLeftOutAndThatIsSaid() throws IOException {
        ObjectNode config = config("Qwen3-VL-8B");
        long whole = read(config).numParameters();
        config.put("model_type", "some_vl");
        PlannedModel text = read(config);
        assertEquals(
                List.of(
                        "the vision part of 'model_type' 'some_vl', whose sizes are not known, is"
                                + " not counted; the text's is"),
                text.remarks());
        assertEquals(whole - 576_388_336, text.numParameters());
        config.put("model_type", "qwen3_vl");
        ((ObjectNode) config.get("vision_config")).put("depth", -27);
        assertEquals(
                List.of(
                        "the vision part is not counted: "
                                + folder.resolve("config.json")
                                + ", vision_config: 'depth' is -27, a whole number from 1 to"
                                + " 2147483647 is needed."),
                read(config).remarks());
        config.putObject("audio_config");
        assertTrue(read(config).remarks().getFirst().contains("'audio_config'"));
    }

    /** Each key of the whole and of each part in turn is each of these. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Qwen3-VL-30B-A3B",
                "Llama-4-Maverick",
                "InternVL3-8B",
                "gpt-oss-20b",
                "Qwen3.5-9B",
                "Jamba-v0.1",
                "granite-4.0-h-tiny",
                "Nemotron-3-Nano-30B-A3B"
            })
    void anythingMayStandAnywhere(String name) throws IOException {
        ObjectNode config = config(name);
        for (String part : List.of("", "text_config", "llm_config", "vision_config")) {
            if (!part.isEmpty() && !config.has(part)) {
                continue;
            }
            JsonNode keys = part.isEmpty() ? config : config.get(part);
            for (String key : keys.propertyStream().map(Map.Entry::getKey).toList()) {
                for (String value : VALUES) {
                    ObjectNode damaged = config.deepCopy();
                    ObjectNode within = (ObjectNode) (part.isEmpty() ? damaged : damaged.get(part));
                    within.set(key, MAPPER.readTree(value));
                    sentenceOrPlan(damaged);
                }
            }
        }
    }

    private void sentenceOrPlan(JsonNode config) throws IOException {
        try {
            PlannedModel planned = read(config);
            Wanted wanted = new Wanted(Math.min(8192, planned.context()), 64, DType.F32);
            for (Fit fit : new Planner(planned, wanted).fits(CARDS)) {
                assertTrue(fit.weightBytes() > 0 && fit.missingBytes() >= 0, fit::toString);
            }
            assertTrue(planned.activeParameters() > 0 && planned.weightBytes() > 0);
        } catch (CheckpointException refusal) {
            assertFalse(refusal.getMessage().isEmpty());
        } catch (RuntimeException e) {
            throw new AssertionError(config.toString(), e);
        }
    }

    @Test
    void aSizeThatThePartLacksIsNamedWithThePart() throws IOException {
        ObjectNode config = config("Qwen3-VL-8B");
        ((ObjectNode) config.get("text_config")).remove("hidden_size");
        String sentence = assertThrows(CheckpointException.class, () -> read(config)).getMessage();
        assertEquals(
                folder.resolve("config.json")
                        + ", text_config: 'hidden_size' is absent, a whole number from 1 to"
                        + " 16777216 is needed.",
                sentence);
    }

    @ParameterizedTest
    @CsvSource({
        // Layers with attention, heads of k and v, columns of a head; then layers with a state.
        "Qwen3-Next-80B-A3B, 12 * 2 * 256, 36",
        "Jamba-v0.1, 4 * 8 * 128, 28",
        "granite-4.0-h-tiny, 4 * 4 * 128, 36",
        "Nemotron-Nano-9B-v2, 4 * 8 * 128, 27",
        "Nemotron-3-Nano-30B-A3B, 6 * 2 * 128, 23",
        "Qwen3.5-27B, 16 * 4 * 256, 48"
    })
    void layersWithAStateHaveNoCache(String name, String sizes, int layers) throws IOException {
        long numbers =
                Stream.of(sizes.split(" \\* "))
                        .mapToLong(Long::parseLong)
                        .reduce(2, (a, b) -> a * b);
        PlannedModel planned = read(config(name));
        assertEquals(2 * numbers, planned.cacheBytesPerToken(DType.BF16));
        assertEquals(layers, planned.stateLayers());
        Planner planner = new Planner(planned, new Wanted(1024, 16, DType.BF16));
        Fit fit = planner.fits(Target.of("B200x8").orElseThrow()).getFirst();
        assertEquals(
                16 * planned.stateBytesPerSequence() / fit.gpus(),
                fit.uses().stream()
                        .filter(use -> use.what().equals("states of sequences"))
                        .mapToLong(MemoryUse::bytes)
                        .sum());
    }

    @Test
    void aStateIsAMatrixOfEachHeadAndTheLastInputs() throws IOException {
        PlannedModel next = read(config("Qwen3-Next-80B-A3B"));
        long heads = 32 * 128 * 128;
        long inputs = 3 * (2 * 16 * 128 + 32 * 128);
        assertEquals(36 * (heads + inputs) * 4, next.stateBytesPerSequence());
    }

    @Test
    void anIndexOfTokensIsKeptBesideTheLatent() throws IOException {
        Path r1 = GoldenData.fixtures().resolve("configs").resolve("DeepSeek-R1.json");
        ObjectNode config = (ObjectNode) MAPPER.readTree(Files.readString(r1));
        long plain = read(config).numParameters();
        config.putArray("architectures").add("DeepseekV32ForCausalLM");
        config.put("index_n_heads", 64).put("index_head_dim", 128);
        PlannedModel sparse = read(config);
        long ofLayer = 1536L * 64 * 128 + 7168L * 128 + 2 * 128 + 7168L * 64;
        assertEquals(61 * ofLayer, sparse.numParameters() - plain);
        assertEquals(2L * 61 * (512 + 64 + 128), sparse.cacheBytesPerToken(DType.BF16));
    }

    @Test
    void theDecoderOfMinistralIsMistrals() throws IOException {
        ObjectNode config = config("Mistral-Small-3.1-24B");
        ((ObjectNode) config.get("text_config")).put("model_type", "ministral3");
        assertEquals(24_011_361_280L, read(config).numParameters());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Nemotron-Nano-9B-v2 | hybrid_override_pattern | `\"M-ME\"` | `a string of 56`",
                "Nemotron-Nano-9B-v2 | hybrid_override_pattern | null | `a string of 56`",
                "granite-4.0-h-tiny | layer_types | `[\"mamba\"]` | `a list of 40 times attention`",
                "Qwen3-Next-80B-A3B | layer_types | `[\"other\"]` | `a list of 48 times full_`",
                "Qwen3-Next-80B-A3B | linear_num_value_heads | -1 | `a whole number from 1`",
                "Jamba-v0.1 | attn_layer_period | 0 | `a whole number from 1`"
            })
    void kindsOfLayersThatAreNotKnownAreNamed(String name, String key, String value, String needed)
            throws IOException {
        ObjectNode config = config(name);
        config.set(key, MAPPER.readTree(value));
        String sentence = assertThrows(CheckpointException.class, () -> read(config)).getMessage();
        assertTrue(sentence.contains("'" + key + "' is "), sentence);
        assertTrue(sentence.contains(needed), sentence);
    }

    @Test
    void layersThatGuessAheadAreNotCountedAndThatIsSaid() throws IOException {
        ObjectNode config = config("Qwen3.5-9B");
        ((ObjectNode) config.get("text_config")).put("mtp_num_hidden_layers", 1);
        assertEquals(
                List.of(
                        "layers that guess tokens ahead ('mtp_num_hidden_layers': 1) are in its"
                                + " files, too, and not counted"),
                read(config).remarks());
    }

    @Test
    void aModelWithoutAttentionHasNoCacheToPlan() throws IOException {
        ObjectNode config = config("Jamba-v0.1");
        config.put("attn_layer_offset", 99);
        assertEquals(
                folder.resolve("config.json")
                        + ": none of its 32 layers has attention, so that there is no KV cache to"
                        + " plan.",
                assertThrows(CheckpointException.class, () -> read(config)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"MambaForCausalLM", "KimiLinearForCausalLM", "Gemma3nForConditionalGeneration"})
    void whatIsNotCountedIsRefused(String architecture) throws IOException {
        ObjectNode config = config("SmolLM3-3B");
        config.putArray("architectures").add(architecture);
        assertTrue(
                assertThrows(CheckpointException.class, () -> read(config))
                        .getMessage()
                        .contains("the sizes of the architecture '" + architecture + "' are not"));
    }
}
