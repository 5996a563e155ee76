package quire.rest;

import java.util.Optional;
import quire.reasoning.ReasoningFormat;

/**
 * How a choice of a chat is read.
 *
 * @param thoughts how its thought is told from its answer; empty where both are text
 * @param tools how calls in the answer are read; empty where they are text
 */
record Reading(Optional<Thoughts> thoughts, Optional<ToolUse> tools) {

    /** Everything is text. */
    static final Reading PLAIN = new Reading(Optional.empty(), Optional.empty());

    /**
     * What is known of thoughts.
     *
     * @param format how the model writes them
     * @param open whether the prompt ends within one
     * @param shown whether the client gets them
     */
    record Thoughts(ReasoningFormat format, boolean open, boolean shown) {}

    boolean isPlain() {
        return thoughts.isEmpty() && tools.isEmpty();
    }
}
