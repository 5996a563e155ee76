package quire.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Speaker;

/** Schemas that want too much are refused before long, and large ones that do not are read. */
class HostileSchemasTest {

    /** Of the thread's own time; the limit is below a second, and other code may be cold. */
    private static final long MAX_SECONDS = 4;

    private static <T> T inTime(Supplier<T> work) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        T made = work.get();
        long seconds = (threads.getCurrentThreadCpuTime() - start) / 1_000_000_000;
        assertTrue(seconds < MAX_SECONDS, () -> "took " + seconds + " s");
        return made;
    }

    private static String list(int count, IntFunction<String> item) {
        return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(","));
    }

    static Stream<Named<String>> refused() {
        return Stream.of(
                Named.of(
                        "in each other 2,000 deep",
                        "{\"not\":".repeat(2000) + "true" + "}".repeat(2000)),
                Named.of(
                        "allOf in each other 400 deep",
                        "{\"allOf\":[".repeat(400) + "true" + "]}".repeat(400)),
                Named.of(
                        "2^30 combinations of branches",
                        "{\"allOf\":["
                                + list(
                                        30,
                                        i ->
                                                "{\"anyOf\":[{\"properties\":{\"a"
                                                        + i
                                                        + "\":{\"type\":\"null\"}}},{\"required\":[\"b"
                                                        + i
                                                        + "\"]}]}")
                                + "]}"),
                Named.of(
                        "not of 2^40 combinations",
                        "{\"not\":{\"anyOf\":["
                                + list(40, i -> "{\"required\":[\"a" + i + "\",\"b" + i + "\"]}")
                                + "]}}"),
                Named.of("12 MB", "{\"description\":\"" + "x".repeat(12_000_000) + "\"}"),
                Named.of("300,000 schemas", "{\"anyOf\":[" + list(300_000, i -> "{}") + "]}"),
                Named.of(
                        "dependencies of 40 names",
                        "{\"dependentRequired\":{"
                                + list(40, i -> "\"a" + i + "\":[\"b" + i + "\"]")
                                + "}}"),
                Named.of(
                        "patterns that overlap in 2^20 ways",
                        "{\"patternProperties\":{"
                                + list(
                                        20,
                                        i -> "\"" + (char) ('a' + i) + "\":{\"minimum\":" + i + "}")
                                + "}}"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatStandsForTooMuchIsRefusedBeforeLong(String schema) {
        GrammarException e =
                inTime(
                        () ->
                                assertThrows(
                                        GrammarException.class,
                                        () -> JsonSchema.grammar(schema, SchemaOptions.SERVED)));
        assertTrue(e instanceof GrammarLimitException || !e.position().isEmpty(), e::getMessage);
    }

    @Test
    void aHundredThousandListedValuesAreRead() {
        String schema = "{\"enum\":[" + list(100_000, i -> "\"value " + i + "\"") + "]}";
        Grammar grammar = inTime(() -> JsonSchema.grammar(schema, SchemaOptions.SERVED));
        assertTrue(Speaker.accepts(grammar, "\"value 99999\""));
        assertTrue(!Speaker.accepts(grammar, "\"value 100000\""));
    }

    @Test
    void manyBranchesOfOneValueEachAreRead() {
        for (String keyword : new String[] {"oneOf", "anyOf"}) {
            int count = keyword.equals("oneOf") ? 100 : 1000;
            String schema =
                    "{\""
                            + keyword
                            + "\":["
                            + list(count, i -> "{\"const\":\"value " + i + "\"}")
                            + "]}";
            Grammar grammar = JsonSchema.grammar(schema, SchemaOptions.SERVED);
            assertTrue(Speaker.accepts(grammar, "\"value " + (count - 1) + "\""));
            assertTrue(!Speaker.accepts(grammar, "\"value " + count + "\""));
        }
    }

    @Test
    void twoThousandOptionalPropertiesAreRead() {
        String schema =
                "{\"type\":\"object\",\"properties\":{"
                        + list(2000, i -> "\"p" + i + "\":{\"type\":\"integer\"}")
                        + "},\"additionalProperties\":false}";
        Grammar grammar = inTime(() -> JsonSchema.grammar(schema, SchemaOptions.SERVED));
        assertTrue(Speaker.accepts(grammar, "{\"p0\": 1, \"p1999\": 2}"));
        assertTrue(!Speaker.accepts(grammar, "{\"p1999\": 2, \"p0\": 1}"));
    }

    @Test
    void longRangesOfCountsAreRead() {
        String schema =
                "{\"type\":\"array\",\"minItems\":3,\"maxItems\":1000000,"
                        + "\"items\":{\"type\":\"string\",\"maxLength\":65535}}";
        Grammar grammar = JsonSchema.grammar(schema, SchemaOptions.SERVED);
        assertTrue(Speaker.accepts(grammar, "[\"a\", \"b\", \"c\", \"d\"]"));
        assertTrue(!Speaker.accepts(grammar, "[\"a\", \"b\"]"));
    }
}
