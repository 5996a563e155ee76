package quire.grammar.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.SpecVersionDetector;
import com.networknt.schema.ValidationMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.grammar.CompiledGrammar;
import quire.grammar.GrammarException;
import quire.grammar.Matcher;
import quire.grammar.Vocabulary;

/** What a grammar lets through by chance is what another library finds valid. */
class RandomValuesTest {

    private static final Path SCHEMAS =
            Path.of("src/test/resources/schemas/maskbench-sample.jsonl.gz");

    private static final int END = 256;
    private static final int MAX_BYTES = 3000;

    /** One in so many schemas, and values of each. */
    private static final int SAMPLE = 9;

    private static final int VALUES = 6;

    /** Single bytes. */
    static final Vocabulary BYTES =
            Vocabulary.of(
                    IntStream.range(0, END + 1)
                            .mapToObj(id -> id < END ? new byte[] {(byte) id} : null)
                            .toArray(byte[][]::new),
                    new int[] {END});

    @Test
    void randomTextsOfTheGrammarAreValid() throws IOException {
        long seed = Long.getLong("quire.schemas.seed", 17);
        Random random = new Random(seed);
        List<String> wrong = new ArrayList<>();
        int values = 0;
        List<JsonNode> rows = MaskBenchTest.rows(SCHEMAS);
        for (int i = 0; i < rows.size(); i++) {
            JsonNode schema = rows.get(i).get("schema");
            // The other library tells 0.0 from 0 where objects are listed, and knows no white space
            // beyond ASCII.
            String text = schema.toString();
            boolean differs = text.contains(".0") || text.contains("\\\\s");
            if (differs || i % SAMPLE != Math.floorMod(seed, SAMPLE)) {
                continue;
            }
            CompiledGrammar grammar;
            com.networknt.schema.JsonSchema validator;
            try {
                grammar =
                        CompiledGrammar.compile(
                                JsonSchema.grammar(schema, SchemaOptions.SERVED), BYTES);
                validator = validator(schema);
                validator.initializeValidators();
            } catch (GrammarException | JsonSchemaException e) {
                // Neither takes every schema.
                continue;
            }
            for (int n = 0; n < VALUES; n++) {
                String value = walk(grammar.newMatcher(), random);
                if (value != null) {
                    values++;
                    check(rows.get(i).get("name").asText(), value, validator, wrong);
                }
            }
        }
        System.out.println("random values valid: " + (values - wrong.size()) + " of " + values);
        assertEquals(List.of(), wrong, () -> "seed " + seed + "\n" + String.join("\n", wrong));
        assertTrue(values > 300, "only " + values + " values came to an end");
    }

    private static void check(
            String name,
            String text,
            com.networknt.schema.JsonSchema validator,
            List<String> wrong) {
        try {
            Set<ValidationMessage> messages = validator.validate(JsonTexts.JSON.readTree(text));
            if (!messages.isEmpty()) {
                wrong.add(name + ": " + messages + ": " + text);
            }
        } catch (JsonProcessingException e) {
            wrong.add(name + ": " + e.getOriginalMessage() + ": " + text);
        }
    }

    /** Another library's reading of a schema, with formats as conditions. */
    static com.networknt.schema.JsonSchema validator(JsonNode schema) {
        VersionFlag version =
                SpecVersionDetector.detectOptionalVersion(schema, false)
                        .orElse(VersionFlag.V202012);
        SchemaValidatorsConfig config =
                SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
        JsonMetaSchema known =
                JsonSchemaFactory.getInstance(version)
                        .getMetaSchema(version.getId(), SchemaValidatorsConfig.builder().build());
        JsonMetaSchema quiet =
                JsonMetaSchema.builder(known)
                        .unknownKeywordFactory((keyword, _) -> new NonValidationKeyword(keyword))
                        .build();
        return JsonSchemaFactory.builder()
                .metaSchema(quiet)
                .defaultMetaSchemaIri(quiet.getIri())
                .build()
                .getSchema(schema, config);
    }

    /** A text of the grammar that ends soon where it can, or null if it becomes too long. */
    private static String walk(Matcher matcher, Random random) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        long[] mask = new long[END / 64 + 1];
        while (text.size() < MAX_BYTES) {
            matcher.fillMask(mask);
            if (matcher.mayEnd() && (matcher.mustEnd() || random.nextInt(4) == 0)) {
                return text.toString(UTF_8);
            }
            int id = chosen(mask, random);
            assertTrue(id >= 0, () -> "nothing may follow " + text.toString(UTF_8));
            assertTrue(matcher.accept(id));
            text.write(id);
        }
        return null;
    }

    /** Mostly a byte that closes something, so that texts come to an end. */
    private static int chosen(long[] mask, Random random) {
        for (byte closing : "\"]},0".getBytes(UTF_8)) {
            if (isIn(mask, closing) && random.nextInt(4) == 0) {
                return closing;
            }
        }
        int[] allowed = IntStream.range(0, END).filter(id -> isIn(mask, id)).toArray();
        return allowed.length == 0 ? -1 : allowed[random.nextInt(allowed.length)];
    }

    private static boolean isIn(long[] mask, int id) {
        return (mask[id >> 6] >> id & 1) == 1;
    }
}
