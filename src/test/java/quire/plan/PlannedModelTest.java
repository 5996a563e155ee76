package quire.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.model.ModelConfig;
import quire.model.ModelWeights;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** What is read of a configuration that lies in a folder by itself. */
class PlannedModelTest {

    /**
     * Configurations of others, as far as they say sizes; the rest of the keys is not asked for.
     */
    private static final String GEMMA =
            "'tie_word_embeddings':true,'max_position_embeddings':8192,'sliding_window':4096,";

    private static final String DEEPSEEK_V2 =
            "{'architectures':['DeepseekV2ForCausalLM'],'kv_lora_rank':512,'qk_nope_head_dim':128,"
                    + "'qk_rope_head_dim':64,'v_head_dim':128,'n_shared_experts':2,"
                    + "'first_k_dense_replace':1,'moe_layer_freq':1,'num_experts_per_tok':6,"
                    + "'vocab_size':102400,'max_position_embeddings':163840,";

    @TempDir Path folder;

    static Stream<String> published() throws IOException {
        List<String> names = parameters().properties().stream().map(Map.Entry::getKey).toList();
        assertFalse(names.isEmpty());
        return names.stream();
    }

    private static Path configs() {
        return GoldenData.fixtures().resolve("configs");
    }

    private static JsonNode parameters() throws IOException {
        return new JsonMapper().readTree(Files.readString(configs().resolve("parameters.json")));
    }

