package quire.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Speaker;
import quire.grammar.schema.SchemaOptions.Order;
import quire.grammar.schema.SchemaOptions.Whitespace;

class JsonSchemaTest {

    private static final SchemaOptions ANY = new SchemaOptions(Whitespace.COMPACT, Order.ANY);

    private static boolean accepts(String schema, String text) {
        return accepts(schema, SchemaOptions.SERVED, text);
    }

    private static boolean accepts(String schema, SchemaOptions options, String text) {
        return Speaker.accepts(JsonSchema.grammar(schema.replace('\'', '"'), options), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // type, enum and const
                "{'type': ['string', 'null']} | \"a\" null | 1 true",
                "{'enum': [1, 'a', null, [2], {'b': false}]} | 1 \"a\" null [2] {\"b\":false} | 2"
                        + " []",
                "{'const': 1.50} | 1.5 | 1.51 15",
                // limits that nothing is within
                "{'anyOf': [{'type': 'array', 'minItems': 2, 'maxItems': 1}, {'type': 'integer'}]}"
                        + " | 1 | [] [1] [1,1]",
                "{'anyOf': [{'type': 'string', 'minLength': 2, 'maxLength': 1}, {'type':"
                        + " 'integer'}]} | 1 | \"\" \"a\" \"ab\"",
                "{'anyOf': [{'type': 'object', 'minProperties': 1, 'maxProperties': 0},"
                        + " {'type': 'integer'}]} | 1 | {} {\"a\":1}",
                // numbers
                "{'type': 'integer'} | 0 -1 1234567890123456789012 | 1.0 01 -0 1e3 +1",
                "{'type': 'number'} | 0 -0.5 1e10 2.5E-3 | .5 1. 01 NaN",
                "{'type': 'integer', 'minimum': -12, 'maximum': 305} | -12 -9 0 99 305 | -13 306"
                        + " 1000",
                "{'type': 'number', 'exclusiveMinimum': 0.25} | 0.250001 0.3 7 | 0.25 0.2 -1 0",
                "{'minimum': 0, 'exclusiveMinimum': true} | 0.1 null | 0 -1",
                "{'type': 'number', 'maximum': -1.5} | -1.5 -1.50 -2 -10 | -1.49 -1 0",
                "{'type': 'integer', 'multipleOf': 25} | 0 25 -150 | 5 30 26",
                "{'type': 'number', 'multipleOf': 0.25} | 0 1 2.25 -7.50 | 0.2 1.255",
                "{'type': 'integer', 'multipleOf': 7} | 0 7 -49 700 123454321123448 | 1 8 -50",
                "{'type': 'number', 'multipleOf': 1.5} | 0 1.5 -3 4.50 10.5 | 1 0.5 2.0 1.51",
                "{'type': 'number', 'multipleOf': 0.06} | 0.06 0.6 0.12 3 | 0.05 0.1 0.066",
                // strings
                "{'type': 'string', 'minLength': 2, 'maxLength': 3} | \"ab\" \"a\\u00e9\\n"
                        + "\" | \"a\" \"abcd\"",
                "{'type': 'string', 'maxLength': 1} | \"\\ud83d\\ude00\" \"😀\" | \"\\ud83d\""
                        + " \"ab\"",
                "{'type': 'string', 'pattern': '^[a-c]+$'} | \"abc\" \"\\u0061\" | \"\" \"abd\"",
                "{'type': 'string', 'pattern': '/$'} | \"a/\" \"a\\/\" \"\\u002F\" | \"/a\"",
                "{'type': 'string', 'format': 'date'} | \"2024-02-29\" | \"2023-02-29\""
                        + " \"2023-13-01\"",
                "{'type': 'string', 'format': 'ipv6'} | \"::1\" \"1:2::3.4.5.6\" | \"1::2::3\""
                        + " \"12345::\"",
                "{'type': 'string', 'format': 'uri'} | \"https://a.b/c?d#e\" \"urn:a:b\" | \"//a\""
                        + " \"a\"",
                "{'type': 'string', 'format': 'email'} | \"a.b@c.de\" \"x@[1.2.3.4]\" | \"a@\""
                        + " \"@b\" \"a..b@c\""
                        + " \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@c\"",
                // arrays
                "{'type': 'array', 'items': {'type': 'integer'}, 'minItems': 1} | [1] [1,2,3] | []"
                        + " [null]",
                "{'type': 'array', 'maxItems': 2} | [] [1] [[],{}] | [1,2,3]",
                "{'prefixItems': [{'const': 1}, {'const': 2}], 'items': false} | [] [1] [1,2] | [2]"
                        + " [1,2,3]",
                "{'items': [{'const': 1}], 'additionalItems': {'const': 2}} | [1,2,2] | [1,1]",
                "{'contains': {'const': 1}, 'maxContains': 1} | [1] [2,1,3] | [] [2] [1,1]",
                "{'items': {'enum': [1, 2]}, 'uniqueItems': true} | [] [2,1] | [1,1] [1,2,1]",
                // objects
                "{'type': 'object', 'additionalProperties': false} | {} | {\"a\":1}",
                "{'patternProperties': {'^n': {'type': 'null'}}} | {\"n\":null,\"m\":1} |"
                        + " {\"no\":1}",
                "{'propertyNames': {'maxLength': 1}} | {\"a\":1} {} | {\"ab\":1}",
                "{'type': 'object', 'maxProperties': 1} | {} {\"a\":1} | {\"a\":1,\"b\":2}",
                "{'dependentRequired': {'a': ['b']}} | {} {\"b\":1} {\"a\":1,\"b\":1} | {\"a\":1}",
                // schemas about the same value
                "{'anyOf': [{'type': 'string'}, {'minimum': 5}]} | \"a\" 5 null | 4",
                "{'oneOf': [{'multipleOf': 5}, {'multipleOf': 2}]} | 5 2 15 | 10 3 20",
                "{'allOf': [{'minimum': 2}, {'maximum': 4, 'type': 'integer'}]} | 2 3 4 | 1 5 2.5",
                "{'not': {'type': ['string', 'number']}} | null [] {} | \"a\" 1",
                "{'type': 'integer', 'not': {'enum': [3, 4]}} | 2 5 34 | 3 4",
            })
    void acceptsWhatTheSchemaAllowsAndNothingElse(String schema, String valid, String invalid) {
        for (String text : valid.split(" ")) {
            assertTrue(accepts(schema, text), () -> schema + " does not take " + text);
        }
        for (String text : invalid.split(" ")) {
            assertFalse(accepts(schema, text), () -> schema + " takes " + text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'items': {}, 'uniqueItems': true} | uniqueItems | #/uniqueItems",
                "{'properties': {'a/b': {'multipleOf': 17}}} | multipleOf |"
                        + " #/properties/a~1b/multipleOf",
                "{'properties': {'a': {'pattern': '(a)\\\\1'}}} | pattern | #/properties/a/pattern",
                "{'$ref': 'https://example.com/other'} | $ref | #/$ref",
                "{'items': {'$ref': '#/items'}} | $ref | #/items/$ref",
                "{'type': 'string', 'format': 'regex'} | format | #/format",
                "{'minProperties': 2} | minProperties | #/minProperties",
                "{'not': {'uniqueItems': true}} | not | #/not",
                "{'$schema': 'https://example.com/mine'} | $schema | #/$schema",
            })
    void whatCannotBeKeptIsRefusedByNameAndPlace(String schema, String keyword, String place) {
        GrammarException e =
                assertThrows(
                        GrammarException.class,
                        () -> JsonSchema.grammar(schema.replace('\'', '"'), SchemaOptions.SERVED));
        assertEquals(keyword, e.unsupported());
        assertEquals(place, e.position());
        assertTrue(e.getMessage().contains("'" + keyword + "'"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type': 'text'} | #/type",
                "{'minLength': -1} | #/minLength",
                "{'properties': []} | #/properties",
                "{'anyOf': []} | #/anyOf",
                "{'items': 3} | #/items",
                "{'required': 'a'} | #/required",
                "[1] | #",
                "{'type': 'string' | line 1, column 18",
            })
    void whatIsNoSchemaIsToldWithItsPlace(String schema, String place) {
        GrammarException e =
                assertThrows(
                        GrammarException.class,
                        () -> JsonSchema.grammar(schema.replace('\'', '"'), SchemaOptions.SERVED));
        assertEquals(place, e.position());
    }

    @Test
    void propertiesComeInTheOrderOfTheSchemaAndOthersAfterThem() {
        String schema = "{'properties': {'a': {}, 'b': {}, 'c': {}}, 'required': ['b', 'z']}";
        assertTrue(accepts(schema, "{\"a\":1,\"b\":2,\"z\":3,\"other\":4,\"more\":5}"));
        assertTrue(accepts(schema, "{\"b\":2,\"c\":2,\"z\":3}"));
        assertFalse(accepts(schema, "{\"b\":2,\"a\":1,\"z\":3}"));
        assertFalse(accepts(schema, "{\"a\":1,\"z\":3}"));
        assertFalse(accepts(schema, "{\"b\":2}"));
        assertFalse(accepts(schema, "{\"b\":2,\"z\":1,\"\\u0061\":1}"));
        assertTrue(accepts(schema, ANY, "{\"z\":3,\"other\":4,\"b\":2,\"a\":1}"));
        assertFalse(accepts(schema, ANY, "{\"b\":2,\"z\":3,\"b\":2}"));
    }

    @Test
    void whiteSpaceIsFlexibleButNotEndless() {
        String schema = "{'type': 'array', 'items': {'type': 'object'}}";
        assertTrue(accepts(schema, "[\n  {\n    \"a\" : [ 1, 2 ]\n  },\r\n  {}\n]"));
        assertFalse(accepts(schema, "[  {}]"));
        assertFalse(accepts(schema, "[\n\n{}]"));
        assertFalse(accepts(schema, ANY, "[ {}]"));
        assertTrue(accepts(schema, ANY, "[{\"a\":[1,2]},{}]"));
    }

    @Test
    void recursiveSchemasAreFollowedAsDeepAsTheTextGoes() {
        String tree =
                "{'$defs': {'node': {'type': 'object', 'properties': {'v': {'type': 'integer'},"
                        + " 'kids': {'type': 'array', 'items': {'$ref': '#/$defs/node'}}},"
                        + " 'required': ['v'], 'additionalProperties': false}},"
                        + " '$ref': '#/$defs/node'}";
        assertTrue(accepts(tree, "{\"v\":1,\"kids\":[{\"v\":2,\"kids\":[{\"v\":3}]},{\"v\":4}]}"));
        assertFalse(accepts(tree, "{\"v\":1,\"kids\":[{\"v\":2,\"kids\":[{}]}]}"));
    }

    @Test
    void whatHasNoEndIsNotBegun() {
        String schema =
                "{'type': 'object', 'properties': {'next': {'$ref': '#'}, 'a': false},"
                        + " 'additionalProperties': {'allOf': [{'type': 'string'}, {'type': 'null'}]}}";
        Grammar grammar = JsonSchema.grammar(schema.replace('\'', '"'), SchemaOptions.SERVED);
        assertTrue(Speaker.accepts(grammar, "{\"next\":{}}"));
        assertFalse(Speaker.begins(grammar, "{\"a"));
        assertFalse(Speaker.begins(grammar, "{\"x"));
    }

    @Test
    void conditionsAndUnevaluatedPropertiesFollowTheBranchThatWasTaken() {
        String schema =
                "{'type': 'object', 'properties': {'kind': {'enum': ['a', 'b']}},"
                        + " 'required': ['kind'],"
                        + " 'if': {'properties': {'kind': {'const': 'a'}}},"
                        + " 'then': {'properties': {'x': {'type': 'integer'}}, 'required': ['x']},"
                        + " 'else': {'properties': {'y': {'type': 'string'}}},"
                        + " 'unevaluatedProperties': false}";
        assertTrue(accepts(schema, "{\"kind\":\"a\",\"x\":1}"));
        assertTrue(accepts(schema, "{\"kind\":\"b\",\"y\":\"z\"}"));
        assertTrue(accepts(schema, "{\"kind\":\"b\"}"));
        assertFalse(accepts(schema, "{\"kind\":\"a\"}"));
        assertFalse(accepts(schema, "{\"kind\":\"b\",\"x\":1}"));
    }
}
