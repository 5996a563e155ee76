package quire.template.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import quire.template.TemplateException;
import quire.template.syntax.Token.Type;
import quire.template.values.Repr;
import quire.template.values.Strings;

/**
 * Cuts a template into tokens with {@code trim_blocks} and {@code lstrip_blocks} on: the newline
 * after a statement or comment goes, and so does the white space before one on its line.
 */
final class Lexer {

    private static final String[] LONG_OPERATORS = {"//", "**", "==", "!=", ">=", "<="};
    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int pos;
    private int line = 1;

    private Lexer(String source) {
        this.source = source;
    }

    /**
     * Tokens of the source, the last one of type END.
     *
     * @throws TemplateException of kind SYNTAX
     */
    static List<Token> tokens(String source) {
        String normal = source.replace("\r\n", "\n").replace('\r', '\n');
        if (normal.endsWith("\n")) {
            normal = normal.substring(0, normal.length() - 1);
        }
        Lexer lexer = new Lexer(normal);
        lexer.root();
        lexer.add(Type.END, "", lexer.line);
        return lexer.tokens;
    }

    private void root() {
        while (pos < source.length()) {
            int tag = nextTag(pos);
            if (tag < 0) {
                addData(source.substring(pos), 0);
                pos = source.length();
                return;
            }
            char kind = source.charAt(tag + 1);
            int afterRaw = kind == '%' ? endOfTag(tag, "raw", false) : -1;
            data(pos, tag, sign(tag + 2), kind != '{');
            if (afterRaw >= 0) {
                advance(tag, afterRaw);
                raw();
                continue;
            }
            pos = sign(tag + 2) == 0 ? tag + 2 : tag + 3;
            switch (kind) {
                case '#' -> comment();
                case '%' -> {
                    add(Type.BLOCK_BEGIN, "{%", line);
                    code(true);
                }
                default -> {
                    add(Type.VARIABLE_BEGIN, "{{", line);
                    code(false);
                }
            }
        }
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** The whitespace-control sign at an index: '-', '+' or 0. */
    private char sign(int at) {
        char c = at < source.length() ? source.charAt(at) : 0;
        return c == '-' || c == '+' ? c : 0;
    }

    /** Adds the text before a tag, stripped as the tag's sign and lstrip_blocks say. */
    private void data(int from, int to, char sign, boolean mayStrip) {
        int end = to;
        int strippedLines = 0;
        if (sign == '-') {
            while (end > from && Strings.isSpace(source.charAt(end - 1))) {
                end--;
                strippedLines += source.charAt(end) == '\n' ? 1 : 0;
            }
        } else if (sign != '+' && mayStrip) {
            int blank = to;
            while (blank > from
                    && source.charAt(blank - 1) != '\n'
                    && Strings.isSpace(source.charAt(blank - 1))) {
                blank--;
            }
            if (blank == 0 || source.charAt(blank - 1) == '\n') {
                end = blank;
            }
        }
        addData(source.substring(from, end), strippedLines);
    }

    private void addData(String text, int strippedLines) {
        if (!text.isEmpty()) {
            add(Type.DATA, text, line);
        }
        line += count(text) + strippedLines;
    }

    /**
     * End of a tag {@code {% word %}} that starts at an index, or -1; only the closing one trims.
     */
    private int endOfTag(int tag, String word, boolean closing) {
        int at = skipSpace(sign(tag + 2) == 0 ? tag + 2 : tag + 3);
        if (!source.startsWith(word, at)) {
            return -1;
        }
        at = skipSpace(at + word.length());
        if (source.startsWith("-%}", at)) {
            return skipSpace(at + 3);
        }
        if (closing && source.startsWith("+%}", at)) {
            return at + 3;
        }
        if (!source.startsWith("%}", at)) {
            return -1;
        }
        return closing && source.startsWith("\n", at + 2) ? at + 3 : at + 2;
    }

    private void raw() {
        for (int tag = source.indexOf("{%", pos); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            int end = endOfTag(tag, "endraw", true);
            if (end >= 0) {
                data(pos, tag, sign(tag + 2), true);
                advance(tag, end);
                return;
            }
        }
        if (pos < source.length()) {
            throw TemplateException.syntax(line, "Missing end of raw directive");
        }
    }

    private void comment() {
        int end = source.indexOf("#}", pos);
        if (end < 0 && pos == source.length()) {
            return;
        }
        if (end < 0) {
            throw TemplateException.syntax(line, "Missing end of comment tag");
        }
        char sign = end > pos ? sign(end - 1) : 0;
        int after = end + 2;
        if (sign == '-') {
            after = skipSpace(after);
        } else if (sign == 0 && source.startsWith("\n", after)) {
            after++;
        }
        advance(pos, after);
    }

    private void code(boolean block) {
        open.clear();
        while (pos < source.length()) {
            if (open.isEmpty() && end(block)) {
                return;
            }
            char c = source.charAt(pos);
            if (Strings.isSpace(c)) {
                advance(pos, skipSpace(pos));
            } else if (c >= '0' && c <= '9') {
                tokens.add(new NumberScanner(source, pos, line).token());
                pos += tokens.getLast().text().length();
            } else if (c == '_' || Character.isUnicodeIdentifierPart(source.codePointAt(pos))) {
                name();
            } else if (c == '"' || c == '\'') {
                string(c);
            } else {
                operator();
            }
        }
    }

    private boolean end(boolean block) {
        String mark = block ? "%}" : "}}";
        boolean minus = source.startsWith("-" + mark, pos);
        boolean plus = block && source.startsWith("+" + mark, pos);
        if (!minus && !plus && !source.startsWith(mark, pos)) {
            return false;
        }
        int after = pos + (minus || plus ? 3 : 2);
        if (minus) {
            after = skipSpace(after);
        } else if (block && !plus && source.startsWith("\n", after)) {
            after++;
        }
        add(block ? Type.BLOCK_END : Type.VARIABLE_END, mark, line);
        advance(pos, after);
        return true;
    }

    private void name() {
        int end = pos;
        while (end < source.length()) {
            int c = source.codePointAt(end);
            if (c != '_'
                    && (!Character.isUnicodeIdentifierPart(c)
                            || Character.isIdentifierIgnorable(c))) {
                break;
            }
            end += Character.charCount(c);
        }
        if (end == pos) {
            throw unexpected();
        }
        int first = source.codePointAt(pos);
        if (first != '_' && !Character.isUnicodeIdentifierStart(first)) {
            throw TemplateException.syntax(line, "Invalid character in identifier");
        }
        add(Type.NAME, source.substring(pos, end), line);
        pos = end;
    }

    private void string(char quote) {
        int end = pos + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw unexpected();
        }
        String text = StringLiteral.unescape(source.substring(pos + 1, end), line);
        tokens.add(new Token(Type.STRING, text, text, line));
        advance(pos, end + 1);
    }

