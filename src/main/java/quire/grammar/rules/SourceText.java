package quire.grammar.rules;

import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;

/** The text of a grammar, and where in it a complaint is about. */
public final class SourceText {

    private static final int MAX_CHARS = 1 << 20;

    private final String syntax;
    private final String text;
    private int at;

    /**
     * @param syntax what it is called
     */
    public SourceText(String syntax, String text) {
        if (text.length() > MAX_CHARS) {
            throw new GrammarLimitException(
                    "a grammar of "
                            + text.length()
                            + " characters; at most "
                            + MAX_CHARS
                            + " are allowed");
        }
        this.syntax = syntax;
        this.text = text;
    }

    /** Whether nothing is left to read. */
    public boolean atEnd() {
        return at == text.length();
    }

    /** Where the next character stands. */
    public int at() {
        return at;
    }

    /** How many characters there are in all. */
    public int length() {
        return text.length();
    }

    /** Goes to a place. */
    public void goTo(int place) {
        at = place;
    }

    /** The next code point, or -1 at the end. */
    public int peek() {
        return atEnd() ? -1 : text.codePointAt(at);
    }

    /** Reads the next code point, of which there must be one. */
    public int next() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    /** Whether a text follows here. */
    public boolean startsWith(String wanted) {
        return text.startsWith(wanted, at);
    }

    /** Reads a text if it follows. */
    public boolean take(String wanted) {
        boolean follows = startsWith(wanted);
        if (follows) {
            at += wanted.length();
        }
        return follows;
    }

    /** What stands between two places. */
    public String between(int from, int to) {
        return text.substring(from, to);
    }

    /** Where a text comes next, or -1. */
    public int indexOf(String wanted) {
        return text.indexOf(wanted, at);
    }

    /** A decimal number, capped where it would not fit; -1 where there is none. */
    public int number() {
        int start = at;
        long value = 0;
        while (!atEnd() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            value = Math.min(value * 10 + text.charAt(at++) - '0', Integer.MAX_VALUE);
        }
        return at == start ? -1 : (int) value;
    }

    /** So many hexadecimal digits as the number of a character. */
    public int hexadecimal(int digits, int from) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = atEnd() ? -1 : Character.digit(text.charAt(at), 16);
            if (digit < 0 || text.charAt(at) > 'f') {
                throw error(from, "expected " + digits + " hexadecimal digits in an escape");
            }
            value = value << 4 | digit;
            at++;
        }
        boolean isSurrogate = value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
        if (value > Character.MAX_CODE_POINT || isSurrogate) {
            throw error(from, String.format("U+%04X is no character that a text can have", value));
        }
        return (int) value;
    }

    /** What is wrong at a place, with its line and column. */
    public GrammarException error(int from, String what) {
        return new GrammarException(syntax + ": " + what, place(from));
    }

    /** What is wrong at a place where something else was expected. */
    public GrammarException expected(int from, String what) {
        return error(from, "expected " + what + ", found " + found(from));
    }

    /** What is right at a place, and not supported. */
    public GrammarException unsupported(int from, String what) {
        return new GrammarException(syntax + ": " + what + " is not supported", place(from), what);
    }

    /** A complaint about what begins at a place and has places of its own. */
    public GrammarException within(int from, GrammarException inner) {
        return inner instanceof GrammarLimitException
                ? limit(from, inner.getMessage())
                : new GrammarException(
                        syntax + ": " + inner.getMessage(), place(from), inner.unsupported());
    }

    /** What a limit stands against at a place. */
    public GrammarLimitException limit(int from, String what) {
        return new GrammarLimitException(syntax + ": " + what, place(from));
    }

    private String found(int from) {
        if (from >= text.length()) {
            return "the end of the grammar";
        }
        int c = text.codePointAt(from);
        return c == '\n' || c == '\r' ? "the end of the line" : "'" + Character.toString(c) + "'";
    }

    private String place(int from) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < from; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        int column = text.codePointCount(lineStart, from) + 1;
        return "line " + line + ", column " + column;
    }
}
