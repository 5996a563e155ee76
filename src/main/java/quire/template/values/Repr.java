package quire.template.values;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import quire.template.values.PySequence.PyTuple;

/** Python's {@code str} and {@code repr}. */
public final class Repr {

    private Repr() {}

    /** {@code str(value)}. */
    public static String str(Run run, Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined undefined -> "";
            case null, default -> repr(run, value);
        };
    }

    /** {@code repr(value)}. */
    public static String repr(Run run, Object value) {
        Text out = new Text(run);
        write(run, out, value);
        return out.toString();
    }

    private static void write(Run run, Text out, Object value) {
        run.enter();
        run.charge(1);
        switch (value) {
            case null -> out.append("None");
            case Boolean bool -> out.append(bool ? "True" : "False");
            case Double number -> out.append(number(number));
            case BigInteger number -> {
                run.charge(number.bitLength() >> 3);
                out.append(number.toString());
            }
            case String text -> out.append(quote(text));
            case Markup markup -> out.append("Markup(").append(quote(markup.text())).append(')');
            case Undefined undefined -> out.append("Undefined");
            case PyTuple tuple -> {
                items(run, out, '(', tuple.items());
                out.append(tuple.size() == 1 ? ",)" : ")");
            }
            case PySequence.PyList list -> {
                items(run, out, '[', list.items());
                out.append(']');
            }
            case PySequence.PyRange range ->
                    out.append(
                            range.step() == 1
                                    ? "range(" + range.start() + ", " + range.stop() + ")"
                                    : "range("
                                            + range.start()
                                            + ", "
                                            + range.stop()
                                            + ", "
                                            + range.step()
                                            + ")");
            case PyDict dict -> dict(run, out, dict);
            case PyDict.View view -> {
                out.append(view.kind().typeName).append('(');
                items(run, out, '[', view.items());
                out.append("])");
            }
            case PyIterator iterator -> out.append("<" + iterator.typeName() + " object>");
            case PyCallable callable -> out.append(callable.shown(run));
            case HasAttributes object -> out.append(object.shown(run));
            default -> out.append(value.toString());
        }
        run.leave();
    }

    private static void items(Run run, Text out, char open, List<Object> items) {
        out.append(open);
        for (Iterator<Object> i = items.iterator(); i.hasNext(); ) {
            write(run, out, i.next());
            if (i.hasNext()) {
                out.append(", ");
            }
        }
    }

    private static void dict(Run run, Text out, PyDict dict) {
        out.append('{');
        for (Iterator<PyDict.Entry> i = dict.entries().iterator(); i.hasNext(); ) {
            PyDict.Entry entry = i.next();
            write(run, out, entry.key());
            out.append(": ");
            write(run, out, entry.value());
            if (i.hasNext()) {
                out.append(", ");
            }
        }
        out.append('}');
    }

    /** {@code repr} of a float: the shortest digits that read back as the same number. */
    public static String number(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = shortest(Math.abs(number));
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - decimal.scale() - 1;
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            return sign
                    + digits.charAt(0)
                    + fraction
                    + "e"
                    + (exponent < 0 ? "-" : "+")
                    + (Math.abs(exponent) < 10 ? "0" : "")
                    + Math.abs(exponent);
        }
        String plain = decimal.toPlainString();
        return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
    }

    /** The shortest decimal that reads back as the number; Java's own never has one digit only. */
    private static BigDecimal shortest(double number) {
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (decimal.precision() == 2) {
            BigDecimal rounded = decimal.round(new MathContext(1, RoundingMode.HALF_UP));
            return rounded.doubleValue() == number ? rounded.stripTrailingZeros() : decimal;
        }
        return decimal;
    }

    /** {@code repr} of a string. */
    public static String quote(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (Strings.isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        escape(out, c);
                    }
                }
            }
        }
        return out.append(quote).toString();
    }

    /** {@code ascii(value)}: the repr with every other character escaped. */
    public static String ascii(Run run, Object value) {
        StringBuilder out = new StringBuilder();
        repr(run, value)
                .codePoints()
                .forEach(
                        c -> {
                            if (c < 128) {
                                out.append((char) c);
                            } else {
                                escape(out, c);
                            }
                        });
        return out.toString();
    }

    private static void escape(StringBuilder out, int c) {
        out.append(String.format(c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c));
    }
}
