package quire.template.syntax;

import java.math.BigInteger;
import quire.template.TemplateException;
import quire.template.syntax.Token.Type;
import quire.template.values.Numbers;

/** Reads one number of a template: underscores between digits, radix prefixes, exponents. */
final class NumberScanner {

    private final String source;
    private final int pos;
    private final int line;

    /** A scanner of the number that starts at an index of the source. */
    NumberScanner(String source, int pos, int line) {
        this.source = source;
        this.pos = pos;
        this.line = line;
    }

    /** The number; the token's text is what it was written as. */
    Token token() {
        int digits = digits(pos, 10);
        int end = pos > 0 && source.charAt(pos - 1) == '.' ? digits : fraction(digits);
        if (end > digits) {
            String text = source.substring(pos, end);
            return new Token(Type.FLOAT, text, Double.valueOf(text.replace("_", "")), line);
        }
        return integer();
    }

    /** End of a fraction, an exponent or both after the digits, or the argument when neither. */
    private int fraction(int digits) {
        int end = digits;
        if (source.startsWith(".", end) && digits(end + 1, 10) > end + 1) {
            end = digits(end + 1, 10);
        }
        if (end < source.length() && (source.charAt(end) | 32) == 'e') {
            boolean signed = source.startsWith("-", end + 1) || source.startsWith("+", end + 1);
            int exponent = end + (signed ? 2 : 1);
            return digits(exponent, 10) > exponent ? digits(exponent, 10) : end;
        }
        return end;
    }

    /** End of digits with single underscores between them, from an index. */
    private int digits(int from, int radix) {
        int end = from;
        while (end < source.length()) {
            boolean joint = source.charAt(end) == '_' && end > from;
            int at = joint ? end + 1 : end;
            if (at >= source.length()
                    || source.charAt(at) > 127
                    || Character.digit(source.charAt(at), radix) < 0) {
                break;
            }
            end = at + 1;
        }
        return end;
    }

    private Token integer() {
        int radix = 10;
        int from = pos;
        if (source.charAt(pos) == '0' && pos + 1 < source.length()) {
            radix =
                    switch (source.charAt(pos + 1) | 32) {
                        case 'b' -> 2;
                        case 'o' -> 8;
                        case 'x' -> 16;
                        default -> 10;
                    };
            int at = source.startsWith("_", pos + 2) ? pos + 3 : pos + 2;
            if (radix != 10 && digits(at, radix) > at) {
                from = at;
            } else {
                radix = 10;
            }
        }
        int end = digits(from, radix);
        if (radix == 10 && source.charAt(pos) == '0') {
            // Python knows no leading zeros: 007 is the two tokens 00 and 7.
            end = pos + 1;
            while (source.startsWith("0", end) || source.startsWith("_0", end)) {
                end += source.charAt(end) == '_' ? 2 : 1;
            }
        }
        String digits = source.substring(from, end).replace("_", "");
        if (digits.length() > Numbers.MAX_DIGITS) {
            throw TemplateException.syntax(line, "integer literal has more than 4300 digits");
        }
        Object value = Numbers.normal(new BigInteger(digits, radix));
        return new Token(Type.INTEGER, source.substring(pos, end), value, line);
    }
}
