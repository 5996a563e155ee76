package quire.rest;

import java.util.ArrayList;
import java.util.List;
import quire.rest.api.model.AssistantMessage;
import quire.rest.api.model.CalledFunction;
import quire.rest.api.model.ToolCall;

/** The message of a choice that was collected as a whole. */
final class SaidMessage implements ChoiceReader.Listener {

    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder content = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final StringBuilder arguments = new StringBuilder();

    static AssistantMessage of(String text, Reading reading) {
        SaidMessage message = new SaidMessage();
        ChoiceReader reader = new ChoiceReader(reading, message);
        reader.feed(text);
        reader.finish();
        return message.toApi();
    }

    private AssistantMessage toApi() {
        AssistantMessage message = new AssistantMessage().role(AssistantMessage.RoleEnum.ASSISTANT);
        if (!reasoning.isEmpty()) {
            message.reasoning(reasoning.toString()).reasoningContent(reasoning.toString());
        }
        if (calls.isEmpty()) {
            boolean isNothing = content.isEmpty() && !reasoning.isEmpty();
            return message.content(isNothing ? null : content.toString());
        }
        calls.getLast().getFunction().arguments(arguments.toString());
        return message.toolCalls(calls).content(content.isEmpty() ? null : content.toString());
    }

    @Override
    public void reasoning(CharSequence text) {
        reasoning.append(text);
    }

    @Override
    public void content(CharSequence text) {
        content.append(text);
    }

    @Override
    public void begin(int index, String id, String name) {
        if (!calls.isEmpty()) {
            calls.getLast().getFunction().arguments(arguments.toString());
            arguments.setLength(0);
        }
        calls.add(
                new ToolCall()
                        .id(id)
                        .type(ToolCall.TypeEnum.FUNCTION)
                        .function(new CalledFunction().name(name)));
    }

    @Override
    public void arguments(int index, CharSequence piece) {
        arguments.append(piece);
    }
}
