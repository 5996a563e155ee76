package quire.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
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
                    case Choice.Required required -> Optional.of(new ToolUse.Way.Required(format));
                    case Choice.Named(String tool) ->
                            Optional.of(new ToolUse.Way.Named(tool, format));
                };
        boolean shortIds = format.equals(Optional.of(ToolCallFormat.MISTRAL));
        return way.map(known -> new ToolUse(known, ToolSchemas.of(shown()), parallel, shortIds));
    }

    /**
     * What the answer must be.
     *
     * @param format of the model's own calls; empty where it is not known, and calls that are
     *     forced are JSON, as vLLM asks for them
     * @param template the source of the model's chat template
     * @param asked what the request says of answers that call nothing
     * @throws InvalidRequestException if calls in the format cannot be held to anything
     */
    public Optional<AnswerForm> answer(
            Optional<ToolCallFormat> format, String template, Optional<AnswerForm> asked) {
        Optional<CallForm> form = format.map(known -> CallForms.of(known, template));
        return switch (choice) {
            case Choice.None none -> asked;
            case Choice.Required required ->
                    Optional.of(forced(tools, form.orElse(CallForm.JSON_ARRAY), parallel));
            case Choice.Named(String tool) ->
                    Optional.of(
                            form.map(own -> forced(List.of(named(tool)), own, false))
                                    .orElseGet(() -> arguments(named(tool))));
            case Choice.Auto auto -> free(form.orElseThrow(), asked);
        };
    }

    private static AnswerForm forced(List<OfferedTool> tools, CallForm form, boolean parallel) {
        return new AnswerForm(
                TOOLS, new Constraint.Tools(constrained(tools, form, true), form, false, parallel));
    }

    private static AnswerForm arguments(OfferedTool tool) {
        return new AnswerForm(
                TOOLS, new Constraint.JsonSchema(schema(tool, true), SchemaOptions.SERVED));
    }

    private Optional<AnswerForm> free(CallForm form, Optional<AnswerForm> asked) {
        if (asked.isEmpty() && tools.stream().noneMatch(OfferedTool::strict)) {
            return Optional.empty();
        }
        boolean isText = asked.isEmpty();
        Constraint calls =
                new Constraint.Tools(constrained(tools, form, false), form, isText, parallel);
        return Optional.of(
                asked.map(
                                text ->
                                        new AnswerForm(
                                                text.param(),
                                                new Constraint.AnyOf(
                                                        List.of(text.constraint(), calls))))
                        .orElseGet(() -> new AnswerForm(TOOLS, calls)));
    }

    private OfferedTool named(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst().orElseThrow();
    }

    private static List<Tool> constrained(List<OfferedTool> tools, CallForm form, boolean forced) {
        boolean isQuoted = form.middle().startsWith("\"");
        return tools.stream()
                .map(
                        tool ->
                                new Tool(
                                        isQuoted ? quoted(tool.name()) : bare(tool.name()),
                                        schema(tool, forced)))
                .toList();
    }

    /** A name that stands in no quotes, where nothing may be taken for what follows it. */
    private static String bare(String name) {
        if (!name.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_-.".indexOf(c) >= 0)) {
            throw new InvalidRequestException(
                    TOOLS,
                    "'"
                            + RequestField.named(TOOLS)
                            + "' has one named '"
                            + name
                            + "', which this model's format of calls cannot write; use letters,"
                            + " digits, '_', '-' and '.'.");
        }
        return name;
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
        // Arguments are an object, also where a schema does not say so.
        Map<String, Object> schema = new LinkedHashMap<>(tool.parameters().get());
        schema.putIfAbsent("type", "object");
        try {
            return JSON.writeValueAsString(schema);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
