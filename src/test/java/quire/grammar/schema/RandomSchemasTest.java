package quire.grammar.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Matcher;

/**
 * Schemas made by chance, of all keywords among each other, allow what another library finds valid
 * and nothing else, or are refused by name.
 */
class RandomSchemasTest {

    private static final int VALUES = 10;

    private int numSchemas;
    private int numValid;
    private int numInvalid;
    private final List<String> wrong = new ArrayList<>();

    @Test
    void randomSchemasAllowWhatAnotherLibraryFindsValid() throws Exception {
        long seed = Long.getLong("quire.schemas.seed", 17);
        int rounds = Integer.getInteger("quire.random.schemas", 150);
        for (int round = 0; round < rounds; round++) {
            Random random = new Random(seed * 1_000_003 + round);
            RandomSchema made = new RandomSchema(random);
            // Read anew, so that numbers are what a reader makes of them.
            JsonNode schema = JsonTexts.JSON.readTree(made.next().toString());
            List<JsonNode> values = new ArrayList<>();
            for (int i = 0; i < VALUES; i++) {
                values.add(made.valueFor(schema));
                values.add(made.changed(values.getLast()));
            }
            check(schema, values);
        }
        System.out.printf(
                "random schemas kept %d of %d, with %d values valid and %d not%n",
                numSchemas, rounds, numValid, numInvalid);
        assertEquals(List.of(), wrong, () -> "seed " + seed + "\n" + String.join("\n", wrong));
        assertTrue(numSchemas >= 0.8 * rounds, "only " + numSchemas + " were kept");
        assertTrue(numValid >= 2 * rounds, "only " + numValid + " values were valid");
    }

    private void check(JsonNode schema, List<JsonNode> values) throws JsonProcessingException {
        com.networknt.schema.JsonSchema validator;
        Optional<CompiledGrammar> any;
        Optional<CompiledGrammar> served;
        try {
            validator = RandomValuesTest.validator(schema);
            validator.initializeValidators();
            any = compiled(JsonSchema.grammar(schema, MaskBenchTest.ANY_ORDER));
            served = compiled(JsonSchema.grammar(schema, SchemaOptions.SERVED));
        } catch (JsonSchemaException e) {
            return;
        } catch (GrammarException e) {
            if (e.unsupported().isEmpty() && !(e instanceof GrammarLimitException)) {
                wrong.add("refused without a keyword: " + e.getMessage() + ": " + schema);
            }
            return;
        }
        numSchemas++;
        for (JsonNode value : values) {
            String text = JsonTexts.compact(value);
            boolean isValid = validator.validate(JsonTexts.JSON.readTree(text)).isEmpty();
            numValid += isValid ? 1 : 0;
            numInvalid += isValid ? 0 : 1;
            if (accepts(any, text) != isValid || !isValid && accepts(served, text)) {
                wrong.add("valid " + isValid + ": " + text + ": " + schema);
            }
        }
    }

    /** Empty where the schema allows nothing. */
    private static Optional<CompiledGrammar> compiled(Grammar grammar) {
        try {
            return Optional.of(CompiledGrammar.compile(grammar, RandomValuesTest.BYTES));
        } catch (GrammarException e) {
            if (e.getMessage().startsWith("no text matches")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean accepts(Optional<CompiledGrammar> grammar, String text) {
        if (grammar.isEmpty()) {
            return false;
        }
        Matcher matcher = grammar.get().newMatcher();
        for (byte value : text.getBytes(UTF_8)) {
            if (!matcher.accept(value & 0xff)) {
                return false;
            }
        }
        return matcher.mayEnd();
    }
}
