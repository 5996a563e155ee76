package quire.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Speaker;
import quire.grammar.schema.SchemaOptions.Formats;
import quire.grammar.schema.SchemaOptions.Notation;
import quire.grammar.schema.SchemaOptions.Order;
import quire.grammar.schema.SchemaOptions.Spelling;
import quire.grammar.schema.SchemaOptions.Whitespace;

/** The official test suite of JSON Schema, draft 2020-12. */
class SchemaSuiteTest {

    private static final Path SUITE = Path.of("src/test/resources/schemas/suite");

    /** As the specification reads where nobody says more. */
    private static final SchemaOptions OPTIONS =
            new SchemaOptions(
                    Whitespace.COMPACT, Order.ANY, Spelling.ANY, Formats.ANNOTATED, Notation.JSON);

    @Test
    void eachGroupIsAllRightOrRefusedByName() throws IOException {
        List<String> wrong = new ArrayList<>();
        TreeMap<String, String> table = new TreeMap<>();
        int right = 0;
        int refused = 0;
        try (Stream<Path> files = Files.list(SUITE)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                int[] counts = new int[2];
                for (JsonNode group : JsonTexts.JSON.readTree(file.toFile())) {
                    String name = file.getFileName() + ": " + group.get("description").asText();
                    try {
                        Grammar grammar = JsonSchema.grammar(group.get("schema"), OPTIONS);
                        check(grammar, group.get("tests"), name, wrong);
                        counts[0]++;
                    } catch (GrammarException e) {
                        counts[1]++;
                        boolean isLimit = e instanceof GrammarLimitException;
                        if ((isLimit ? e.position() : e.unsupported()).isEmpty()) {
                            wrong.add(name + ": " + e);
                        }
                    }
                }
                String keyword = file.getFileName().toString().replace(".json", "");
                table.put(keyword, counts[0] + " right, " + counts[1] + " refused");
                right += counts[0];
                refused += counts[1];
            }
        }
        table.forEach((keyword, counts) -> System.out.println(keyword + ": " + counts));
        System.out.println("groups right " + right + ", refused by name " + refused);
        assertEquals(List.of(), wrong, () -> String.join("\n", wrong));
        assertTrue(right >= 300, "right groups: " + right);
    }

    private static void check(Grammar grammar, JsonNode tests, String name, List<String> wrong) {
        for (JsonNode test : tests) {
            String text = JsonTexts.compact(test.get("data"));
            boolean isValid = test.get("valid").asBoolean();
            if (accepts(grammar, text) != isValid) {
                wrong.add(name + ": valid " + isValid + ": " + text);
            }
        }
    }

    private static boolean accepts(Grammar grammar, String text) {
        try {
            return Speaker.accepts(grammar, text);
        } catch (GrammarException e) {
            // A schema that no value satisfies.
            if (e.getMessage().startsWith("no text matches")) {
                return false;
            }
            throw e;
        }
    }
}
