package quire.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.error.RequestField;
import quire.generation.AnswerForm;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.Tool;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/**
 * The tools of a request and what it says of their use.
 *
 * @param tools at least one, each with a name of its own
 * @param parallel whether one answer may have several calls
 */
public record ToolOffer(List<OfferedTool> tools, Choice choice, boolean parallel) {

    /** Who chooses whether something is called. */
    public sealed interface Choice {

        /** The model. */
        record Auto() implements Choice {}

        /** Nothing is called. */
        record None() implements Choice {}

        /** Something is called. */
        record Required() implements Choice {}

        /** This tool is called, once. */
        record Named(String tool) implements Choice {}
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOOLS = "tools";
    private static final String ANY_OBJECT = "{\"type\": \"object\"}";

    public ToolOffer {
        tools = List.copyOf(tools);
    }

    /** As chat templates expect them. */
    public List<Map<String, Object>> shown() {
        return tools.stream().map(OfferedTool::shown).toList();
    }

    /**
     * How the answer is read.
     *
     * @param format of the model's own calls; empty where it is not known
     * @param isAsked whether the request says what answers are that call nothing
     * @return empty where the answer is text whatever it says
     */
    public Optional<ToolUse> use(Optional<ToolCallFormat> format, boolean isAsked) {
        Optional<ToolUse.Way> way =
                switch (choice) {
                    case Choice.Auto auto -> format.map(ToolUse.Way.Free::new);
                    case Choice.None none ->
                            format.filter(known -> !isAsked).map(ToolUse.Way.Forbidden::new);
                    case Choice.Required required -> Optional.of(new ToolUse.Way.Required());
                    case Choice.Named(String tool) -> Optional.of(new ToolUse.Way.Named(tool));
                };
        boolean shortIds = format.equals(Optional.of(ToolCallFormat.MISTRAL));
        return way.map(known -> new ToolUse(known, ToolSchemas.of(shown()), parallel, shortIds));
    }

    /**
     * What the answer must be.
     *
     * @param format of the model's own calls, for a model that chooses
     * @param template the source of the model's chat template
     * @param asked what the request says of answers that call nothing
     * @throws InvalidRequestException if calls in the format cannot be held to anything
     */
    public Optional<AnswerForm> answer(
            Optional<ToolCallFormat> format, String template, Optional<AnswerForm> asked) {
        return switch (choice) {
            case Choice.None none -> asked;
            case Choice.Required required ->
                    Optional.of(
                            new AnswerForm(
                                    TOOLS,
                                    new Constraint.Tools(
                                            constrained(CallForm.JSON_ARRAY, true),
                                            CallForm.JSON_ARRAY,
                                            false,
                                            parallel)));
            case Choice.Named(String tool) ->
                    Optional.of(
                            new AnswerForm(
                                    TOOLS,
                                    new Constraint.JsonSchema(
                                            schema(named(tool), true), SchemaOptions.SERVED)));
            case Choice.Auto auto -> free(format.orElseThrow(), template, asked);
        };
    }

    private Optional<AnswerForm> free(
            ToolCallFormat format, String template, Optional<AnswerForm> asked) {
        Optional<CallForm> form = CallForms.of(format, template);
        if (asked.isPresent()) {
            CallForm known = form.orElseThrow(() -> notBeside(asked.get().param()));
            Constraint calls =
                    new Constraint.Tools(constrained(known, false), known, false, parallel);
            return Optional.of(
                    new AnswerForm(
                            asked.get().param(),
                            new Constraint.AnyOf(List.of(asked.get().constraint(), calls))));
        }
        if (tools.stream().noneMatch(OfferedTool::strict)) {
            return Optional.empty();
        }
        CallForm marked =
                form.filter(known -> !known.open().isEmpty()).orElseThrow(ToolOffer::notStrict);
        return Optional.of(
                new AnswerForm(
                        TOOLS,
                        new Constraint.Tools(constrained(marked, false), marked, true, parallel)));
    }

    private static InvalidRequestException notBeside(String param) {
        return new InvalidRequestException(
                param,
                "'"
                        + RequestField.named(param)
                        + "' cannot be kept beside calls in this model's format, which is no JSON;"
                        + " make '"
                        + RequestField.named("tool_choice")
                        + "' required or none.");
    }

    private static InvalidRequestException notStrict() {
        return new InvalidRequestException(
                TOOLS,
                "'"
                        + RequestField.named(TOOLS)
                        + "' has a strict tool, which cannot be kept to where the model chooses:"
                        + " nothing marks calls in its format. Leave 'strict' out, or make '"
                        + RequestField.named("tool_choice")
                        + "' required.");
    }

    private OfferedTool named(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst().orElseThrow();
    }

    private List<Tool> constrained(CallForm form, boolean forced) {
        // In XML there are no arguments but those that the schema names.
        boolean all = forced || form.arguments() == CallForm.Arguments.XML;
        boolean isQuoted = form.middle().startsWith("\"");
        return tools.stream()
                .map(
                        tool ->
                                new Tool(
                                        isQuoted ? quoted(tool.name()) : tool.name(),
                                        schema(tool, all)))
                .toList();
    }

    /** As it stands within a string of JSON. */
    private static String quoted(String name) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(name));
    }

    /**
     * @param forced whether the schema counts though the tool is not strict
     */
    private static String schema(OfferedTool tool, boolean forced) {
        if (tool.parameters().isEmpty() || !forced && !tool.strict()) {
            return ANY_OBJECT;
        }
        try {
            return JSON.writeValueAsString(tool.parameters().get());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
