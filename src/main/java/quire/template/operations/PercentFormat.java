package quire.template.operations;

import java.math.BigInteger;
import quire.template.TemplateException;
import quire.template.values.Arguments;
import quire.template.values.Markup;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;
import quire.template.values.Undefined;

/** Python's {@code format % values}. */
final class PercentFormat {

    private final Run run;
    private final String format;
    private final boolean escapes;
    private final Object values;
    private final Text out;
    private int at;
    private int next;
    private boolean usedMapping;

    private PercentFormat(Run run, Object format, Object values) {
        this.run = run;
        this.format = Strings.text(format);
        this.escapes = format instanceof Markup;
        this.values = values;
        this.out = new Text(run);
    }

    /** What stands between the percent sign and the type. */
    private static final class Spec {
        boolean left;
        boolean plus;
        boolean space;
        boolean zero;
        boolean alternate;
        int width;
        int precision = -1;
    }

    /** The format filled in; markup escapes what it is filled with. */
    static Object format(Run run, Object format, Object values) {
        PercentFormat job = new PercentFormat(run, format, values);
        job.run();
        return Markup.like(format, job.out.toString());
    }

    private void run() {
        while (at < format.length()) {
            int percent = format.indexOf('%', at);
            if (percent < 0) {
                out.append(format.substring(at));
                break;
            }
            out.append(format.substring(at, percent));
            at = percent + 1;
            conversion();
        }
        // What could be a mapping may be left over: for Python that is all that has items by key.
        boolean mapping =
                values instanceof PyDict
                        || values instanceof Undefined
                        || values instanceof PySequence && !(values instanceof PyTuple);
        int given = values instanceof PyTuple tuple ? tuple.size() : 1;
        if (next < given && !usedMapping && !mapping) {
            throw TemplateException.type("not all arguments converted during string formatting");
        }
    }

