package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.SpecVersionDetector;
import com.networknt.schema.ValidationMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.LlmEngine;
import quire.generation.AnswerForm;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.golden.RandomCheckpoint;
import quire.grammar.CompiledGrammar;
import quire.grammar.GrammarException;
import quire.grammar.Matcher;
import quire.grammar.Vocabulary;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;
import quire.sequence.FinishReason;

/**
 * What a model says under real schemas, hot and sixteen at once: a finished answer is valid to a
 * validator that knows nothing of grammars, one that was cut off is the beginning of a valid one.
 *
 * <p>As many schemas as {@code -Dquire.generated.schemas} says, evenly over the file that {@code
 * -Dquire.schemas} names; 400 is the full test.
 */
class SchemaGenerationTest {

    private static final int WAVE = 128;
    private static final int SCHEMAS = Integer.getInteger("quire.generated.schemas", 40);
    private static final long SEED = Long.getLong("quire.generated.seed", 29);
    private static final Path FILE =
            Path.of(
                    System.getProperty(
                            "quire.schemas",
                            "src/test/resources/schemas/maskbench-sample.jsonl.gz"));
    private static final Path MODEL = Path.of("models/quire-demo");
    private static final int MAX_TOKENS = 160;
    private static final int AT_ONCE = 16;

    private static final Pattern RFC_3339 =
            Pattern.compile(
                    "(\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[Tt])?([01]\\d|2[0-3]):[0-5]\\d"
                            + ":([0-5]\\d|60)(\\.\\d+)?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d)");

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /** Says texts byte by byte to find out whether they can be finished. */
    private static final Vocabulary BYTES =
            Vocabulary.of(
                    IntStream.rangeClosed(0, 256)
                            .mapToObj(id -> id < 256 ? new byte[] {(byte) id} : null)
                            .toArray(byte[][]::new),
                    new int[] {256});

    /** The validator's, which tells of every keyword that it does not know. */
    private static final Logger LOG = Logger.getLogger("com.networknt.schema");

    @TempDir Path folder;

    @BeforeAll
    static void keepTheValidatorQuiet() {
        LOG.setLevel(Level.OFF);
    }

    @Test
    void theDemoModelSaysWhatSchemasAllow() throws Exception {
        assertKept(MODEL);
    }

    @Test
    void randomWeightsSayWhatSchemasAllow() throws Exception {
        RandomCheckpoint.write(MODEL, folder, SEED);
        assertKept(folder);
    }

    private static void assertKept(Path model) throws Exception {
        Outside.CPU_KERNELS.path();
        List<JsonNode> schemas = schemas();
        EngineConfig config =
                EngineConfig.builder(model)
                        .backend(BackendChoice.CPU)
                        .maxNumSequences(AT_ONCE)
                        .numThreads(2)
                        .build();
        List<String> wrong = new ArrayList<>();
        int finished = 0;
        try (LlmEngine engine = LlmEngine.load(config, LoadProgress.SILENT)) {
            // No more at a time than may wait for their grammars.
            for (int from = 0; from < schemas.size(); from += WAVE) {
                int to = Math.min(from + WAVE, schemas.size());
                List<HeardTokens> answers = new ArrayList<>();
                List<Submission> submissions = new ArrayList<>();
                for (int i = from; i < to; i++) {
                    answers.add(new HeardTokens());
                    submissions.add(
                            new Submission(request(engine, schemas.get(i), i), answers.getLast()));
                }
                engine.submit(submissions, Integer.MAX_VALUE);
                for (int i = from; i < to; i++) {
                    HeardTokens answer = answers.get(i - from);
                    FinishReason finish = answer.await();
                    byte[] said = answer.bytes(engine.tokenizer());
                    finished += finish == FinishReason.STOP ? 1 : 0;
                    objection(schemas.get(i), said, finish)
                            .ifPresent(what -> wrong.add(what + "\n  " + text(said)));
                }
            }
        }
        assertEquals("", String.join("\n", wrong), wrong.size() + " of " + schemas.size());
        assertTrue(
                finished > schemas.size() / 10, finished + " of " + schemas.size() + " finished");
    }

    private static String text(byte[] said) {
        return new String(said, StandardCharsets.UTF_8);
    }

