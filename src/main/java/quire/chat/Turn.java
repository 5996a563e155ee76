package quire.chat;

import java.util.List;
import java.util.Optional;

/**
 * A message of a conversation.
 *
 * @param role who speaks, as chat templates spell it
 * @param content what is said; empty for an assistant that only calls
 * @param name of who speaks, for templates that tell it
 * @param reasoning what an assistant thought
 * @param calls what an assistant called
 * @param callId the call that a tool answers
 */
public record Turn(
        String role,
        Optional<String> content,
        Optional<String> name,
        Optional<String> reasoning,
        List<Call> calls,
        Optional<String> callId) {

    /**
     * A call of a tool.
     *
     * @param arguments the text of a JSON object, as a model wrote it
     */
    public record Call(String id, String name, String arguments) {}

    public Turn {
        calls = List.copyOf(calls);
    }
}
