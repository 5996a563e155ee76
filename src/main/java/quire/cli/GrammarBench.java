package quire.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import quire.grammar.CompiledGrammar;
import quire.grammar.GrammarException;
import quire.grammar.Matcher;
import quire.grammar.Vocabulary;
import quire.grammar.schema.JsonSchema;
import quire.grammar.schema.SchemaOptions;
import quire.tokenizer.Tokenizer;

/**
 * Times how schemas are compiled and masks made, over a file of schemas with instances: an instance
 * is read token by token, each after its mask, as far as it is allowed.
 */
final class GrammarBench {

    /** One schema and the tokens of its instances. */
    private record Case(JsonNode schema, List<int[]> instances) {}

    private final Tokenizer tokenizer;
    private final byte[][] tokens;
    private final int[] ends;
    private final List<Case> cases;

    /**
     * @param schemas JSON lines of {@code {schema, tests: [{data}]}}, gzipped or not
     */
    GrammarBench(Tokenizer tokenizer, Path schemas) {
        this.tokenizer = tokenizer;
        ends = tokenizer.specialTokens().ends().stream().mapToInt(id -> id).toArray();
        tokens = new byte[tokenizer.vocabSize()][];
        for (int id = 0; id < tokens.length; id++) {
            tokens[id] = tokenizer.isSpecial(id) ? null : tokenizer.bytes(id);
        }
        cases = read(schemas);
    }

    /** How many schemas there are. */
    int size() {
        return cases.size();
    }

    /** Goes through the file once, as a server does that has just been started. */
    GrammarTimes run() {
        Vocabulary vocabulary = Vocabulary.of(tokens, ends);
        GrammarTimes.Samples compile = new GrammarTimes.Samples();
        GrammarTimes.Samples masks = new GrammarTimes.Samples();
        int refused = 0;
        long[] words = new long[tokens.length + 63 >>> 6];
        for (Case one : cases) {
            long start = System.nanoTime();
            Matcher first;
            CompiledGrammar grammar;
            try {
                grammar =
                        CompiledGrammar.compile(
                                JsonSchema.grammar(one.schema, SchemaOptions.SERVED), vocabulary);
                first = grammar.newMatcher();
            } catch (GrammarException e) {
                refused++;
                continue;
            }
            compile.add(System.nanoTime() - start);
            for (int[] instance : one.instances) {
                read(first == null ? grammar.newMatcher() : first, instance, words, masks);
                first = null;
            }
        }
        return new GrammarTimes(cases.size() - refused, compile.figures(), masks.figures());
    }

    private static void read(
            Matcher matcher, int[] instance, long[] words, GrammarTimes.Samples masks) {
        try {
            for (int token : instance) {
                long start = System.nanoTime();
                matcher.fillMask(words);
                masks.add(System.nanoTime() - start);
                if (!matcher.accept(token)) {
                    return;
                }
            }
        } catch (GrammarException tooMuch) {
            // A limit ends the text; that it was met is what the tests are for.
        }
    }

    private List<Case> read(Path file) {
        ObjectMapper json = new ObjectMapper();
        List<Case> read = new ArrayList<>();
        try (InputStream bytes = Files.newInputStream(file);
                InputStream plain =
                        file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode node = json.readTree(line);
                List<int[]> instances = new ArrayList<>();
                for (JsonNode test : node.get("tests")) {
                    instances.add(
                            tokenizer.encode(json.writeValueAsString(test.get("data")), false));
                }
                read.add(new Case(node.get("schema"), instances));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
        }
        return read;
    }
}
