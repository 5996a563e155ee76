package quire.template.operations;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import quire.template.TemplateException;

/** Digits of numbers in the shapes that C's printf knows: f, e, g, and integers by base. */
public final class NumberFormat {

    /** More digits than any double has after the point. */
    private static final int MAX_PRECISION = 1100;

    private NumberFormat() {}

    /**
     * The digits of a number's absolute value.
     *
     * @param type one of {@code e f g}, in either case
     * @param alternate keep the point and, for g, trailing zeros
     */
    public static String absolute(double number, char type, int precision, boolean alternate) {
        double value = Math.abs(number);
        if (precision > MAX_PRECISION) {
            throw TemplateException.value("precision too big");
        }
        String text;
        if (Double.isNaN(value)) {
            text = "nan";
        } else if (Double.isInfinite(value)) {
            text = "inf";
        } else {
            text =
                    switch (Character.toLowerCase(type)) {
                        case 'f' -> fixed(new BigDecimal(value), precision, alternate);
                        case 'e' -> scientific(new BigDecimal(value), precision, alternate);
                        default ->
                                general(new BigDecimal(value), Math.max(precision, 1), alternate);
                    };
        }
        return Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
    }

    private static String fixed(BigDecimal value, int precision, boolean alternate) {
        String text = value.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
        return alternate && precision == 0 ? text + "." : text;
    }

    private static String scientific(BigDecimal value, int precision, boolean alternate) {
        BigDecimal rounded = value.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = value.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        String digits = value.signum() == 0 ? "0" : rounded.unscaledValue().toString();
        digits =
                digits.length() > precision + 1
                        ? digits.substring(0, precision + 1)
                        : digits + "0".repeat(precision + 1 - digits.length());
        String fraction = precision > 0 ? "." + digits.substring(1) : alternate ? "." : "";
        return digits.charAt(0) + fraction + exponent(exponent);
    }

    private static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return "e" + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
    }

    private static String general(BigDecimal value, int precision, boolean alternate) {
        String scientific = scientific(value, precision - 1, true);
        int mark = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(mark + 1));
        String digits;
        String tail = "";
        if (exponent < -4 || exponent >= precision) {
            digits = scientific.substring(0, mark);
            tail = scientific.substring(mark);
        } else {
            digits = fixed(value, precision - 1 - exponent, true);
        }
        if (!alternate) {
            digits = withoutZeros(digits);
        }
        return digits + tail;
    }

    private static String withoutZeros(String digits) {
        if (digits.indexOf('.') < 0) {
            return digits;
        }
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, digits.charAt(end - 1) == '.' ? end - 1 : end);
    }

    /** Digits of an integer's absolute value: {@code d o x X b}. */
    public static String absolute(BigInteger number, char type) {
        BigInteger value = number.abs();
        return switch (type) {
            case 'o' -> value.toString(8);
            case 'x' -> value.toString(16);
            case 'X' -> value.toString(16).toUpperCase(Locale.ROOT);
            case 'b' -> value.toString(2);
            default -> value.toString();
        };
    }

    /** The digits before the point with a separator every few of them. */
    static String grouped(String number, char separator, int every) {
        int end = 0;
        while (end < number.length()
                && Character.digit(number.charAt(end), 16) >= 0
                && (every == 4 || number.charAt(end) <= '9')) {
            end++;
        }
        StringBuilder out = new StringBuilder(number);
        for (int at = end - every; at > 0; at -= every) {
            out.insert(at, separator);
        }
        return out.toString();
    }
}
