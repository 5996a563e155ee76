package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import quire.golden.GoldenData;

/** {@code quire plan} as its users see it. */
class PlanCommandTest {

    @TempDir Path folder;

    private static CommandLines.Said run(String... args) {
        return CommandLines.run(
                Stream.concat(Stream.of("plan"), Stream.of(args)).toArray(String[]::new));
    }

    private static String plan(String... args) {
        CommandLines.Said said = run(args);
        assertEquals(0, said.code(), said.err());
        assertEquals("", said.err());
        return said.out();
    }

    private static JsonNode json(String... args) throws IOException {
        String[] all = Stream.concat(Stream.of(args), Stream.of("--json")).toArray(String[]::new);
        return new JsonMapper().readTree(plan(all));
    }

    private static String refusal(String... args) {
        CommandLines.Said said = run(args);
        assertEquals("", said.out());
        assertEquals(1, said.code());
        assertEquals(1, said.err().lines().count(), said.err());
        return said.err().strip();
    }

    private static Path published(String name) {
        return GoldenData.fixtures().resolve("configs").resolve(name + ".json");
    }

    static Stream<Map.Entry<String, JsonNode>> models() throws IOException {
        JsonNode parameters = new JsonMapper().readTree(Files.readString(published("parameters")));
        return parameters.propertyStream();
    }

    @Test
    void aModelAndTheCardsThatShareIt() throws IOException {
        Path model = folder.resolve("R1");
        Files.createDirectories(model);
        Files.copy(published("DeepSeek-R1"), model.resolve("config.json"));
        String name = model.toString();
        assertEquals(
                """
                %s: DeepseekV3ForCausalLM, 671.0 billion parameters, 37.6 billion of them a token, \
                61 layers, made for 163840 tokens
                weights    fp8 626.9 GiB; files in bf16 1.2 TiB, int8 627.1 GiB, 4-bit 327.4 GiB
                KV cache   68.6 KiB a token in bf16, 2.1 GiB for 32768 tokens, 137.3 GiB for 64 \
                sequences of them; a latent, which each GPU keeps whole
                note       layers that guess tokens ahead ('num_nextn_predict_layers': 1) are in its \
                files, too, and not counted

                H200x8: 139.8 GiB each, 125.8 GiB of which may be used; tensor parallel over 1, 2, \
                4, 8 of them
                  weights in GPUs weights each      other   KV cache       tokens  sequences
                  fp8           8     79.3 GiB  513.8 MiB   46.0 GiB       702880         21
                  bf16          8    157.9 GiB  513.8 MiB          -            - 34.8 GiB too small
                  int8          8     79.5 GiB  513.8 MiB   45.8 GiB       699888         21
                  4-bit         8     41.5 GiB  513.8 MiB   83.8 GiB      1280528         39

                H200x8: 39 sequences of 32768 tokens at most, with weights in 4-bit; 64 at once \
                have 20008 tokens each
                Quire does not serve it yet: %s/config.json: the architecture \
                'DeepseekV3ForCausalLM' is not supported yet; supported: LlamaForCausalLM, \
                MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Phi3ForCausalLM.
                """
                        .formatted(name, name),
                plan(name, "--gpu", "H200x8"));
    }

    @Test
    void whatFitsIsServedByACommand() {
        String name = published("Qwen2.5-7B-Instruct").toString();
        assertEquals(
                """
                %s: Qwen2ForCausalLM, 7.6 billion parameters, 28 layers, made for 32768 tokens
                weights    bf16 14.2 GiB; files in bf16 14.2 GiB, int8 8.1 GiB, 4-bit 5.2 GiB
                KV cache   56.0 KiB a token in bf16, 448.0 MiB for 8192 tokens, 3.5 GiB for 8 \
                sequences of them

                RTX-4090: 23.4 GiB each, 21.0 GiB of which may be used
                  weights in GPUs weights each      other   KV cache       tokens  sequences
                  bf16          1     14.2 GiB  569.4 MiB    6.3 GiB       117680         14
                  int8          1      8.1 GiB  569.4 MiB   12.4 GiB       231424         28
                  4-bit         1      5.2 GiB  569.4 MiB   15.3 GiB       286144         34

                T4: 14.4 GiB each, 12.9 GiB of which may be used
                  weights in GPUs weights each      other   KV cache       tokens  sequences
                  bf16          1     14.2 GiB  569.4 MiB          -            - 2.2 GiB too small
                  int8          1      8.1 GiB  569.4 MiB    4.3 GiB        79952          9
                  4-bit         1      5.2 GiB  569.4 MiB    7.2 GiB       134672         16

                RTX-4090: 8 sequences of 8192 tokens fit with weights in bf16
                T4: 8 sequences of 8192 tokens fit with weights in int8
                Quire computes on one card of compute capability 8.0 or newer, with 16 bits a \
                weight, and it fits one of RTX-4090: quire serve %s --max-model-len 8192 \
                --max-num-seqs 8
                """
                        .formatted(name, name),
                plan(name, "--gpu", "rtx4090", "--gpu=T4", "--context", "8K", "--sequences=8"));
    }

