package quire.chat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import quire.reasoning.ReasoningFormat;

/**
 * How a choice of a chat is read.
 *
 * @param thoughts how its thought is told from its answer; empty where both are text
 * @param tools how calls in the answer are read; empty where they are text
 */
public record Reading(Optional<Thoughts> thoughts, Optional<ToolUse> tools) {

    /** Everything is text. */
    public static final Reading PLAIN = new Reading(Optional.empty(), Optional.empty());

    /**
     * What is known of thoughts.
     *
     * @param format how the model writes them
     * @param open whether the prompt ends within one
     * @param shown whether the client gets them
     */
    public record Thoughts(ReasoningFormat format, boolean open, boolean shown) {}

    public boolean isPlain() {
        return thoughts.isEmpty() && tools.isEmpty();
    }

    /** What stands around thoughts and calls, and is text even where it is a special token. */
    public List<String> markers() {
        return Stream.concat(
                        thoughts.stream().flatMap(known -> known.format().markers().stream()),
                        tools.stream().flatMap(use -> use.markers().stream()))
                .toList();
    }
}
