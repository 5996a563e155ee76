package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;

/** Both fields that say what an answer must be, and every way to say it wrongly. */
class RequestedFormatTest {

    private static final SchemaOptions COMPACT =
            new SchemaOptions(SchemaOptions.Whitespace.COMPACT, SchemaOptions.SERVED.order());

    private static Optional<AnswerForm> asked(String fields) throws IOException {
        CreateCompletionRequest completion = RequestBodyTest.completion(fields);
        CreateChatCompletionRequest chat = RequestBodyTest.chat(fields);
        Optional<AnswerForm> form =
                RequestedFormat.of(
                        completion.getResponseFormat(), completion.getStructuredOutputs());
        // Records compare their arrays by identity.
        assertEquals(
                form.map(AnswerForm::constraint),
                RequestedFormat.of(chat.getResponseFormat(), chat.getStructuredOutputs())
                        .map(AnswerForm::constraint),
                "both routes");
        return form;
    }

    private static void assertAsked(String param, Constraint constraint, String fields)
            throws IOException {
        AnswerForm form = asked(fields).orElseThrow();
        assertEquals(constraint, form.constraint(), fields);
        assertEquals(param, form.param(), fields);
    }

    @Test
    void textAndNothingAskForNothing() throws IOException {
        for (String nothing :
                List.of(
                        "",
                        "\"response_format\": null, \"structured_outputs\": null",
                        "\"response_format\": {\"type\": \"text\"}",
                        "\"response_format\": {\"type\": \"text\", \"json_schema\": null}")) {
            assertEquals(Optional.empty(), asked(nothing), nothing);
        }
    }

    @Test
    void responseFormatsBecomeConstraints() throws IOException {
        assertAsked(
                "response_format",
                new Constraint.JsonObject(),
                "\"response_format\": {\"type\": \"json_object\"}");
        assertAsked(
                "response_format.json_schema.schema",
                new Constraint.JsonSchema(
                        "{\"type\":\"object\",\"maximum\":12345678901234567890.10}",
                        SchemaOptions.SERVED),
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\":"
                        + " \"n\", \"strict\": true, \"description\": \"d\", \"schema\": {\"type\":"
                        + " \"object\", \"maximum\": 12345678901234567890.10}}}");
        assertAsked(
                "response_format",
                new Constraint.StructuralTag(
                        "{\"type\":\"structural_tag\",\"structures\":[{\"begin\":\"<a>\"}],"
                                + "\"triggers\":[\"<\"]}"),
                "\"response_format\": {\"type\": \"structural_tag\", \"triggers\": [\"<\"],"
                        + " \"structures\": [{\"begin\": \"<a>\"}]}");
        assertAsked(
                "response_format",
                new Constraint.StructuralTag(
                        "{\"type\":\"structural_tag\",\"format\":{\"type\":\"any_text\"}}"),
                "\"response_format\": {\"type\": \"structural_tag\", \"format\": {\"type\":"
                        + " \"any_text\"}}");
    }