    @Test
    void whatIsTooSmallSaysWhatWouldDo() {
        String[] lines =
                plan(published("Llama-3.3-70B-Instruct").toString(), "--gpu", "NVIDIA L4")
                        .split("\n");
        assertEquals(
                "L4: too small in every format; 8 such GPUs hold it with weights in bf16; 8 such"
                        + " GPUs hold it with weights in int8; 4 such GPUs hold it with weights in"
                        + " 4-bit",
                lines[lines.length - 2]);
        assertEquals(
                "Quire computes on one card of compute capability 8.0 or newer, with 16 bits a"
                        + " weight, for which this is too small",
                lines[lines.length - 1]);
    }

    @Test
    void moreCardsThanAreNeededHoldItMoreThanOnce() {
        String plan = plan(published("Qwen2.5-0.5B-Instruct").toString(), "--gpu", "H100x8");
        assertTrue(plan.contains("; tensor parallel over 1, 2 of them\n"), plan);
        assertTrue(
                plan.contains(
                        "H100-80Gx8: 64 sequences of 32768 tokens fit with weights in bf16 on 1 of"
                                + " them, 8 times over\n"),
                plan);
    }

    @Test
    void theTableIsOfWeightsAlone() throws IOException {
        assertEquals(
                """
                weights alone, in GB           parameters      bf16            int8           4-bit
                DeepSeek-R1-Distill-Qwen-1.5B      1.78 B       3.6       1.8 - 2.2       0.9 - 1.6
                DeepSeek-R1-Distill-Qwen-7B        7.62 B      15.2       7.6 - 8.7       3.8 - 5.6
                DeepSeek-R1-Distill-Llama-8B       8.03 B      16.1       8.0 - 9.1       4.0 - 5.7
                DeepSeek-R1-Distill-Qwen-14B      14.77 B      29.5     14.8 - 16.3      7.4 - 10.0
                DeepSeek-R1-Distill-Qwen-32B      32.76 B      65.5     32.8 - 34.3     16.4 - 19.3
                DeepSeek-R1-Distill-Llama-70B     70.55 B       141     70.6 - 72.7     35.3 - 39.8
                DeepSeek-R1                      671.03 B      1342       671 - 673       336 - 352
                A GB is 10^9 bytes. int8 and 4-bit: from a byte, and half a byte, for each parameter \
                to files whose
                embedding and output stay in 16 bits, with the scales of their groups (W8A8; AWQ and \
                GPTQ of 128).
                """,
                plan("--table"));
        JsonNode rows = json("--table");
        assertEquals(7, rows.size());
        for (JsonNode row : rows) {
            JsonNode model = json(published(row.path("model").asText()).toString());
            assertEquals(model.path("parameters"), row.path("parameters"));
            assertEquals(model.path("weightBytesByFormat"), row.path("weightBytes"));
        }
        CommandLines.Said both = run("some-model", "--table");
        assertEquals(2, both.code());
        assertEquals(
                "quire: --table is about models of its own; leave MODEL, --gpu, --context,"
                        + " --sequences and --kv-cache-dtype out\n",
                both.err());
    }

    @ParameterizedTest
    @MethodSource("models")
    void jsonHasBytesEverywhere(Map.Entry<String, JsonNode> model) throws IOException {
        JsonNode plan =
                json(published(model.getKey()).toString(), "--gpu", "H100-80G", "--gpu", "H200x8");
        long parameters = model.getValue().asLong();
        assertEquals(parameters, plan.path("parameters").asLong());
        assertTrue(plan.path("activeParameters").asLong() <= parameters);
        assertEquals(2 * parameters, plan.path("weightBytesByFormat").path("bf16").asLong());
        long perToken = plan.path("kvBytesPerToken").asLong();
        assertEquals(
                perToken * plan.path("context").asInt(), plan.path("kvBytesPerSequence").asLong());
        assertEquals(2, plan.path("gpus").size());
        for (JsonNode gpu : plan.path("gpus")) {
            long usable = gpu.path("usableBytes").asLong();
            assertTrue(usable > 0.89 * gpu.path("memoryBytes").asLong());
            assertFalse(gpu.path("formats").isEmpty());
            for (JsonNode format : gpu.path("formats")) {
                requireSum(format, usable, perToken);
            }
        }
        assertFalse(plan.path("advice").isEmpty());
    }

