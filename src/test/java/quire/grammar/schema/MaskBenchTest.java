package quire.grammar.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.golden.GoldenData;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Matcher;
import quire.grammar.Vocabulary;
import quire.grammar.schema.SchemaOptions.Formats;
import quire.grammar.schema.SchemaOptions.Notation;
import quire.grammar.schema.SchemaOptions.Order;
import quire.grammar.schema.SchemaOptions.Spelling;
import quire.grammar.schema.SchemaOptions.Whitespace;
import quire.tokenizer.Tokenizer;

/**
 * Real schemas with values that they allow and others that they do not, said token by token. {@code
 * quire.schemas} is another file or folder: a line, or a file, is {@code {"name", "schema",
 * "tests": [{"valid", "data"}]}}; files may be packed by gzip.
 */
class MaskBenchTest {

    private static final String DEFAULT = "src/test/resources/schemas/maskbench-sample.jsonl.gz";

    /** Masks are looked at in one of as many schemas, at each of their tokens. */
    private static final int MASK_SAMPLE = 16;

    /** All that a schema says of values, and nothing of how they are written. */
    static final SchemaOptions ANY_ORDER =
            new SchemaOptions(
                    Whitespace.FLEXIBLE, Order.ANY, Spelling.ANY, Formats.ASSERTED, Notation.JSON);

    private static Tokenizer tokenizer;
    private static Vocabulary vocabulary;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(GoldenData.tokenizers().resolve("qwen2.5"));
        byte[][] bytes =
                IntStream.range(0, tokenizer.vocabSize())
                        .mapToObj(id -> tokenizer.isSpecial(id) ? null : tokenizer.bytes(id))
                        .toArray(byte[][]::new);
        vocabulary = Vocabulary.of(bytes, new int[] {tokenizer.id("<|endoftext|>").orElseThrow()});
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static final class Counts {
        int schemas;
        int compiled;
        int right;
        int valid;
        int accepted;
        int invalid;
        int refused;
        final List<String> wrong = new ArrayList<>();
        final TreeMap<String, Integer> reasons = new TreeMap<>();

        @Override
        public String toString() {
            return String.format(
                    "schemas %d, compiled %d, right %d, valid accepted %d of %d, invalid refused %d"
                            + " of %d",
                    schemas, compiled, right, accepted, valid, refused, invalid);
        }
    }

    @Test
    void whatRealSchemasAllowIsAcceptedAndNothingElse() throws IOException {
        List<JsonNode> rows = rows(Path.of(System.getProperty("quire.schemas", DEFAULT)));
        Counts served = new Counts();
        for (JsonNode row : rows) {
            check(row, SchemaOptions.SERVED, served);
        }
        System.out.println("in the schema's order, integers without fraction: " + served);
        Counts counts = new Counts();
        for (JsonNode row : rows) {
            check(row, ANY_ORDER, counts);
        }
        counts.wrong.forEach(System.out::println);
        System.out.println("not compiled for " + counts.reasons);
        System.out.println(counts);
        assertEquals(served.invalid, served.refused, () -> "" + served.wrong);
        assertTrue(served.compiled >= 0.914 * served.schemas, served::toString);
        assertTrue(counts.compiled >= 0.914 * counts.schemas, counts::toString);
        assertTrue(counts.right >= 0.995 * counts.compiled, counts::toString);
    }

    private void check(JsonNode row, SchemaOptions options, Counts counts) {
        String name = row.get("name").asText();
        counts.schemas++;
        CompiledGrammar compiled;
        try {
            Grammar grammar = JsonSchema.grammar(row.get("schema"), options);
            compiled = CompiledGrammar.compile(grammar, vocabulary);
        } catch (GrammarException e) {
            String reason = e instanceof GrammarLimitException ? "a limit" : e.unsupported();
            counts.reasons.merge(reason, 1, Integer::sum);
            if (reason.isEmpty()) {
                counts.wrong.add(name + ": refused without a keyword: " + e.getMessage());
            }
            return;
        }
        counts.compiled++;
        boolean isRight = true;
        boolean looksAtMasks = counts.schemas % MASK_SAMPLE == 0;
        for (JsonNode test : row.get("tests")) {
            boolean isValid = test.get("valid").asBoolean();
            JsonNode data = test.get("data");
            String spaced = JsonTexts.spaced(data);
            boolean accepts = accepts(compiled, spaced, looksAtMasks);
            boolean alike = accepts == accepts(compiled, JsonTexts.compact(data), false);
            counts.valid += isValid ? 1 : 0;
            counts.accepted += isValid && accepts && alike ? 1 : 0;
            counts.invalid += isValid ? 0 : 1;
            counts.refused += !isValid && !accepts && alike ? 1 : 0;
            if (accepts != isValid || !alike) {
                isRight = false;
                counts.wrong.add(
                        name + ": valid " + isValid + ", accepted " + accepts + ": " + spaced);
            }
        }
        counts.right += isRight ? 1 : 0;
    }

    private static boolean accepts(CompiledGrammar grammar, String text, boolean looksAtMasks) {
        Matcher matcher = grammar.newMatcher();
        long[] mask = new long[(vocabulary.size() + 63) / 64];
        int[] ids = tokenizer.encode(text, false);
        for (int id : ids) {
            if (looksAtMasks) {
                matcher.fillMask(mask);
            }
            boolean accepts = matcher.accept(id);
            if (looksAtMasks) {
                assertEquals(accepts, (mask[id >> 6] >> id & 1) == 1, () -> id + " in " + text);
            }
            if (!accepts) {
                return false;
            }
        }
        return matcher.mayEnd();
    }

    static List<JsonNode> rows(Path path) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    rows.addAll(rows(file));
                }
            }
            return rows;
        }
        try (InputStream file = Files.newInputStream(path);
                InputStream plain =
                        path.toString().endsWith(".gz") ? new GZIPInputStream(file) : file;
                BufferedReader lines = new BufferedReader(new InputStreamReader(plain, UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    rows.add(JsonTexts.JSON.readTree(line));
                }
            }
        }
        return rows;
    }
}