    @Test
    void structuredOutputsBecomeConstraints() throws IOException {
        assertAsked(
                "structured_outputs.json",
                new Constraint.JsonSchema("{\"type\":\"object\"}", SchemaOptions.SERVED),
                "\"structured_outputs\": {\"json\": {\"type\": \"object\"}}");
        assertAsked(
                "structured_outputs.json",
                new Constraint.JsonSchema("{\"type\": 1}", COMPACT),
                "\"structured_outputs\": {\"json\": \"{\\\"type\\\": 1}\","
                        + " \"disable_any_whitespace\": true}");
        assertAsked(
                "structured_outputs.regex",
                new Constraint.Pattern("a+"),
                "\"structured_outputs\": {\"regex\": \"a+\", \"json_object\": false}");
        assertAsked(
                "structured_outputs.choice",
                new Constraint.Choice(List.of("a", "b")),
                "\"structured_outputs\": {\"choice\": [\"a\", \"b\"], \"grammar\": null}");
        assertAsked(
                "structured_outputs.grammar",
                new Constraint.Text("root ::= \"a\""),
                "\"structured_outputs\": {\"grammar\": \"root ::= \\\"a\\\"\"}");
        assertAsked(
                "structured_outputs.json_object",
                new Constraint.JsonObject(),
                "\"structured_outputs\": {\"json_object\": true}");
        assertAsked(
                "structured_outputs.json_object",
                new Constraint.JsonSchema("{\"type\": \"object\"}", COMPACT),
                "\"structured_outputs\": {\"json_object\": true, \"disable_any_whitespace\":"
                        + " true}");
        assertAsked(
                "structured_outputs.structural_tag",
                new Constraint.StructuralTag("{\"triggers\":[]}"),
                "\"structured_outputs\": {\"structural_tag\": {\"triggers\": []}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "response_format": {"type": "yaml"}        | response_format.type | must be one of text, json_object, json_schema, structural_tag
                    "response_format": "json_object"           | response_format | must be an object
                    "response_format": {"type": "json_schema"} | response_format.json_schema | is required with the type 'json_schema'
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n"}} | response_format.json_schema.schema | is required
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": "{}"}} | response_format.json_schema.schema | must be a JSON Schema, but is a string
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schem": {}}} | response_format.json_schema.schem | did you mean 'schema'?
                    "response_format": {"type": "json_object", "json_schema": {"name": "n", "schema": {}}} | response_format.json_schema | belongs to the type 'json_schema'
                    "response_format": {"type": "json_object", "triggers": []} | response_format.triggers | belongs to the type 'structural_tag'
                    "structured_outputs": {}                   | structured_outputs | must have one of 'json', 'regex', 'choice', 'grammar', 'json_object' and 'structural_tag'
                    "structured_outputs": {"json_object": false} | structured_outputs | must have one of
                    "structured_outputs": {"regex": "a", "choice": ["b"], "json": {}} | structured_outputs.regex | has 'json', 'regex', 'choice'; it may have one of them
                    "structured_outputs": {"choice": "b"}      | structured_outputs.choice | must be a list
                    "structured_outputs": {"regex": 1}         | structured_outputs.regex | must be a string
                    "structured_outputs": {"regex": "a", "disable_any_whitespace": true} | structured_outputs.disable_any_whitespace | is about 'json' and 'json_object' alone
                    "structured_outputs": {"json": {}, "whitespace_pattern": " "} | structured_outputs.whitespace_pattern | is not supported: white space in JSON is flexible
                    "structured_outputs": {"json": {}, "disable_additional_properties": true} | structured_outputs.disable_additional_properties | is not supported: say "additionalProperties": false
                    "structured_outputs": {"jsn": {}}          | structured_outputs.jsn | did you mean 'json'?
                    "structured_outputs": {"json": {}}, "response_format": {"type": "json_object"} | structured_outputs | both say what the answer must be
                    """)
    void whatIsWrongIsRefusedByName(String fields, String param, String message) {
        InvalidRequestException refusal = refusal(fields);
        assertEquals(param, refusal.param(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    void schemasHaveALimit() {
        String schema = "{\"const\": \"" + "a".repeat(JsonText.MAX_CHARS) + "\"}";
        InvalidRequestException refusal =
                refusal("\"structured_outputs\": {\"json\": " + schema + "}");
        assertEquals("structured_outputs.json", refusal.param());
        assertEquals(
                "'structured_outputs.json' has 1048588 characters; 1048576 are the most.",
                refusal.getMessage());
    }

    private static InvalidRequestException refusal(String fields) {
        try {
            asked(fields);
        } catch (InvalidRequestException e) {
            return e;
        } catch (IOException e) {
            return RequestBodyTest.completionRefusal("\"prompt\": \"p\", " + fields);
        }
        throw new AssertionError("accepted: " + fields);
    }
}