    /** What each card holds is what it has, or less by what is missing. */
    private static void requireSum(JsonNode format, long usable, long perToken) {
        JsonNode each = format.path("perGpu");
        long others = 0;
        for (JsonNode use : each.path("uses")) {
            others += use.asLong();
        }
        assertEquals(others, each.path("weightBytes").asLong() + each.path("otherBytes").asLong());
        long cache = each.path("kvCacheBytes").asLong();
        assertEquals(format.path("fits").asBoolean(), each.path("missingBytes").asLong() == 0);
        assertEquals(format.path("fits").asBoolean(), cache > 0);
        assertEquals(cache, format.path("tokens").asLong() * each.path("kvBytesPerToken").asLong());
        assertTrue(others + cache <= usable || cache == 0);
        assertTrue(each.path("kvBytesPerToken").asLong() <= perToken);
        if (format.path("fits").asBoolean()) {
            assertTrue(format.path("leastGpus").asInt() <= format.path("gpus").asInt());
        }
    }

    @Test
    void withoutACardItIsThisMachine() throws IOException {
        JsonNode demo = json();
        assertEquals("this machine", demo.path("gpus").path(0).path("gpu").asText());
        assertEquals(4096, demo.path("context").asInt());
        assertEquals(3072, demo.path("kvBytesPerToken").asInt());
        assertEquals(6144, json("--kv-cache-dtype", "float32").path("kvBytesPerToken").asInt());
        String plan = plan("models/quire-demo", "--context", "1k", "--sequences", "2");
        assertTrue(
                plan.endsWith(
                        "this machine: 2 sequences of 1000 tokens fit with weights in bf16\n"
                                + "Quire computes here with the weights as they are published: quire"
                                + " serve models/quire-demo --max-model-len 1000 --max-num-seqs"
                                + " 2\n"),
                plan);
    }

    @Test
    void windowsAreTold() {
        String mistral =
                GoldenData.golden().resolve("checkpoints").resolve("mistral-window").toString();
        String plan = plan(mistral, "--gpu", "L4");
        assertTrue(plan.contains(" of the layers see the last "), plan);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "H10-80G | `unknown GPU 'H10-80G'; did you mean H100-80G? Known are T4, V100-16G,`",
                "rtx-4091x2 | `unknown GPU 'rtx-4091x2'; did you mean RTX-4090? Known are T4,`",
                "abacus | `unknown GPU 'abacus'. Known are T4, V100-16G, V100-32G, A10, A10G,`",
                "`` | `unknown GPU ''. Known are T4, V100-16G, V100-32G, A10, A10G, A30, A40,`",
                "H200x0 | `'H200x0' is 0 GPUs; one model is shared by 1 to 1024 of them, such as`",
                "H200x999999999 | `'H200x999999999' is 999999999 GPUs; one model is shared by`"
            })
    void cardsThatNobodyHasAreRefused(String gpu, String sentence) {
        String said = refusal("--gpu", gpu);
        assertTrue(said.startsWith("quire: " + sentence), said);
    }

    @ParameterizedTest
    @CsvSource({
        "H100, H100-80G",
        "h100-80gb, H100-80G",
        "NVIDIA H200x8, H200x8",
        "GeForce RTX 4090, RTX-4090",
        "3090x2, RTX-3090x2",
        "A100, A100-40G",
        "a100-80Gx4, A100-80Gx4",
        "rtx_a6000, RTX-A6000",
        "RTX 6000 Ada, RTX-6000-Ada",
        "B200x1, B200"
    })
    void cardsAreKnownHoweverTheyAreWritten(String typed, String name) throws IOException {
        assertEquals(name, json("--gpu", typed).path("gpus").path(0).path("gpu").asText());
    }

    @Test
    void mistakesEndInASentence() throws IOException {
        assertEquals(
                "quire: --context 8192 is more than the 4096 tokens that the model was made for;"
                        + " lower it",
                refusal("--context", "8K"));
        assertEquals(
                "quire: --context 'much' is not a number such as 4096, 4K (4096) or 4k (4000)",
                refusal("--context", "much"));
        assertEquals(
                "quire: --sequences 0 is not a whole number from 1 to 65536",
                refusal("--sequences", "0"));
        assertEquals(
                "quire: --kv-cache-dtype 'int3' is not bfloat16, float16 or float32",
                refusal("--kv-cache-dtype", "int3"));
        assertEquals(
                "quire: there is no './no/model' here, and it is no model's name; give a folder with"
                        + " the model's config.json, that file, a GGUF file, or OWNER/NAME",
                refusal("./no/model"));
        Path config = Files.writeString(folder.resolve("config.json"), "{\"hidden_size\": 1}");
        assertEquals(
                "quire: "
                        + config
                        + " names neither 'architectures' nor 'model_type'; it describes no model.",
                refusal(folder.toString()));
        CommandLines.Said flag = run("--gpus", "H200");
        assertEquals(2, flag.code());
        assertEquals("quire: unknown flag --gpus; did you mean --gpu?\n", flag.err());
    }
}
