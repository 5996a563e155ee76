package quire;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.chat.OfferedTool;
import quire.chat.ToolOffer;
import quire.generation.AnswerForm;

/**
 * What {@link SamplingParams} say of the answer itself.
 *
 * @param parallel whether there may be several calls
 */
record AskedAnswer(ResponseFormat format, List<Tool> tools, ToolChoice choice, boolean parallel) {

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    /**
     * @throws PromptException if two tools have one name, or the choice is one without its tool
     */
    AskedAnswer {
        tools = List.copyOf(tools);
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
