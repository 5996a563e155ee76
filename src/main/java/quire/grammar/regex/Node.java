package quire.grammar.regex;

import java.util.List;

/** A regular expression as it was written, without its groups and with its flags carried out. */
sealed interface Node {

    /** What matches the empty text alone. */
    Node EMPTY = new Sequence(List.of(), true, false);

    /** Whether there are no assertions in it, so that it is a language whatever is around it. */
    default boolean isPlain() {
        return false;
    }

    /** Whether what it matches depends on what stands before it. */
    default boolean looksBehind() {
        return false;
    }

    /** One character of a set. */
    record One(CodePointSet set) implements Node {
        @Override
        public boolean isPlain() {
            return true;
        }
    }

    /** One after another. */
    record Sequence(List<Node> parts, boolean isPlain, boolean looksBehind) implements Node {}

    /** One of several. */
    record Choice(List<Node> branches, boolean isPlain, boolean looksBehind) implements Node {}

    /**
     * One several times.
     *
     * @param max -1 without an end
     * @param at where it stands, for complaints
     */
    record Repeat(Node body, int min, int max, int at) implements Node {
        @Override
        public boolean isPlain() {
            return body.isPlain();
        }

        @Override
        public boolean looksBehind() {
            return body.looksBehind();
        }
    }

    /** The beginning of the text, or of a line. */
    record Start(boolean ofLine) implements Node {
        @Override
        public boolean looksBehind() {
            return true;
        }
    }

    /** The end of the text, or of a line. */
    record End(boolean ofLine) implements Node {}

    /** A place between a character of a word and one of none, or, negated, any other place. */
    record WordEdge(boolean negated) implements Node {
        @Override
        public boolean looksBehind() {
            return true;
        }
    }

    /** What has to follow, or, negated, must not. */
    record Ahead(Node body, boolean negated) implements Node {
        @Override
        public boolean looksBehind() {
            return body.looksBehind();
        }
    }

    /** One after another, or the one itself. */
    static Node sequence(List<Node> parts) {
        return parts.size() == 1
                ? parts.getFirst()
                : new Sequence(
                        List.copyOf(parts),
                        parts.stream().allMatch(Node::isPlain),
                        parts.stream().anyMatch(Node::looksBehind));
    }

    /** One of several, or the one itself. */
    static Node choice(List<Node> branches) {
        return branches.size() == 1
                ? branches.getFirst()
                : new Choice(
                        List.copyOf(branches),
                        branches.stream().allMatch(Node::isPlain),
                        branches.stream().anyMatch(Node::looksBehind));
    }
}
