package quire.rest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.chat.OfferedTool;
import quire.chat.Reading;
import quire.chat.ToolOffer;
import quire.chat.ToolUse;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.reasoning.ReasoningFormat;
import quire.rest.api.model.ChatTool;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.ToolFunction;
import quire.settings.Flags;
import quire.settings.Settings;
import quire.toolcall.ToolCallFormat;

/** What the server's flags and a request say of tools and thoughts, together. */
@Singleton
final class ChatPolicy {

    /**
     * What follows for one request.
     *
     * @param shown tools that the chat template gets
     * @param use how calls are read; empty where the answer is text whatever it says
     * @param answer what it must be; empty where it may be any text
     */
    record Tools(
            List<Map<String, Object>> shown, Optional<ToolUse> use, Optional<AnswerForm> answer) {}

    private static final String TOOL_CHOICE = "tool_choice";

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
        Optional<AnswerForm> asked =
                RequestedFormat.of(request.getResponseFormat(), request.getStructuredOutputs());
        ToolOffer.Choice choice =
                request.getToolChoice() == null
                        ? new ToolOffer.Choice.Auto()
                        : request.getToolChoice().choice();
        if (request.getTools() == null) {
            refuseChoice(request.getToolChoice());
            return new Tools(List.of(), Optional.empty(), asked);
        }
        boolean parallel = !Boolean.FALSE.equals(request.getParallelToolCalls());
        ToolOffer offer = new ToolOffer(offered(request.getTools()), choice, parallel);
        Optional<ToolCallFormat> known = format.or(() -> ToolCallFormat.ofTemplate(template));
        boolean isHidden = false;
        switch (choice) {
            case ToolOffer.Choice.Auto any -> checkAuto(known);
            case ToolOffer.Choice.None none -> isHidden = hiddenWithoutChoice;
            case ToolOffer.Choice.Required required -> checkForced(request);
            case ToolOffer.Choice.Named(String tool) -> {
                checkForced(request);
                checkNamed(tool, offer);
            }
        }
        return new Tools(
                isHidden ? List.of() : offer.shown(),
                offer.use(known, asked.isPresent()),
                offer.answer(known, template, asked));
    }

    /** Without tools there is nothing to choose, as vLLM and OpenAI have it. */
    private static void refuseChoice(ToolChoice choice) {
        if (choice != null && !(choice.choice() instanceof ToolOffer.Choice.None)) {
            throw new InvalidRequestException(
                    TOOL_CHOICE,
                    "'tool_choice' wants 'tools' to choose from, and there are none; give some, or"
                            + " leave it out.");
        }
    }

    private void checkAuto(Optional<ToolCallFormat> known) {
        if (!auto) {
            throw new InvalidRequestException(
                    TOOL_CHOICE,
                    "'tool_choice' is 'auto', which this server was started without"
                            + " (--no-enable-auto-tool-choice); use 'none', 'required' or a named"
                            + " tool.");
        }
        if (known.isEmpty()) {
            throw new InvalidRequestException(
                    "tools",
                    "'tools' cannot be called: the model's chat template writes calls in no format"
                            + " that this server knows; start it with --tool-call-parser, or use"
                            + " 'tool_choice': 'none' or 'required'.");
        }
    }

    /** A response format says what a text is to be, and there will be none. */
    private static void checkForced(CreateChatCompletionRequest request) {
        if (request.getStructuredOutputs() != null) {
            throw new InvalidRequestException(
                    "structured_outputs",
                    "'structured_outputs' and 'tool_choice' both say what the answer must be;"
                            + " leave one of them out.");
        }
    }

    private static void checkNamed(String tool, ToolOffer offer) {
        if (offer.tools().stream().noneMatch(one -> one.name().equals(tool))) {
            throw new InvalidRequestException(
                    TOOL_CHOICE,
                    "'tool_choice' names '"
                            + StrictJson.shorten(tool)
                            + "', which is none of the 'tools'.");
        }
    }

    /**
     * How thoughts are read.
     *
     * @param include whether the client wants them; null for yes
     * @param prompt as the chat template rendered it
     */
    Optional<Reading.Thoughts> thoughts(Boolean include, String prompt) {
        return reasoning.map(
                known -> Reading.Thoughts.behind(prompt, known, !Boolean.FALSE.equals(include)));
    }

    /**
     * Tools as chat templates expect them.
     *
     * @throws InvalidRequestException naming the tool that cannot be honoured
     */
    static List<Map<String, Object>> shown(List<ChatTool> tools) {
        return offered(tools).stream().map(OfferedTool::shown).toList();
    }

    private static List<OfferedTool> offered(List<ChatTool> tools) {
        List<OfferedTool> offered = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ChatTool tool : tools) {
            ToolFunction function = tool.getFunction();
            if (!names.add(function.getName())) {
                String path = "tools." + offered.size() + ".function.name";
                throw new InvalidRequestException(
                        path,
                        "'"
                                + path
                                + "' is '"
                                + StrictJson.shorten(function.getName())
                                + "', as that of a tool before it.");
            }
            offered.add(
                    new OfferedTool(
                            function.getName(),
                            Optional.ofNullable(function.getDescription()),
                            Optional.ofNullable(function.getParameters()),
                            Boolean.TRUE.equals(function.getStrict())));
        }
        return offered;
    }
}
