package quire.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.Matcher;
import quire.grammar.Speaker;
import quire.grammar.Vocabulary;
import quire.grammar.schema.SchemaOptions.Order;
import quire.grammar.schema.SchemaOptions.Whitespace;

/** Properties in any order and distinct items: what came decides what may come. */
class AnyOrderTest {

    private static final SchemaOptions ANY = new SchemaOptions(Whitespace.COMPACT, Order.ANY);

    private static Grammar grammar(String schema) {
        return JsonSchema.grammar(schema.replace('\'', '"'), ANY);
    }

    /** An object of as many required numbers, and as many that may be left out. */
    private static String wide(int required, int optional) {
        String properties =
                IntStream.range(0, required + optional)
                        .mapToObj(i -> "'" + name(i) + "': {'type': 'integer'}")
                        .collect(Collectors.joining(", "));
        String names =
                IntStream.range(0, required)
                        .mapToObj(i -> "'" + name(i) + "'")
                        .collect(Collectors.joining(", "));
        return "{'type': 'object', 'properties': {"
                + properties
                + "}, 'required': ["
                + names
                + "], 'additionalProperties': false}";
    }

    private static String name(int i) {
        return "p" + i;
    }

    private static String object(List<Integer> properties) {
        return properties.stream()
                .map(i -> "\"" + name(i) + "\":" + i)
                .collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void manyPropertiesComeInAnyOrderAndOnceEach() {
        Grammar grammar = grammar(wide(20, 20));
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            List<Integer> some = new ArrayList<>(IntStream.range(0, 20).boxed().toList());
            IntStream.range(20, 40).filter(i -> random.nextBoolean()).forEach(some::add);
            Collections.shuffle(some, random);
            assertTrue(Speaker.accepts(grammar, object(some)), () -> object(some));
            List<Integer> twice = new ArrayList<>(some);
            twice.add(random.nextInt(some.size()), some.get(random.nextInt(some.size())));
            assertFalse(Speaker.begins(grammar, object(twice)), () -> object(twice));
            List<Integer> less = new ArrayList<>(some);
            less.remove((Integer) random.nextInt(20));
            assertFalse(Speaker.accepts(grammar, object(less)), () -> object(less));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // What cannot be finished is not begun.
                "{'properties': {'a': {}, 'b': {}}, 'required': ['b'], 'maxProperties': 1}"
                        + " | {\"b\":1} | {\"a {\"b\":1,",
                "{'properties': {'a': {}, 'b': {}}, 'additionalProperties': false,"
                        + " 'minProperties': 2} | {\"b\":1,\"a\":2} | {} {\"a\":1}",
                "{'type': 'object', 'properties': {'a': {}, 'b': {}, 'c': {'$ref': '#'}},"
                        + " 'minProperties': 3, 'additionalProperties': false} | | {",
                "{'type': 'object', 'properties': {'a': {'$ref': '#'}}, 'required': ['a']} | | {",
                "{'type': 'object', 'properties': {'a': {'$ref': '#'}}, 'minProperties': 1,"
                        + " 'additionalProperties': false} | | {",
                // A property is asked for by its name's pattern, beside those that may come or
                // must.
                "{'not': {'propertyNames': {'pattern': '^x'}}, 'properties': {'x1': {}},"
                        + " 'maxProperties': 1} | {\"a\":1} | {} {\"x1\":1} {\"x",
                "{'not': {'propertyNames': {'pattern': '^x'}}, 'properties': {'x1': {}},"
                        + " 'required': ['x1'], 'maxProperties': 2} | {\"x1\":1,\"a\":2}"
                        + " {\"a\":2,\"x1\":1} | {\"x1\":1,\"x2\":2 {\"x1\":1}",
                // Distinct items, of more values than there are sets to write down.
                "{'items': {'enum': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,"
                        + " 18, 19]}, 'uniqueItems': true, 'minItems': 2} | [19,0] [1,11] [4,3,5,2]"
                        + " | [] [1] [1,1] [19,0,19 [20",
                "{'items': {'enum': ['a', 'b']}, 'uniqueItems': true, 'minItems': 3} | | [",
                "{'items': {'enum': ['a', 'b']}, 'uniqueItems': true} | [] [\"b\",\"a\"]"
                        + " | [\"b\",\"a\",",
            })
    void whatCameDecidesWhatMayCome(String schema, String accepted, String refused) {
        String nested = schema.replace("'#'", "'#/anyOf/0'");
        Grammar grammar = grammar("{'anyOf': [" + nested + ", {'const': 'none'}]}");
        for (String text : accepted == null ? new String[0] : accepted.split(" ")) {
            assertTrue(Speaker.accepts(grammar, text), text);
        }
        for (String text : refused.split(" ")) {
            boolean isWhole = text.endsWith("}") || text.endsWith("]");
            assertFalse(
                    isWhole ? Speaker.accepts(grammar, text) : Speaker.begins(grammar, text), text);
        }
    }

    /** States are forgotten now and then, and a text that is in one goes on. */
    @Test
    void whatCameIsNotForgotten() {
        byte[][] bytes =
                IntStream.range(0, 257)
                        .mapToObj(id -> id < 256 ? new byte[] {(byte) id} : null)
                        .toArray(byte[][]::new);
        CompiledGrammar grammar =
                CompiledGrammar.compile(
                        grammar(wide(120, 0)), Vocabulary.of(bytes, new int[] {256}));
        Matcher slow = grammar.newMatcher();
        List<Integer> order = new ArrayList<>(IntStream.range(0, 120).boxed().toList());
        Random random = new Random(7);
        Collections.shuffle(order, random);
        byte[] text = object(order).getBytes();
        int said = 0;
        boolean forgot = false;
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < text.length / 12; i++) {
                assertTrue(slow.accept(text[said++]), () -> new String(text));
            }
            List<Integer> other = new ArrayList<>(order);
            Collections.shuffle(other, random);
            long before = grammar.bytes();
            Matcher quick = grammar.newMatcher();
            for (byte value : object(other).getBytes()) {
                assertTrue(quick.accept(value));
            }
            assertTrue(quick.mustEnd());
            forgot |= grammar.bytes() < before;
        }
        while (said < text.length) {
            assertTrue(slow.accept(text[said++]));
        }
        assertTrue(slow.mustEnd());
        assertTrue(forgot, "never forgot: " + grammar.bytes());
        assertEquals(text.length, said);
    }
}
