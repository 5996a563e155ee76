package quire.grammar;

import java.util.Arrays;

/**
 * A continuation: a set of places to go on at, of which each has continuations of its own, so that
 * nodes make a graph without cycles. There is one node for each set.
 */
final class Node {

    /**
     * What called the rules of a left-recursive cycle at one moment, by slot; null where nothing
     * but the cycle itself did. The calls inside the cycle are the grammar's {@link Element.Edge}s.
     */
    static final class Frame {
        final Node[] callers;

        Frame(Node[] callers) {
            this.callers = callers;
        }

        @Override
        public int hashCode() {
            int hash = callers.length;
            for (Node caller : callers) {
                hash = hash * 31 + (caller == null ? 0 : caller.id + 1);
            }
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Frame o && Arrays.equals(callers, o.callers);
        }
    }

    /** Behind everything. */
    static final Node ROOT = new Node(0, new Entry[0], null, null);

    final int id;

    /** Sorted; none for a member of a cycle. */
    final Entry[] entries;

    /** Where this stands for what follows a left-recursive rule, and which rule. */
    final Frame frame;

    final Element member;

    /** The state that begins here, when somebody asked. */
    State closed;

    private final int hash;

    Node(int id, Entry[] entries, Frame frame, Element member) {
        this.id = id;
        this.entries = entries;
        this.frame = frame;
        this.member = member;
        this.hash =
                frame == null
                        ? Arrays.hashCode(entries)
                        : System.identityHashCode(frame) * 31 + member.index;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Whether it stands for the same: whoever asks is the table that makes nodes unique. */
    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Node o
                        && hash == o.hash
                        && frame == o.frame
                        && member == o.member
                        && Arrays.equals(entries, o.entries);
    }
}
