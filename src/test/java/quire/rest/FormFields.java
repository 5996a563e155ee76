package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import quire.rest.FieldCase.Effect;

/** Fields within those parameters that say how an answer comes and what it must be. */
final class FormFields {

    private static final String COMPLETION =
            "/v1/completions {'model': 'quire-demo', 'prompt': 'The capital of France is',"
                    + " 'temperature': 0, 'max_tokens': 12, ";
    private static final String FORMAT = COMPLETION + "'response_format': {";
    private static final String OUTPUTS = COMPLETION + "'structured_outputs': {";
    private static final String NAMED = FORMAT + "'type': 'json_schema', 'json_schema': {";

    private static final String DIRECTION = "{'type': 'const_string', 'value': 'north'}";
    private static final String OBJECT =
            "{'type': 'object', 'properties': {'a': {'const': 1}}, 'required': ['a'],"
                    + " 'additionalProperties': false}";

    static final Map<String, FieldCase> TABLE =
            FieldCase.table(
                    new FieldCase(
                            "StreamOptions.include_usage",
                            COMPLETION + "'stream': true, 'stream_options': {'include_usage': @}}",
                            FormFields::usageAtTheEnd,
                            "1",
                            "'yes'"),
                    new FieldCase(
                            "StreamOptions.continuous_usage_stats",
                            COMPLETION
                                    + "'stream': true, 'stream_options': {'include_usage': true,"
                                    + " 'continuous_usage_stats': @}}",
                            FormFields::usageAllAlong,
                            "1"),
                    new FieldCase(
                            "ResponseFormat.type",
                            FORMAT + "'type': @}}",
                            field -> {
                                assertEquals(" Paris.", field.text("'text'"));
                                assertTrue(field.text("'json_object'").startsWith("{"));
                            },
                            "'xml'",
                            "1",
                            "null"),
                    new FieldCase(
                            "ResponseFormat.json_schema",
                            FORMAT + "'type': 'json_schema', 'json_schema': @}}",
                            says("{'name': 'n', 'schema': {'const': 'north'}}", "\"north\""),
                            "1",
                            "{}",
                            "null"),
                    new FieldCase(
                            "ResponseFormat.format",
                            FORMAT + "'type': 'structural_tag', 'format': @}}",
                            says(DIRECTION, "north"),
                            "1",
                            "{'type': 'poem'}"),
                    new FieldCase(
                            "ResponseFormat.structures",
                            FORMAT
                                    + "'type': 'structural_tag', 'triggers': [' Par'],"
                                    + " 'structures': @}}",
                            says(
                                    "[{'begin': ' Paris', 'schema': {'const': 1}, 'end': '!'}]",
                                    " Paris1!"),
                            "1",
                            "[{}]"),
                    new FieldCase(
                            "ResponseFormat.triggers",
                            FORMAT
                                    + "'type': 'structural_tag', 'structures': [{'begin': ' Paris',"
                                    + " 'schema': {'const': 1}, 'end': '!'}], 'triggers': @}}",
                            says("[' P']", " Paris1!"),
                            "1",
                            "['Rome']"),
                    new FieldCase(
                            "JsonSchemaFormat.name",
                            NAMED + "'schema': {'const': 1}, 'name': @}}}",
                            same("'a'", "'b'"),
                            "''",
                            "1",
                            "null"),
                    new FieldCase(
                            "JsonSchemaFormat.description",
                            NAMED + "'name': 'n', 'schema': {'const': 1}, 'description': @}}}",
                            same("'a'", "null"),
                            "1"),
                    new FieldCase(
                            "JsonSchemaFormat.schema",
                            NAMED + "'name': 'n', 'schema': @}}}",
                            field -> {
                                assertEquals("1", field.text("{'const': 1}"));
                                assertEquals("true", field.text("{'const': true}"));
                            },
                            "1",
                            "{'type': 'thing'}",
                            "{'multipleOf': 17}"),
                    new FieldCase(
                            "JsonSchemaFormat.strict",
                            NAMED + "'name': 'n', 'schema': {'const': 1}, 'strict': @}}}",
                            same("true", "false"),
                            "1"),
                    new FieldCase(
                            "StructuredOutputs.json",
                            OUTPUTS + "'json': @}}",
                            says("{'const': true}", "true"),
                            "1",
                            "'{'",
                            "{'type': 'thing'}"),
                    new FieldCase(
                            "StructuredOutputs.regex",
                            OUTPUTS + "'regex': @}}",
                            says("'n[o]rth'", "north"),
                            "''",
                            "1",
                            "'('"),
                    new FieldCase(
                            "StructuredOutputs.choice",
                            OUTPUTS + "'choice': @}}",
                            says("['north']", "north"),
                            "[]",
                            "['']",
                            "'north'"),
                    new FieldCase(
                            "StructuredOutputs.grammar",
                            OUTPUTS + "'grammar': @}}",
                            field -> {
                                assertEquals("north", field.text("'root ::= [n] [o] [r] [t] [h]'"));
                                assertEquals("north", field.text("'start: /nor[t]h/'"));
                            },
                            "''",
                            "1",
                            "'root ::= nobody'"),
                    new FieldCase(
                            "StructuredOutputs.json_object",
                            OUTPUTS + "'json_object': @}}",
                            field -> assertTrue(field.text("true").startsWith("{")),
                            "1",
                            "false"),
                    new FieldCase(
                            "StructuredOutputs.structural_tag",
                            OUTPUTS + "'structural_tag': @}}",
                            says(
                                    "{'type': 'structural_tag', 'format': " + DIRECTION + "}",
                                    "north"),
                            "1",
                            "{}"),
                    new FieldCase(
                            "StructuredOutputs.disable_any_whitespace",
                            OUTPUTS + "'json': " + OBJECT + ", 'disable_any_whitespace': @}}",
                            field -> {
                                assertEquals("{\"a\":1}", field.text("true"));
                                assertTrue(field.text("false").contains(" "));
                            },
                            "1"),
                    refused("disable_additional_properties", "true"),
                    refused("whitespace_pattern", "' '", "''"));

    private FormFields() {}

    private static void usageAtTheEnd(FieldCase field) {
        assertFalse(field.told("false").contains("completion_tokens"));
        assertTrue(field.told("true").contains("completion_tokens"));
    }

    private static void usageAllAlong(FieldCase field) {
        int once = field.told("false").split("completion_tokens").length;
        assertEquals(2, once);
        assertTrue(field.told("true").split("completion_tokens").length > 3);
    }

    /** The whole answer with a value. */
    private static Effect says(String value, String text) {
        return field -> assertEquals(text, field.text(value));
    }

    private static Effect same(String... values) {
        return field -> {
            for (String value : values) {
                assertEquals("1", field.text(value));
            }
        };
    }

    /** A field that servers like vLLM have, and this one refuses whatever it says. */
    private static FieldCase refused(String name, String... values) {
        return new FieldCase(
                "StructuredOutputs." + name,
                OUTPUTS + "'json': {'const': 1}, '" + name + "': @}}",
                field -> assertEquals(400, field.send(values[0]).statusCode()),
                values);
    }
}