    private PlannedModel read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json.replace('\'', '"'));
        return PlannedModel.read(folder);
    }

    @ParameterizedTest
    @MethodSource("published")
    void aConfigurationAloneGivesThePublishedNumberOfParameters(String name) throws IOException {
        String json = Files.readString(configs().resolve(name + ".json"));
        PlannedModel alone = read(json);
        assertEquals(parameters().path(name).asLong(), alone.numParameters());
        PlannedModel file = PlannedModel.read(configs().resolve(name + ".json"));
        assertEquals(alone.shape(), file.shape());
    }

    /** The engine's own reading of what it serves: parameters, cache, context. */
    @ParameterizedTest
    @MethodSource("published")
    void whatTheEngineServesIsReadAsTheEngineReadsIt(String name) {
        Path file = configs().resolve(name + ".json");
        PlannedModel planned = PlannedModel.read(file);
        if (planned.refusal().isPresent()) {
            assertTrue(planned.refusal().get().getMessage().contains("not supported yet"));
            return;
        }
        ModelConfig engine = ModelConfig.read(file, "");
        assertEquals(
                ModelWeights.of(engine, Checkpoint.Format.SAFETENSORS).numParameters(),
                planned.numParameters());
        assertEquals(
                engine.kvCacheLayout(1, 1, DType.BF16).blockBytes(),
                planned.cacheBytesPerToken(DType.BF16));
        assertEquals(engine.maxModelLength(), planned.context());
        assertEquals(
                engine.slidingWindows().stream().filter(window -> window > 0).count(),
                planned.windowLayers());
    }

    static Stream<Path> golden() throws IOException {
        try (Stream<Path> folders = Files.list(GoldenData.golden().resolve("checkpoints"))) {
            return folders.sorted().toList().stream();
        }
    }

    /** Both spellings of transformers, of architectures that the engine computes and others. */
    @ParameterizedTest
    @MethodSource("golden")
    void bothSpellingsAreTheSameModel(Path checkpoint) throws IOException {
        PlannedModel modern = PlannedModel.read(checkpoint);
        assertTrue(modern.numParameters() > 0);
        Path legacy = checkpoint.resolve("config.legacy.json");
        if (Files.exists(legacy)) {
            assertEquals(modern.shape(), PlannedModel.read(legacy).shape());
        }
    }

    /** As the weights of these checkpoints add up, which transformers made. */
    @ParameterizedTest
    @CsvSource({
        "deepseek-v2-lite, 877632, 3 * 80",
        "deepseek-v3, 800992, 3 * 80",
        "gemma2, 435328, 2 * 256",
        "gemma3, 632832, 3 * 256",
        "mixtral, 1066624, 2 * 256",
        "qwen3-moe, 575360, 2 * 256"
    })
    void architecturesThatTheEngineDoesNotComputeAreCountedLikewise(
            String name, long parameters, String cached) {
        PlannedModel planned =
                PlannedModel.read(GoldenData.golden().resolve("checkpoints").resolve(name));
        assertEquals(parameters, planned.numParameters());
        String[] factors = cached.split(" \\* ");
        assertEquals(
                2L * Integer.parseInt(factors[0]) * Integer.parseInt(factors[1]),
                planned.cacheBytesPerToken(DType.BF16));
        assertTrue(planned.refusal().isPresent());
    }

    /** Models of other sizes, with the numbers that their authors publish. */
    static Stream<List<Object>> others() {
        return Stream.of(
                List.of(
                        DEEPSEEK_V2
                                + "'hidden_size':2048,'num_hidden_layers':27,"
                                + "'num_attention_heads':16,'q_lora_rank':null,"
                                + "'intermediate_size':10944,'moe_intermediate_size':1408,"
                                + "'n_routed_experts':64}",
                        15_706_484_224L),
                List.of(
                        DEEPSEEK_V2
                                + "'hidden_size':5120,'num_hidden_layers':60,"
                                + "'num_attention_heads':128,'q_lora_rank':1536,"
                                + "'intermediate_size':12288,'moe_intermediate_size':1536,"
                                + "'n_routed_experts':160}",
                        235_741_434_880L),
                List.of(
                        "{'architectures':['Qwen3MoeForCausalLM'],'hidden_size':4096,"
                                + "'num_hidden_layers':94,'num_attention_heads':64,"
                                + "'num_key_value_heads':4,'head_dim':128,'num_experts':128,"
                                + "'num_experts_per_tok':8,'moe_intermediate_size':1536,"
                                + "'intermediate_size':12288,'decoder_sparse_step':1,"
                                + "'mlp_only_layers':[],'vocab_size':151936,"
                                + "'max_position_embeddings':40960}",
                        235_093_634_560L),
                List.of(
                        "{'model_type':'qwen2_moe','hidden_size':2048,'num_hidden_layers':24,"
                                + "'num_attention_heads':16,'num_key_value_heads':16,"
                                + "'num_experts':60,'num_experts_per_tok':4,"
                                + "'moe_intermediate_size':1408,"
                                + "'shared_expert_intermediate_size':5632,"
                                + "'intermediate_size':5632,'vocab_size':151936,"
                                + "'max_position_embeddings':8192}",
                        14_315_784_192L),
                List.of(
                        "{'architectures':['MixtralForCausalLM'],'hidden_size':6144,"
                                + "'num_hidden_layers':56,'num_attention_heads':48,"
                                + "'num_key_value_heads':8,'num_local_experts':8,"
                                + "'num_experts_per_tok':2,'intermediate_size':16384,"
                                + "'vocab_size':32000,'max_position_embeddings':65536}",
                        140_620_634_112L),
                List.of(
                        "{'architectures':['LlamaForCausalLM'],'hidden_size':16384,"
                                + "'num_hidden_layers':126,'num_attention_heads':128,"
                                + "'num_key_value_heads':8,'intermediate_size':53248,"
                                + "'vocab_size':128256,'max_position_embeddings':131072}",
                        405_853_388_800L),
                List.of(
                        "{'architectures':['Qwen2ForCausalLM'],'hidden_size':2048,"
                                + "'num_hidden_layers':36,'num_attention_heads':16,"
                                + "'num_key_value_heads':2,'intermediate_size':11008,"
                                + "'tie_word_embeddings':true,'vocab_size':151936,"
                                + "'max_position_embeddings':32768}",
                        3_085_938_688L),
                List.of(
                        "{'architectures':['Gemma2ForCausalLM'],"
                                + GEMMA
                                + "'hidden_size':3584,'num_hidden_layers':42,"
                                + "'num_attention_heads':16,'num_key_value_heads':8,"
                                + "'head_dim':256,'intermediate_size':14336,'vocab_size':256000}",
                        9_241_705_984L),
                List.of(
                        "{'model_type':'gemma3_text',"
                                + GEMMA
                                + "'hidden_size':1152,'num_hidden_layers':26,"
                                + "'num_attention_heads':4,'num_key_value_heads':1,"
                                + "'head_dim':256,'intermediate_size':6912,'vocab_size':262144}",
                        999_885_952L));
    }

    @ParameterizedTest
    @MethodSource("others")
    void modelsOfOtherSizesHaveTheNumbersThatTheirAuthorsPublish(List<Object> model)
            throws IOException {
        assertEquals(model.get(1), read(model.get(0).toString()).numParameters());
    }

    @Test
    void aTokenMeetsSomeExpertsAlone() {
        // Published as 671B with 37B activated, 30.5B with 3.3B and 46.7B with 12.9B.
        List<Long> active = new ArrayList<>();
        for (String name : List.of("DeepSeek-R1", "Qwen3-30B-A3B", "Mixtral-8x7B-Instruct-v0.1")) {
            active.add(PlannedModel.read(configs().resolve(name + ".json")).activeParameters());
        }
        assertEquals(List.of(37_552_297_472L, 3_353_032_704L, 12_879_925_248L), active);
    }

    @Test
    void aLatentIsAllThatDeepSeekKeepsOfAToken() {
        PlannedModel r1 = PlannedModel.read(configs().resolve("DeepSeek-R1.json"));
        assertTrue(r1.keepsLatent());
        assertEquals(61 * (512 + 64) * 2, r1.cacheBytesPerToken(DType.BF16));
        assertEquals(61 * (512 + 64) * 4, r1.cacheBytesPerToken(DType.F32));
        assertEquals("fp8", r1.published().name());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "`{'quant_method':'awq','bits':4,'group_size':128}` | 4-bit | 5570747392",
                "`{'quant_method':'gptq','bits':4,'group_size':-1}` | 4-bit | 5446776832",
                "`{'quant_method':'gptq','bits':8,'group_size':32}` | int8  | 9317690368",
                "`{'quant_method':'fp8'}`                          | fp8   | 8707537664",
                "`{'quant_method':'hqq'}`                          | bf16  | 15231233024"
            })
    void aQuantisedModelHasTheParametersOfThePlainOneAndFewerBytes(
            String quantisation, String format, long bytes) throws IOException {
        ObjectNode json =
                (ObjectNode)
                        new JsonMapper()
                                .readTree(
                                        Files.readString(
                                                configs().resolve("Qwen2.5-7B-Instruct.json")));
        json.set("quantization_config", new JsonMapper().readTree(quantisation.replace('\'', '"')));
        PlannedModel planned = read(json.toString());
        assertEquals(7_615_616_512L, planned.numParameters());
        assertEquals(format, planned.published().name());
        assertEquals(bytes, planned.weightBytes());
        assertTrue(planned.refusal().isPresent(), "the engine reads no such weights");
    }

    @Test
    void windowsOfSomeLayersAreCounted() throws IOException {
        String gemma2 = others().toList().get(7).getFirst().toString();
        assertEquals(21, read(gemma2).windowLayers());
        String gemma3 = others().toList().get(8).getFirst().toString();
        assertEquals(22, read(gemma3).windowLayers());
        assertEquals(4096, read(gemma3).windowTokens());
    }

    @Test
    void whatIsNoModelIsRefusedWithASentence() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertEquals(
                empty
                        + " has no config.json; a folder with one is enough for a plan, or a .gguf"
                        + " file.",
                assertThrows(CheckpointException.class, () -> PlannedModel.read(empty))
                        .getMessage());
        Path text = Files.writeString(folder.resolve("notes.txt"), "no model");
        assertTrue(
                assertThrows(CheckpointException.class, () -> PlannedModel.read(text))
                        .getMessage()
                        .contains("is not a GGUF file"));
    }
}