    private void conversion() {
        Spec spec = new Spec();
        Object keyed = peek() == '(' ? key() : Missing.MISSING;
        flags(spec);
        spec.width = number(true, spec);
        if (peek() == '.') {
            at++;
            spec.precision = Math.max(0, number(false, spec));
        }
        while ("hlL".indexOf(peek()) >= 0 && at < format.length()) {
            at++;
        }
        if (at >= format.length()) {
            throw TemplateException.value("incomplete format");
        }
        char type = format.charAt(at++);
        if (type == '%') {
            out.append('%');
            return;
        }
        Object value = keyed == Missing.MISSING ? argument() : keyed;
        switch (type) {
            case 's' ->
                    pad(
                            spec,
                            "",
                            cut(spec, escapes ? Markup.escaped(run, value) : Repr.str(run, value)),
                            false);
            case 'r' ->
                    pad(
                            spec,
                            "",
                            cut(
                                    spec,
                                    escapes
                                            ? Markup.escaped(run, Repr.repr(run, value))
                                            : Repr.repr(run, value)),
                            false);
            case 'a' -> pad(spec, "", cut(spec, Repr.ascii(run, value)), false);
            case 'c' -> pad(spec, "", character(value), false);
            case 'd', 'i', 'u', 'o', 'x', 'X' -> integer(spec, type, value);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (!Numbers.is(value)) {
                    throw value instanceof Undefined undefined
                            ? undefined.failure(run)
                            : TemplateException.type(
                                    "must be real number, not " + PyTypes.name(value));
                }
                double number = Numbers.toFloat(value);
                String digits =
                        NumberFormat.absolute(
                                number,
                                type,
                                spec.precision < 0 ? 6 : spec.precision,
                                spec.alternate);
                boolean negative = number < 0 || number == 0 && 1 / number < 0;
                pad(spec, sign(spec, negative), digits, spec.zero && Double.isFinite(number));
            }
            default ->
                    throw TemplateException.value(
                            "unsupported format character '"
                                    + type
                                    + "' (0x"
                                    + Integer.toHexString(type)
                                    + ") at index "
                                    + (at - 1));
        }
    }

    private char peek() {
        return at < format.length() ? format.charAt(at) : 0;
    }

    private Object key() {
        int depth = 1;
        int from = ++at;
        while (at < format.length() && depth > 0) {
            char c = format.charAt(at++);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        if (depth > 0) {
            throw TemplateException.value("incomplete format key");
        }
        if (!(values instanceof PyDict dict)) {
            throw TemplateException.type("format requires a mapping");
        }
        usedMapping = true;
        String name = format.substring(from, at - 1);
        Object value = dict.get(run, name);
        if (value == Missing.MISSING) {
            throw new TemplateException(TemplateException.Kind.LOOKUP, Repr.quote(name));
        }
        return value;
    }

    private void flags(Spec spec) {
        while (true) {
            switch (peek()) {
                case '-' -> spec.left = true;
                case '+' -> spec.plus = true;
                case ' ' -> spec.space = true;
                case '0' -> spec.zero = true;
                case '#' -> spec.alternate = true;
                default -> {
                    return;
                }
            }
            at++;
        }
    }

    private int number(boolean width, Spec spec) {
        if (peek() == '*') {
            at++;
            int value = Arguments.of(argument()).bind("%", 1, "*").integer(0, 0);
            spec.left |= width && value < 0;
            return width ? Math.abs(Math.max(value, -Integer.MAX_VALUE)) : value;
        }
        long value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = Math.min(Integer.MAX_VALUE, value * 10 + format.charAt(at++) - '0');
        }
        return (int) value;
    }

    private Object argument() {
        if (values instanceof PyTuple tuple) {
            if (next >= tuple.size()) {
                throw TemplateException.type("not enough arguments for format string");
            }
            return tuple.get(next++);
        }
        if (next++ > 0) {
            throw TemplateException.type("not enough arguments for format string");
        }
        return values;
    }

    private String cut(Spec spec, String text) {
        return spec.precision < 0 ? text : text.substring(0, Strings.offset(text, spec.precision));
    }

    private static String character(Object value) {
        if (Strings.is(value)) {
            String text = Strings.text(value);
            if (text.codePointCount(0, text.length()) == 1) {
                return text;
            }
        } else if (value instanceof Long number) {
            if (number < 0 || number > Character.MAX_CODE_POINT) {
                throw TemplateException.arithmetic("%c arg not in range(0x110000)");
            }
            return Character.toString(number.intValue());
        }
        throw TemplateException.type("%c requires int or char");
    }

    private void integer(Spec spec, char type, Object value) {
        Object number =
                value instanceof Double real && "diu".indexOf(type) >= 0
                        ? Numbers.truncate(real)
                        : value;
        if (!Numbers.isInteger(number)) {
            if (value instanceof Undefined undefined) {
                throw undefined.failure(run);
            }
            String need = "oxX".indexOf(type) >= 0 ? "an integer" : "a real number";
            throw TemplateException.type(
                    "%" + type + " format: " + need + " is required, not " + PyTypes.name(value));
        }
        BigInteger big = Numbers.big(number);
        String digits = NumberFormat.absolute(big, type);
        if (spec.precision > digits.length()) {
            run.chars(spec.precision);
            digits = "0".repeat(spec.precision - digits.length()) + digits;
        }
        String prefix = spec.alternate && "oxX".indexOf(type) >= 0 ? "0" + type : "";
        pad(spec, sign(spec, big.signum() < 0) + prefix, digits, spec.zero);
    }

    private static String sign(Spec spec, boolean negative) {
        return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
    }

    private void pad(Spec spec, String sign, String text, boolean zeros) {
        int length = sign.length() + text.codePointCount(0, text.length());
        long missing = Math.max(0L, (long) spec.width - length);
        if (spec.left) {
            out.append(sign).append(text).repeat(' ', missing);
        } else if (zeros) {
            out.append(sign).repeat('0', missing).append(text);
        } else {
            out.repeat(' ', missing).append(sign).append(text);
        }
    }
}