    private static GenerationRequest request(LlmEngine engine, JsonNode schema, int index) {
        return new GenerationRequest(
                "schema " + index,
                engine.tokenizer().encode("An example of it in JSON:\n", false),
                SamplingParams.builder()
                        .temperature(2)
                        .seed(SEED + index)
                        .maxTokens(MAX_TOKENS)
                        .build(),
                0,
                Optional.empty(),
                new GenerationRequest.Display(new int[0], false, true),
                Optional.of(new AnswerForm("response_format", constraint(schema))));
    }

    private static Constraint constraint(JsonNode schema) {
        return new Constraint.JsonSchema(schema.toString(), SchemaOptions.SERVED);
    }

    /** Whether the validator says of a schema's own instances what the file says of them. */
    private static boolean isUnderstood(JsonNode row) {
        try {
            for (JsonNode test : row.get("tests")) {
                boolean isValid = validate(row.get("schema"), test.get("data")).isEmpty();
                if (isValid != test.get("valid").asBoolean()) {
                    return false;
                }
            }
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Those that become grammars and that the validator understands, evenly over the file. */
    private static List<JsonNode> schemas() throws IOException {
        List<JsonNode> all = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(FILE)),
                                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode row = JSON.readTree(line);
                if (isUnderstood(row)) {
                    all.add(row.get("schema"));
                }
            }
        }
        List<JsonNode> chosen = new ArrayList<>();
        for (int i = 0; i < all.size() && chosen.size() < SCHEMAS; i++) {
            boolean isNext = (long) i * SCHEMAS / all.size() >= chosen.size();
            if (isNext && isGrammar(all.get(i))) {
                chosen.add(all.get(i));
            }
        }
        return chosen;
    }

    private static boolean isGrammar(JsonNode schema) {
        try {
            CompiledGrammar.compile(constraint(schema).toGrammar(Map.of()), BYTES);
            return true;
        } catch (GrammarException e) {
            return false;
        }
    }

    /** What is wrong with an answer. */
    private static Optional<String> objection(JsonNode schema, byte[] said, FinishReason finish) {
        if (finish != FinishReason.STOP) {
            Matcher matcher =
                    CompiledGrammar.compile(constraint(schema).toGrammar(Map.of()), BYTES)
                            .newMatcher();
            for (byte value : said) {
                if (!matcher.accept(value & 0xff)) {
                    return Optional.of("cannot be finished: " + schema);
                }
            }
            return Optional.empty();
        }
        try {
            JsonNode value = JSON.readTree(new String(said, StandardCharsets.UTF_8));
            List<ValidationMessage> messages =
                    validate(schema, value).stream().filter(m -> !isNarrow(m)).toList();
            return messages.isEmpty()
                    ? Optional.empty()
                    : Optional.of(messages + " against " + schema);
        } catch (JsonProcessingException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Whether a complaint is about times that are right by RFC 3339 and not to the validator, such
     * as those far from Greenwich, or about an address of more than 64 characters before the sign,
     * which grammars do not count.
     */
    private static boolean isNarrow(ValidationMessage message) {
        String text = message.getInstanceNode().asText();
        return message.getType().equals("format")
                && (RFC_3339.matcher(text).matches() || text.indexOf('@') > 64);
    }

    private static Set<ValidationMessage> validate(JsonNode schema, JsonNode value) {
        VersionFlag version =
                SpecVersionDetector.detectOptionalVersion(schema, false)
                        .orElse(VersionFlag.V202012);
        SchemaValidatorsConfig config =
                SchemaValidatorsConfig.builder()
                        .formatAssertionsEnabled(true)
                        .regularExpressionFactory(
                                pattern -> {
                                    Pattern same = Pattern.compile(withAllSpace(pattern));
                                    return text -> same.matcher(text).find();
                                })
                        .build();
        return JsonSchemaFactory.getInstance(version).getSchema(schema, config).validate(value);
    }

    /** White space is more to ECMA-262 than to Java's engine. */
    private static String withAllSpace(String pattern) {
        String space = "\\s\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
        StringBuilder same = new StringBuilder();
        boolean inClass = false;
        for (int i = 0; i < pattern.length(); i++) {
            String escape = pattern.substring(i, Math.min(i + 2, pattern.length()));
            if (escape.equals("\\s")) {
                same.append(inClass ? space : "[" + space + "]");
                i++;
            } else if (escape.equals("\\S") && !inClass) {
                same.append("[^" + space + "]");
                i++;
            } else if (escape.startsWith("\\")) {
                same.append(escape);
                i++;
            } else {
                char c = pattern.charAt(i);
                inClass = c == '[' || inClass && c != ']';
                same.append(c);
            }
        }
        return same.toString();
    }
}
