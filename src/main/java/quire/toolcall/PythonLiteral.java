package quire.toolcall;

import java.util.Optional;

/** Reads a literal as Python writes it: strings, numbers, True, None, lists, tuples and dicts. */
final class PythonLiteral {

    private static final int MAX_DEPTH = 500;

    private final String text;
    private final StringBuilder json = new StringBuilder();
    private int at;

    private PythonLiteral(String text) {
        this.text = text;
    }

    /** The same value as JSON; empty for what is no literal. */
    static Optional<String> json(String text) {
        PythonLiteral literal = new PythonLiteral(text);
        boolean whole = literal.value(0) && literal.atEnd();
        return whole ? Optional.of(literal.json.toString()) : Optional.empty();
    }

    /**
     * What a string's text says up to its end, or to the end of the text.
     *
     * @param text begins with a quote
     */
    static String stringOf(String text) {
        PythonLiteral literal = new PythonLiteral(text);
        StringBuilder value = new StringBuilder();
        literal.readString(value);
        return value.toString();
    }

    private boolean atEnd() {
        space();
        return at == text.length();
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean take(char c) {
        space();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private boolean value(int depth) {
        space();
        if (at == text.length() || depth > MAX_DEPTH) {
            return false;
        }
        char c = text.charAt(at);
        return switch (c) {
            case '"', '\'' -> string();
            case '[' -> list(']', depth);
            case '(' -> list(')', depth);
            case '{' -> dict(depth);
            default -> word();
        };
    }

    private boolean list(char close, int depth) {
        at++;
        json.append('[');
        boolean first = true;
        while (!take(close)) {
            if (!first) {
                if (!take(',')) {
                    return false;
                }
                if (take(close)) {
                    break;
                }
                json.append(", ");
            }
            first = false;
            if (!value(depth + 1)) {
                return false;
            }
        }
        json.append(']');
        return true;
    }

    private boolean dict(int depth) {
        at++;
        json.append('{');
        boolean first = true;
        while (!take('}')) {
            if (!first) {
                if (!take(',')) {
                    return false;
                }
                if (take('}')) {
                    break;
                }
                json.append(", ");
            }
            first = false;
            space();
            boolean isString =
                    at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'');
            if (!isString || !string() || !take(':')) {
                return false;
            }
            json.append(": ");
            if (!value(depth + 1)) {
                return false;
            }
        }
        json.append('}');
        return true;
    }

    private boolean word() {
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at))
                        || "+-._".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        String word = text.substring(start, at);
        switch (word) {
            case "True", "true" -> json.append("true");
            case "False", "false" -> json.append("false");
            case "None", "null" -> json.append("null");
            default -> {
                String number = word.replaceAll("(?<=\\d)_(?=\\d)", "");
                if (number.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
                    json.append(number);
                } else if (number.matches("-?\\d+\\.")) {
                    json.append(number).append('0');
                } else if (number.matches("-?\\.\\d+")) {
                    json.append(number.replace(".", "0."));
                } else {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean string() {
        StringBuilder value = new StringBuilder();
        if (!readString(value)) {
            return false;
        }
        json.append(TypedText.quoted(value.toString()));
        return true;
    }

    /** Reads a string, in one quote or three; false where it has no end. */
    private boolean readString(StringBuilder value) {
        String quote = text.substring(at, at + 1);
        if (text.startsWith(quote.repeat(3), at)) {
            quote = quote.repeat(3);
        }
        at += quote.length();
        while (at < text.length() && !text.startsWith(quote, at)) {
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length()) {
                escape(value);
            } else {
                value.append(c);
            }
        }
        at += quote.length();
        return at <= text.length();
    }

    private void escape(StringBuilder value) {
        char c = text.charAt(at++);
        switch (c) {
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case '\\', '\'', '"' -> value.append(c);
            case '\n' -> {}
            case 'x' -> code(value, c, 2);
            case 'u' -> code(value, c, 4);
            case 'U' -> code(value, c, 8);
            default -> value.append('\\').append(c);
        }
    }

    private void code(StringBuilder value, char letter, int digits) {
        if (at + digits <= text.length()) {
            String hex = text.substring(at, at + digits);
            if (hex.matches("[0-9a-fA-F]+")) {
                long code = Long.parseLong(hex, 16);
                if (code <= Character.MAX_CODE_POINT) {
                    value.appendCodePoint((int) code);
                    at += digits;
                    return;
                }
            }
        }
        value.append('\\').append(letter);
    }
}