    private void operator() {
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, pos)) {
                add(Type.OPERATOR, operator, line);
                pos += 2;
                return;
            }
        }
        char c = source.charAt(pos);
        if (SHORT_OPERATORS.indexOf(c) < 0) {
            throw unexpected();
        }
        balance(c);
        add(Type.OPERATOR, String.valueOf(c), line);
        pos++;
    }

    private void balance(char c) {
        switch (c) {
            case '{' -> open.push('}');
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '}', ')', ']' -> {
                if (open.isEmpty()) {
                    throw TemplateException.syntax(line, "unexpected '" + c + "'");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw TemplateException.syntax(
                            line, "unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> {}
        }
    }

    private TemplateException unexpected() {
        String c = new String(Character.toChars(source.codePointAt(pos)));
        return TemplateException.syntax(
                line, "unexpected char " + Repr.quote(c) + " at " + source.codePointCount(0, pos));
    }

    private int skipSpace(int from) {
        int end = from;
        while (end < source.length() && Strings.isSpace(source.charAt(end))) {
            end++;
        }
        return end;
    }

    private void advance(int from, int to) {
        for (int i = from; i < to; i++) {
            line += source.charAt(i) == '\n' ? 1 : 0;
        }
        pos = to;
    }

    private void add(Type type, String text, int at) {
        tokens.add(new Token(type, text, text, at));
    }

    private static int count(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }
}
