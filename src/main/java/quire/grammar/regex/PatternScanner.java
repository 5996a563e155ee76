package quire.grammar.regex;

import quire.grammar.GrammarException;

/** Goes through a regular expression by code points, and says where it is. */
final class PatternScanner {

    private final String pattern;
    private int at;

    PatternScanner(String pattern) {
        this.pattern = pattern;
    }

    boolean atEnd() {
        return at == pattern.length();
    }

    /** Where the next character stands. */
    int at() {
        return at;
    }

    void back(int to) {
        at = to;
    }

    /** The next code point, or -1 at the end. */
    int peek() {
        return atEnd() ? -1 : pattern.codePointAt(at);
    }

    int next() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    /** Whether a text follows, which then is behind us. */
    boolean take(String text) {
        if (!pattern.startsWith(text, at)) {
            return false;
        }
        at += text.length();
        return true;
    }

    boolean take(char c) {
        if (atEnd() || pattern.charAt(at) != c) {
            return false;
        }
        at++;
        return true;
    }

    /** A decimal number, capped where it would not fit; -1 where there is none. */
    int number() {
        int start = at;
        long value = 0;
        while (!atEnd() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9') {
            value = Math.min(value * 10 + pattern.charAt(at++) - '0', Integer.MAX_VALUE);
        }
        return at == start ? -1 : (int) value;
    }

    /** So many hexadecimal digits as a number; -1, and nothing read, where they are not there. */
    int hex(int digits) {
        if (at + digits > pattern.length()) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(pattern.charAt(at + i), 16);
            if (digit < 0 || pattern.charAt(at + i) > 'f') {
                return -1;
            }
            value = value << 4 | digit;
        }
        at += digits;
        return value;
    }

    /** What stands before the next occurrence of a character, which is behind us then. */
    String upTo(char end, int from, String what) {
        int close = pattern.indexOf(end, at);
        if (close < 0) {
            throw error(from, what + " does not end");
        }
        String text = pattern.substring(at, close);
        at = close + 1;
        return text;
    }

    /** The code point, if it can stand in a text. */
    int scalar(int codePoint, int from) {
        if (codePoint > Character.MAX_CODE_POINT
                || codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
            throw error(
                    from, String.format("U+%04X is no character that a text can have", codePoint));
        }
        return codePoint;
    }

    /** Where a complaint is about. */
    String place(int from) {
        return "character " + (pattern.codePointCount(0, from) + 1) + " of the regular expression";
    }

    GrammarException error(int from, String what) {
        return new GrammarException(what, place(from));
    }

    GrammarException unsupported(int from, String what) {
        return new GrammarException(
                "regular expressions with " + what + " are not supported", place(from), what);
    }
}
