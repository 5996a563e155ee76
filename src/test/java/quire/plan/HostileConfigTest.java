package quire.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.tensor.DType;

/** Configurations that nobody meant well: a plan or a sentence, and never anything else. */
class HostileConfigTest {

    private static final JsonMapper MAPPER = new JsonMapper();

    private static final List<String> MODELS =
            List.of(
                    "DeepSeek-R1",
                    "Qwen2.5-7B-Instruct-yarn",
                    "Qwen3-30B-A3B",
                    "Mixtral-8x7B-Instruct-v0.1",
                    "Llama-3.1-8B-Instruct");

    /** What may stand where a number of any size should. */
    private static final List<String> VALUES =
            List.of(
                    "0",
                    "-1",
                    "1",
                    "3",
                    "1.5",
                    "16777216",
                    "2147483647",
                    "2147483648",
                    "9223372036854775807",
                    "1e308",
                    "1e999",
                    "-9223372036854775808",
                    "null",
                    "true",
                    "\"64\"",
                    "[]",
                    "[1, 2]",
                    "{}",
                    "{\"rope_type\": \"yarn\", \"factor\": 1e300}");

    private static final List<Target> TARGETS =
            List.of(Target.of("B200x8").orElseThrow(), Target.thisMachine());

    @TempDir Path folder;

    private static ObjectNode published(String name) throws IOException {
        Path file = GoldenData.fixtures().resolve("configs").resolve(name + ".json");
        return (ObjectNode) MAPPER.readTree(Files.readString(file));
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }

    private String refusal(String json) throws IOException {
        Path file = write(json);
        String sentence =
                assertThrows(CheckpointException.class, () -> PlannedModel.read(file)).getMessage();
        assertTrue(sentence.startsWith(file.toString()), sentence);
        return sentence.substring(file.toString().length());
    }

    /** A plan of whatever it is, for a card and for the machine. */
    private static void plan(Path file) {
        PlannedModel model = PlannedModel.read(file);
        Wanted wanted = new Wanted(Math.min(32_768, model.context()), 65_536, DType.F32);
        Planner planner = new Planner(model, wanted);
        for (Target target : TARGETS) {
            for (Fit fit : planner.fits(target)) {
                assertTrue(fit.weightBytes() > 0 && fit.otherBytes() > 0, fit::toString);
                assertTrue(fit.missingBytes() >= 0 && fit.tokens() >= 0, fit::toString);
            }
        }
        assertTrue(model.activeParameters() > 0 && model.weightBytes() > 0);
    }

    /** Each key in turn is each of these, and is missing. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void anythingMayStandAnywhere(int which) throws IOException {
        ObjectNode whole = published(MODELS.get(which));
        int refused = 0;
        for (String key : whole.propertyStream().map(Map.Entry::getKey).toList()) {
            for (String value : VALUES) {
                ObjectNode damaged = whole.deepCopy();
                damaged.set(key, MAPPER.readTree(value));
                refused += sentenceOrPlan(damaged);
            }
            ObjectNode damaged = whole.deepCopy();
            damaged.remove(key);
            refused += sentenceOrPlan(damaged);
        }
        assertTrue(refused > 50, refused + " refusals");
    }

    @Test
    void severalMayBeWrongAtOnce() throws IOException {
        long seed = Long.getLong("quire.fuzz.seed", 18);
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            ObjectNode damaged = published(MODELS.get(random.nextInt(MODELS.size())));
            List<String> keys = damaged.propertyStream().map(Map.Entry::getKey).toList();
            for (int j = 0; j < 4; j++) {
                String value = VALUES.get(random.nextInt(VALUES.size()));
                damaged.set(keys.get(random.nextInt(keys.size())), MAPPER.readTree(value));
            }
            sentenceOrPlan(damaged);
        }
    }

    private int sentenceOrPlan(JsonNode config) throws IOException {
        Path file = write(config.toString());
        try {
            plan(file);
            return 0;
        } catch (CheckpointException refusal) {
            assertTrue(refusal.getMessage().startsWith(file.toString()), refusal::getMessage);
            assertTrue(refusal.getMessage().length() < 700, refusal::getMessage);
            assertTrue(refusal.getMessage().chars().noneMatch(Character::isISOControl));
            return 1;
        } catch (RuntimeException e) {
            throw new AssertionError(config.toString(), e);
        }
    }

    @Test
    void whatIsMissingOrWrongIsNamed() throws IOException {
        ObjectNode missing = published("DeepSeek-R1");
        missing.remove("kv_lora_rank");
        assertEquals(
                ": 'kv_lora_rank' is absent, a whole number from 1 to 16777216 is needed.",
                refusal(missing.toString()));
        ObjectNode negative = published("Qwen2.5-7B-Instruct");
        negative.put("hidden_size", -3584);
        assertEquals(
                ": 'hidden_size' is -3584, a whole number from 1 to 2147483647 is needed.",
                refusal(negative.toString()));
        ObjectNode layers = published("Qwen2.5-7B-Instruct");
        layers.put("num_hidden_layers", 2_000_000_000);
        assertEquals(
                ": 'num_hidden_layers' is 2000000000, a whole number from 1 to 10000 is needed.",
                refusal(layers.toString()));
        ObjectNode heads = published("Qwen2.5-7B-Instruct");
        heads.put("num_key_value_heads", 3);
        assertEquals(
                ": 'num_key_value_heads' is 3, a divisor of the 28 heads is needed.",
                refusal(heads.toString()));
        ObjectNode large = published("Mixtral-8x7B-Instruct-v0.1");
        large.put("num_local_experts", 16_777_216);
        assertEquals(
                ": its sizes make a model of more than 1000000000000000 parameters, which nobody"
                        + " has; the file is damaged, download it again.",
                refusal(large.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | ` names neither 'architectures' nor 'model_type'; it describes no model.`",
                "[] | ` is no JSON object: it is ARRAY; download it again.`",
                "`` | ` is no JSON object: it is MISSING; download it again.`"
            })
    void whatIsNoConfigurationIsRefused(String json, String sentence) throws IOException {
        assertEquals(sentence, refusal(json));
    }

    @Test
    void anUnknownArchitectureIsNamedWithoutWhatATerminalWouldObey() throws IOException {
        String sentence = refusal("{\"architectures\": [\"\\u001b[2JMamba\"]}");
        assertTrue(
                sentence.startsWith(
                        ": the sizes of the architecture '\\u001b[2JMamba' are not known; known"
                                + " are Llama, Llama4, "),
                sentence);
    }

    @Test
    void aFileOfUnreasonableSizeIsNotRead() throws IOException {
        Path file = folder.resolve("config.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 40);
        }
        assertEquals(
                file
                        + " has 1099511627776 bytes, at most 16777216 are read; download it"
                        + " again.",
                assertThrows(CheckpointException.class, () -> PlannedModel.read(folder))
                        .getMessage());
        StringBuilder deep = new StringBuilder("{\"architectures\":");
        deep.append("[".repeat(100_000));
        assertTrue(refusal(deep.toString()).contains("is no JSON object"), "nested too deep");
    }
}
