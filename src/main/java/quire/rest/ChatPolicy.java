package quire.rest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.chat.Reading;
import quire.chat.ToolUse;
import quire.error.InvalidRequestException;
import quire.reasoning.ReasoningFormat;
import quire.rest.api.model.ChatTool;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.ToolFunction;
import quire.settings.Flags;
import quire.settings.Settings;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/** What the server's flags and a request say of tools and thoughts, together. */
@Singleton
final class ChatPolicy {

    /**
     * What follows for one request.
     *
     * @param shown tools that the chat template gets
     * @param use how calls are read; empty where the answer is text whatever it says
     */
    record Tools(List<Map<String, Object>> shown, Optional<ToolUse> use) {

        static final Tools NONE = new Tools(List.of(), Optional.empty());
    }

    private final boolean auto;
    private final Optional<ToolCallFormat> format;
    private final boolean hiddenWithoutChoice;
    private final Optional<ReasoningFormat> reasoning;

    @Inject
    ChatPolicy(Settings settings) {
        this(
                settings.of(Flags.ENABLE_AUTO_TOOL_CHOICE),
                settings.of(Flags.TOOL_CALL_PARSER),
                settings.of(Flags.EXCLUDE_TOOLS_WHEN_TOOL_CHOICE_NONE),
                settings.of(Flags.REASONING_PARSER));
    }

    /**
     * @param auto whether a model may be left to choose
     * @param format how models write calls; empty to see it in their templates
     * @param hiddenWithoutChoice whether a model that must not call does not see the tools either
     * @param reasoning how models write thoughts; empty where these are part of the answer
     */
    ChatPolicy(
            boolean auto,
            Optional<ToolCallFormat> format,
            boolean hiddenWithoutChoice,
            Optional<ReasoningFormat> reasoning) {
        this.auto = auto;
        this.format = format;
        this.hiddenWithoutChoice = hiddenWithoutChoice;
        this.reasoning = reasoning;
    }

    /**
     * @param template the source of the model's chat template
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    Tools of(CreateChatCompletionRequest request, String template) {
        if (request.getTools() == null) {
            return Tools.NONE;
        }
        List<Map<String, Object>> shown = shown(request.getTools());
        Optional<ToolCallFormat> known = format.or(() -> ToolCallFormat.ofTemplate(template));
        ToolSchemas schemas = ToolSchemas.of(shown);
        boolean parallel = !Boolean.FALSE.equals(request.getParallelToolCalls());
        if (request.getToolChoice() == ToolChoice.NONE) {
            return new Tools(
                    hiddenWithoutChoice ? List.of() : shown,
                    known.map(
                            found ->
                                    use(
                                            new ToolUse.Way.Forbidden(found),
                                            schemas,
                                            parallel,
                                            known)));
        }
        if (!auto) {
            throw new InvalidRequestException(
                    "tool_choice",
                    "'tool_choice' is 'auto', which this server was started without"
                            + " (--no-enable-auto-tool-choice); use 'none'.");
        }
        ToolCallFormat found =
                known.orElseThrow(
                        () ->
                                new InvalidRequestException(
                                        "tools",
                                        "'tools' cannot be called: the model's chat template"
                                                + " writes calls in no format that this server"
                                                + " knows; start it with --tool-call-parser, or"
                                                + " use 'tool_choice': 'none'."));
        return new Tools(
                shown, Optional.of(use(new ToolUse.Way.Free(found), schemas, parallel, known)));
    }

    private static ToolUse use(
            ToolUse.Way way,
            ToolSchemas schemas,
            boolean parallel,
            Optional<ToolCallFormat> format) {
        return new ToolUse(
                way, schemas, parallel, format.equals(Optional.of(ToolCallFormat.MISTRAL)));
    }

    /**
     * How thoughts are read.
     *
     * @param include whether the client wants them; null for yes
     * @param prompt as the chat template rendered it
     */
    Optional<Reading.Thoughts> thoughts(Boolean include, String prompt) {
        return reasoning.map(
                known ->
                        new Reading.Thoughts(
                                known, known.isOpen(prompt), !Boolean.FALSE.equals(include)));
    }

    /**
     * Tools as chat templates expect them.
     *
     * @throws InvalidRequestException naming the tool that cannot be honoured
     */
    static List<Map<String, Object>> shown(List<ChatTool> tools) {
        List<Map<String, Object>> shown = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ChatTool tool : tools) {
            String path = "tools." + shown.size() + ".function";
            ToolFunction function = tool.getFunction();
            if (Boolean.TRUE.equals(function.getStrict())) {
                throw new InvalidRequestException(
                        path + ".strict",
                        "'"
                                + path
                                + ".strict' is true, which is not supported yet: calls cannot be"
                                + " held to a schema; leave it out.",
                        "unsupported_parameter");
            }
            if (!names.add(function.getName())) {
                throw new InvalidRequestException(
                        path + ".name",
                        "'"
                                + path
                                + ".name' is '"
                                + StrictJson.shorten(function.getName())
                                + "', as that of a tool before it.");
            }
            Map<String, Object> description = new LinkedHashMap<>();
            description.put("name", function.getName());
            if (function.getDescription() != null) {
                description.put("description", function.getDescription());
            }
            if (function.getParameters() != null) {
                description.put("parameters", function.getParameters());
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("type", "function");
            entry.put("function", description);
            shown.add(entry);
        }
        return shown;
    }
}
