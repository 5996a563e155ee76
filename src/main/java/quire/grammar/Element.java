package quire.grammar;

import java.util.List;

/** What a place in a rule asks for, in the normal form: a terminal, a token, a rule or a series. */
final class Element {

    enum Kind {
        TERMINAL,
        TOKEN,
        RULE,
        SERIES
    }

    /** The rule calls a member of its own cycle before anything else, and goes on at {@code to}. */
    record Edge(Place to, int done, Element caller) {}

    final Kind kind;
    final int index;

    /** Of a terminal. */
    final Regex regex;

    /** Of a token. */
    final int token;

    /** Of a series. */
    final Series series;

    /** Whether it may be the empty string. */
    boolean nullable;

    /** Of a rule: where its alternatives may begin, less what its own cycle calls. */
    List<Place> corners = List.of();

    /** Of a rule: callers have higher ranks, but for those of one cycle, which have the same. */
    int rank = -1;

    /** Of a left-recursive rule: all that begin with one another, this one at {@link #slot}. */
    List<Element> cycle;

    int slot;

    /** Of a left-recursive rule: who of its cycle begins with it. */
    List<Edge> edges = List.of();

    private Element(Kind kind, int index, Regex regex, int token, Series series) {
        this.kind = kind;
        this.index = index;
        this.regex = regex;
        this.token = token;
        this.series = series;
    }

    static Element terminal(int index, Regex regex) {
        return new Element(Kind.TERMINAL, index, regex, -1, null);
    }

    static Element token(int index, int token) {
        return new Element(Kind.TOKEN, index, null, token, null);
    }

    static Element rule(int index) {
        return new Element(Kind.RULE, index, null, -1, null);
    }

    static Element series(int index, Series series) {
        return new Element(Kind.SERIES, index, null, -1, series);
    }

    /** Whether it has its turn after all that call it, since it begins with other elements. */
    boolean isCalled() {
        return kind == Kind.RULE || kind == Kind.SERIES;
    }
}
