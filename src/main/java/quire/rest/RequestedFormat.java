package quire.rest;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.rest.api.model.JsonSchemaFormat;
import quire.rest.api.model.ResponseFormat;
import quire.rest.api.model.StructuredOutputs;

/** What a request wants its answer to be, by OpenAI's field or by vLLM's. */
final class RequestedFormat {

    private static final String RESPONSE_FORMAT = "response_format";
    private static final String STRUCTURED_OUTPUTS = "structured_outputs";

    private RequestedFormat() {}

    /**
     * @return empty where the answer is free
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    static Optional<AnswerForm> of(ResponseFormat format, StructuredOutputs outputs) {
        Optional<AnswerForm> byFormat = format == null ? Optional.empty() : of(format);
        Optional<AnswerForm> byOutputs = outputs == null ? Optional.empty() : of(outputs);
        if (byFormat.isPresent() && byOutputs.isPresent()) {
            throw new InvalidRequestException(
                    STRUCTURED_OUTPUTS,
                    "'structured_outputs' and 'response_format' both say what the answer must be;"
                            + " leave one of them out.");
        }
        return byFormat.or(() -> byOutputs);
    }

    private static Optional<AnswerForm> of(ResponseFormat format) {
        boolean isSchema = format.getType() == ResponseFormat.TypeEnum.JSON_SCHEMA;
        boolean isTag = format.getType() == ResponseFormat.TypeEnum.STRUCTURAL_TAG;
        refuseUnless(isSchema, format.getJsonSchema(), "json_schema", "json_schema");
        refuseUnless(isTag, format.getFormat(), "format", "structural_tag");
        refuseUnless(isTag, format.getStructures(), "structures", "structural_tag");
        refuseUnless(isTag, format.getTriggers(), "triggers", "structural_tag");
        return switch (format.getType()) {
            case TEXT -> Optional.empty();
            case JSON_OBJECT ->
                    Optional.of(new AnswerForm(RESPONSE_FORMAT, new Constraint.JsonObject()));
            case JSON_SCHEMA -> Optional.of(schema(format.getJsonSchema()));
            case STRUCTURAL_TAG -> Optional.of(tag(format));
        };
    }

    private static void refuseUnless(boolean isAllowed, Object value, String field, String type) {
        if (value != null && !isAllowed) {
            String path = RESPONSE_FORMAT + "." + field;
            throw new InvalidRequestException(
                    path, "'" + path + "' belongs to the type '" + type + "'; leave it out.");
        }
    }

    private static AnswerForm schema(JsonSchemaFormat format) {
        String path = RESPONSE_FORMAT + ".json_schema";
        if (format == null) {
            throw new InvalidRequestException(
                    path, "'" + path + "' is required with the type 'json_schema'.");
        }
        path += ".schema";
        if (format.getSchema() == null) {
            throw new InvalidRequestException(path, "'" + path + "' is required.");
        }
        if (format.getSchema().quoted()) {
            throw new InvalidRequestException(
                    path, "'" + path + "' must be a JSON Schema, but is a string.");
        }
        return new AnswerForm(
                path, new Constraint.JsonSchema(format.getSchema().text(), SchemaOptions.SERVED));
    }

    /** As it came: the older kind has structures and triggers, the newer one a format. */
    private static AnswerForm tag(ResponseFormat format) {
        StringBuilder tag = new StringBuilder("{\"type\":\"structural_tag\"");
        append(tag, "format", format.getFormat());
        append(tag, "structures", format.getStructures());
        append(tag, "triggers", format.getTriggers());
        return new AnswerForm(
                RESPONSE_FORMAT, new Constraint.StructuralTag(tag.append('}').toString()));
    }

    private static void append(StringBuilder object, String name, JsonText value) {
        if (value != null) {
            object.append(",\"").append(name).append("\":");
            object.append(value.quoted() ? new TextNode(value.text()).toString() : value.text());
        }
    }

    private static Optional<AnswerForm> of(StructuredOutputs outputs) {
        List<AnswerForm> asked = new ArrayList<>();
        boolean compact = Boolean.TRUE.equals(outputs.getDisableAnyWhitespace());
        if (outputs.getJson() != null) {
            asked.add(format("json", schema(outputs.getJson().text(), compact)));
        }
        if (outputs.getRegex() != null) {
            asked.add(format("regex", new Constraint.Pattern(outputs.getRegex())));
        }
        if (outputs.getChoice() != null) {
            asked.add(format("choice", new Constraint.Choice(outputs.getChoice())));
        }
        if (outputs.getGrammar() != null) {
            asked.add(format("grammar", new Constraint.Text(outputs.getGrammar())));
        }
        if (Boolean.TRUE.equals(outputs.getJsonObject())) {
            asked.add(
                    format(
                            "json_object",
                            compact
                                    ? schema("{\"type\": \"object\"}", true)
                                    : new Constraint.JsonObject()));
        }
        if (outputs.getStructuralTag() != null) {
            String tag = outputs.getStructuralTag().text();
            asked.add(format("structural_tag", new Constraint.StructuralTag(tag)));
        }
        refuseUnsupported(outputs);
        if (asked.size() > 1) {
            throw new InvalidRequestException(
                    asked.get(1).param(),
                    "'structured_outputs' has "
                            + String.join(
                                    ", ",
                                    asked.stream()
                                            .map(one -> "'" + name(one.param()) + "'")
                                            .toList())
                            + "; it may have one of them.");
        }
        if (asked.isEmpty()) {
            throw new InvalidRequestException(
                    STRUCTURED_OUTPUTS,
                    "'structured_outputs' must have one of 'json', 'regex', 'choice', 'grammar',"
                            + " 'json_object' and 'structural_tag'.");
        }
        if (compact && !isJson(asked.getFirst())) {
            throw new InvalidRequestException(
                    STRUCTURED_OUTPUTS + ".disable_any_whitespace",
                    "'structured_outputs.disable_any_whitespace' is about 'json' and 'json_object'"
                            + " alone; leave it out.");
        }
        return Optional.of(asked.getFirst());
    }

    private static boolean isJson(AnswerForm format) {
        return format.constraint() instanceof Constraint.JsonSchema;
    }

    private static void refuseUnsupported(StructuredOutputs outputs) {
        if (outputs.getWhitespacePattern() != null) {
            throw unsupported(
                    "whitespace_pattern",
                    "white space in JSON is flexible, or none with 'disable_any_whitespace'");
        }
        if (Boolean.TRUE.equals(outputs.getDisableAdditionalProperties())) {
            throw unsupported(
                    "disable_additional_properties",
                    "say \"additionalProperties\": false in the schema");
        }
    }

    private static InvalidRequestException unsupported(String field, String wayOut) {
        String path = STRUCTURED_OUTPUTS + "." + field;
        return new InvalidRequestException(
                path, "'" + path + "' is not supported: " + wayOut + ".", "unsupported_parameter");
    }

    private static Constraint schema(String text, boolean compact) {
        return new Constraint.JsonSchema(
                text,
                compact
                        ? new SchemaOptions(
                                SchemaOptions.Whitespace.COMPACT, SchemaOptions.SERVED.order())
                        : SchemaOptions.SERVED);
    }

    private static AnswerForm format(String field, Constraint constraint) {
        return new AnswerForm(STRUCTURED_OUTPUTS + "." + field, constraint);
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
