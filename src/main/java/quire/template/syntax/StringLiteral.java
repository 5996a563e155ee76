package quire.template.syntax;

import quire.template.TemplateException;

/** Escapes in a template's string literals, those of Python's {@code unicode-escape} codec. */
final class StringLiteral {

    private StringLiteral() {}

    /**
     * The string that a literal's inside stands for; unknown escapes keep their backslash.
     *
     * @throws TemplateException of kind SYNTAX for a cut-off or impossible escape
     */
    static String unescape(String inside, int line) {
        if (inside.indexOf('\\') < 0) {
            return inside;
        }
        StringBuilder out = new StringBuilder(inside.length());
        int at = 0;
        while (at < inside.length()) {
            char c = inside.charAt(at++);
            if (c == '\\') {
                at = escape(inside, at, out, line);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static int escape(String s, int at, StringBuilder out, int line) {
        int c = s.codePointAt(at);
        int next = at + Character.charCount(c);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> out.appendCodePoint(c);
            case 'a' -> out.append('\u0007');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'v' -> out.append('\u000b');
            case 'x' -> next = hex(s, at, 2, "\\xXX", out, line);
            case 'u' -> next = hex(s, at, 4, "\\uXXXX", out, line);
            case 'U' -> next = hex(s, at, 8, "\\UXXXXXXXX", out, line);
            case 'N' -> next = named(s, at, out, line);
            default -> {
                if (c >= '0' && c <= '7') {
                    return octal(s, at, out);
                }
                out.append('\\');
                if (c < 128) {
                    out.append((char) c);
                } else {
                    // The reference turns other characters into escapes first, so that the
                    // backslash before one frees the letters of its escape.
                    out.append(String.format(c < 256 ? "x%02x" : c < 65536 ? "u%04x" : "U%08x", c));
                }
            }
        }
        return next;
    }

    private static int octal(String s, int at, StringBuilder out) {
        int value = 0;
        int end = at;
        while (end < s.length() && end < at + 3 && s.charAt(end) >= '0' && s.charAt(end) <= '7') {
            value = value * 8 + s.charAt(end++) - '0';
        }
        out.append((char) value);
        return end;
    }

    private static int hex(
            String s, int at, int digits, String shape, StringBuilder out, int line) {
        int end = at + 1 + digits;
        long value = 0;
        for (int i = at + 1; i < end; i++) {
            int digit = i < s.length() && s.charAt(i) < 128 ? Character.digit(s.charAt(i), 16) : -1;
            if (digit < 0) {
                throw TemplateException.syntax(line, "truncated " + shape + " escape");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw TemplateException.syntax(line, "illegal Unicode character");
        }
        out.appendCodePoint((int) value);
        return end;
    }

    private static int named(String s, int at, StringBuilder out, int line) {
        int end = s.indexOf('}', at);
        if (end < 0 || s.charAt(at + 1) != '{') {
            throw TemplateException.syntax(line, "malformed \\N character escape");
        }
        try {
            out.appendCodePoint(Character.codePointOf(s.substring(at + 2, end)));
        } catch (IllegalArgumentException e) {
            throw TemplateException.syntax(line, "unknown Unicode character name");
        }
        return end + 1;
    }
}
