package quire;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import quire.chat.OfferedTool;
import quire.chat.Reading;
import quire.chat.ToolOffer;
import quire.generation.AnswerForm;
import quire.generation.ThoughtLimit;
import quire.reasoning.ReasoningFormat;
import quire.tokenizer.Tokenizer;

/**
 * What {@link SamplingParams} say of the answer itself.
 *
 * @param parallel whether there may be several calls
 * @param thinkingTokenBudget most tokens of the thought before it; -1 for any number
 */
record AskedAnswer(
        ResponseFormat format,
        List<Tool> tools,
        ToolChoice choice,
        boolean parallel,
        OptionalInt thinkingTokenBudget) {

    private static final int ANY_NUMBER = -1;

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    /**
     * @throws PromptException if two tools have one name, the choice is one without its tool, or
     *     the budget is below -1
     */
    AskedAnswer {
        tools = List.copyOf(tools);
        if (thinkingTokenBudget.orElse(0) < ANY_NUMBER) {
            throw new PromptException(
                    "thinkingTokenBudget is %d; allowed: at least 0, or -1 for any number"
                            .formatted(thinkingTokenBudget.getAsInt()));
        }
        List<String> names = tools.stream().map(Tool::name).toList();
        for (String name : names) {
            if (names.indexOf(name) != names.lastIndexOf(name)) {
                throw new PromptException("two tools have the name " + name);
            }
        }
        boolean isForced =
                switch (choice.choice()) {
                    case ToolOffer.Choice.Auto auto -> false;
                    case ToolOffer.Choice.None none -> false;
                    case ToolOffer.Choice.Required required -> true;
                    case ToolOffer.Choice.Named(String tool) -> {
                        if (!names.contains(tool)) {
                            throw new PromptException(
                                    "toolChoice names %s, which is none of the tools %s"
                                            .formatted(tool, names));
                        }
                        yield true;
                    }
                };
        if (isForced && tools.isEmpty()) {
            throw new PromptException("toolChoice forces a call, but there are no tools");
        }
        if (isForced && format.constraint().isPresent()) {
            throw new PromptException(
                    "toolChoice forces a call, which responseFormat forbids; leave one of them"
                            + " out");
        }
    }

    /** What the answer must be if it calls nothing. */
    Optional<AnswerForm> asked() {
        return format.constraint().map(constraint -> new AnswerForm("response_format", constraint));
    }

    /**
     * How long the thought before the answer may be.
     *
     * @param prompt its token ids
     * @param format how the model writes thoughts; empty where it is not known
     * @throws PromptException if it is not known, so that no thought can be told to end
     */
    Optional<ThoughtLimit> limit(
            int[] prompt, Optional<ReasoningFormat> format, Tokenizer tokenizer) {
        int budget = thinkingTokenBudget.orElse(ANY_NUMBER);
        if (budget == ANY_NUMBER) {
            return Optional.empty();
        }
        ReasoningFormat known =
                format.orElseThrow(
                        () ->
                                new PromptException(
                                        "thinkingTokenBudget cannot be kept: thoughts are not told"
                                                + " apart; say how by LLMBuilder.reasoningParser,"
                                                + " or leave it unset"));
        return Optional.of(
                Reading.Thoughts.behind(prompt, known, tokenizer).limit(budget, tokenizer));
    }

    /** The tools; empty without any. */
    Optional<ToolOffer> offer() {
        return tools.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ToolOffer(
                                tools.stream().map(AskedAnswer::offered).toList(),
                                choice.choice(),
                                parallel));
    }

    private static OfferedTool offered(Tool tool) {
        Map<String, Object> parameters =
                JsonTypes.MAPPER.convertValue(
                        JsonTypes.object(tool.parameters(), "the parameters of " + tool.name()),
                        OBJECT);
        return new OfferedTool(
                tool.name(),
                tool.description().isEmpty() ? Optional.empty() : Optional.of(tool.description()),
                Optional.of(parameters),
                tool.isStrict());
    }
}
