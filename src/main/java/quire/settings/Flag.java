package quire.settings;

import java.util.List;

/**
 * A row of {@link Flags}: one thing that {@code quire serve} can be told, and {@code quire run}
 * where it concerns the engine.
 *
 * @param scope whom it concerns
 * @param group what it is about
 * @param name without dashes in front: {@code max-num-seqs}
 * @param label stands for the value in help texts: {@code TOKENS}; empty for switches
 * @param kind what its text may be, and what that becomes
 * @param otherwise text that stands for it where nobody gave any; empty = none
 * @param defaultWords what happens then, in words for people
 * @param help half a sentence: what it does
 */
public record Flag<T>(
        Scope scope,
        FlagGroup group,
        String name,
        String label,
        Kind<T> kind,
        String otherwise,
        String defaultWords,
        String help) {

    /** The value where nobody gave one. */
    T unset() {
        return kind.read(
                Given.of(
                        Origin.COMMAND_LINE,
                        this,
                        otherwise.isEmpty() ? List.of() : List.of(otherwise)));
    }
}
