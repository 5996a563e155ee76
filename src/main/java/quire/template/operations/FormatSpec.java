package quire.template.operations;

import java.math.BigInteger;
import quire.template.TemplateException;
import quire.template.values.Numbers;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Python's format specification: {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
final class FormatSpec {
    private String fill = " ";
    private char align;
    private char sign = '-';
    private boolean alternate;
    private int width;
    private char separator;
    private int precision = -1;
    private char type;

    static String format(Run run, Object value, String text) {
        if (text.isEmpty()) {
            return Repr.str(run, value);
        }
        boolean plain = Numbers.is(value) || Strings.is(value);
        if (!plain) {
            throw value instanceof Undefined
                    ? TemplateException.type(
                            "unsupported format string passed to Undefined.__format__")
                    : TemplateException.type(
                            "unsupported format string passed to "
                                    + PyTypes.name(value)
                                    + ".__format__");
        }
        FormatSpec spec = new FormatSpec();
        spec.parse(text, PyTypes.name(value));
        return Strings.is(value) ? spec.string(run, Strings.text(value)) : spec.number(run, value);
    }

    private void parse(String text, String typeName) {
        int at = 0;
        int first = text.isEmpty() ? 0 : Character.charCount(text.codePointAt(0));
        if (first < text.length() && "<>=^".indexOf(text.charAt(first)) >= 0) {
            fill = text.substring(0, first);
            align = text.charAt(first);
            at = first + 1;
        } else if ("<>=^".indexOf(text.charAt(0)) >= 0) {
            align = text.charAt(0);
            at = 1;
        }
        if (at < text.length() && "+- ".indexOf(text.charAt(at)) >= 0) {
            sign = text.charAt(at++);
        }
        if (text.startsWith("#", at)) {
            alternate = true;
            at++;
        }
        if (text.startsWith("0", at)) {
            if (align == 0) {
                fill = "0";
                align = typeName.equals("str") ? '<' : '=';
            }
            at++;
        }
        int end = digits(text, at);
        width = integer(text, at, end);
        at = end;
        if (text.startsWith(",", at) || text.startsWith("_", at)) {
            separator = text.charAt(at++);
        }
        if (text.startsWith(".", at)) {
            end = digits(text, at + 1);
            if (end == at + 1) {
                throw TemplateException.value("Format specifier missing precision");
            }
            precision = integer(text, at + 1, end);
            at = end;
        }
        if (at < text.length()) {
            type = text.charAt(at++);
        }
        if (at < text.length()) {
            throw TemplateException.value(
                    "Invalid format specifier "
                            + Repr.quote(text)
                            + " for object of type '"
                            + typeName
                            + "'");
        }
    }

    private static int digits(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static int integer(String text, int from, int to) {
        if (to - from > 9) {
            throw TemplateException.value("Too many decimal digits in format string");
        }
        return to == from ? 0 : Integer.parseInt(text.substring(from, to));
    }

    private TemplateException unknown(String typeName) {
        return TemplateException.value(
                "Unknown format code '" + type + "' for object of type '" + typeName + "'");
    }

    private String string(Run run, String text) {
        if (type != 0 && type != 's') {
            throw unknown("str");
        }
        if (align == '=') {
            throw TemplateException.value("'=' alignment not allowed in string format specifier");
        }
        String cut = precision < 0 ? text : text.substring(0, Strings.offset(text, precision));
        return pad(run, "", cut, '<');
    }

    private String number(Run run, Object value) {
        boolean real = value instanceof Double || type != 0 && "eEfFgG%".indexOf(type) >= 0;
        if (real) {
            return real(run, Numbers.toFloat(value));
        }
        if (type != 0 && "bcdoxXn".indexOf(type) < 0) {
            throw unknown(PyTypes.name(value));
        }
        if (value instanceof Boolean bool && type == 0) {
            return pad(run, "", bool ? "1" : "0", '>');
        }
        if (precision >= 0) {
            throw TemplateException.value("Precision not allowed in integer format specifier");
        }
        BigInteger number = Numbers.big(value);
        if (type == 'c') {
            if (number.signum() < 0 || number.bitLength() > 20) {
                throw TemplateException.arithmetic("%c arg not in range(0x110000)");
            }
            return pad(run, "", Character.toString(number.intValue()), '<');
        }
        char base = type == 0 || type == 'n' ? 'd' : type;
        String digits = NumberFormat.absolute(number, base);
        if (separator != 0) {
            digits = NumberFormat.grouped(digits, separator, base == 'd' ? 3 : 4);
        }
        String prefix = alternate && base != 'd' ? "0" + base : "";
        return pad(run, signed(number.signum() < 0) + prefix, digits, '>');
    }

    private String real(Run run, double number) {
        char shape = type == '%' ? 'f' : type == 0 || type == 'n' ? 'g' : type;
        if ("eEfFgG".indexOf(shape) < 0) {
            throw unknown("float");
        }
        double shown = type == '%' ? number * 100 : number;
        String digits;
        if (type == 0 && precision < 0) {
            digits = Repr.number(Math.abs(shown));
        } else {
            digits = NumberFormat.absolute(shown, shape, precision < 0 ? 6 : precision, alternate);
            if (type == 0 && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                digits += ".0";
            }
        }
        if (separator != 0) {
            digits = NumberFormat.grouped(digits, separator, 3);
        }
        boolean negative = shown < 0 || shown == 0 && 1 / shown < 0;
        return pad(run, signed(negative), digits + (type == '%' ? "%" : ""), '>');
    }

    private String signed(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    }

    private String pad(Run run, String prefix, String text, char usual) {
        int length = prefix.length() + text.codePointCount(0, text.length());
        int missing = Math.max(0, width - length);
        run.chars(2L * missing + text.length());
        int before =
                switch (align == 0 ? usual : align) {
                    case '<' -> 0;
                    case '^' -> missing / 2;
                    default -> missing;
                };
        if (align == '=') {
            return prefix + fill.repeat(missing) + text;
        }
        return fill.repeat(before) + prefix + text + fill.repeat(missing - before);
    }
}
