package quire.grammar.regex;

import java.util.function.Function;
import quire.grammar.Regex;

/**
 * What a part matches whose only assertions are ends of the text, repeated or not: told apart is
 * what it matches anywhere from what it matches at the end alone.
 *
 * @param anywhere texts that it matches whatever follows
 * @param atEnd texts that it matches if nothing follows
 */
record EndSplit(Regex anywhere, Regex atEnd) {

    /** Whether a part has no other assertions. */
    static boolean isOf(Node node) {
        return switch (node) {
            case Node.One _ -> true;
            case Node.Sequence sequence -> sequence.parts().stream().allMatch(EndSplit::isOf);
            case Node.Choice choice -> choice.branches().stream().allMatch(EndSplit::isOf);
            case Node.Repeat repeat -> isOf(repeat.body());
            case Node.End end -> !end.ofLine();
            case Node.Start _, Node.WordEdge _, Node.Ahead _ -> false;
        };
    }

    /**
     * What a part matches.
     *
     * @param plain the language of a part without assertions
     */
    static EndSplit of(Node node, Function<Node, Regex> plain) {
        if (node.isPlain()) {
            return new EndSplit(plain.apply(node), Regex.nothing());
        }
        return switch (node) {
            case Node.Sequence sequence -> {
                EndSplit all = new EndSplit(Regex.empty(), Regex.nothing());
                for (Node part : sequence.parts()) {
                    all = all.then(of(part, plain));
                }
                yield all;
            }
            case Node.Choice choice -> {
                EndSplit all = new EndSplit(Regex.nothing(), Regex.nothing());
                for (Node branch : choice.branches()) {
                    EndSplit one = of(branch, plain);
                    all =
                            new EndSplit(
                                    Regex.anyOf(all.anywhere, one.anywhere),
                                    Regex.anyOf(all.atEnd, one.atEnd));
                }
                yield all;
            }
            case Node.Repeat repeat ->
                    of(repeat.body(), plain).repeated(repeat.min(), repeat.max());
            case Node.End _ -> new EndSplit(Regex.nothing(), Regex.empty());
            case Node.One _, Node.Start _, Node.WordEdge _, Node.Ahead _ ->
                    throw new IllegalArgumentException("no part of ends alone: " + node);
        };
    }

    private EndSplit then(EndSplit next) {
        Regex behindEnd = next.matchesEmptyAtEnd() ? atEnd : Regex.nothing();
        return new EndSplit(
                Regex.seq(anywhere, next.anywhere),
                Regex.anyOf(behindEnd, Regex.seq(anywhere, next.atEnd)));
    }

    private EndSplit repeated(int min, int max) {
        if (max == 0) {
            return new EndSplit(Regex.empty(), Regex.nothing());
        }
        // Behind one that is at the end, those that are still owed match nothing there.
        int before = matchesEmptyAtEnd() ? 0 : Math.max(0, min - 1);
        return new EndSplit(
                Regex.repeat(anywhere, min, max),
                Regex.seq(Regex.repeat(anywhere, before, max < 0 ? -1 : max - 1), atEnd));
    }

    private boolean matchesEmptyAtEnd() {
        byte[] empty = {};
        return anywhere.matches(empty) || atEnd.matches(empty);
    }
}
