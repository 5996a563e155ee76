package quire.template.values;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import quire.template.TemplateException;

/** Python's numbers: integers without bounds (up to a limit), floats, and bools as integers. */
public final class Numbers {

    /** Python refuses to write or read longer integers; here they cannot be made either. */
    public static final int MAX_DIGITS = 4300;

    private static final int MAX_BITS = (int) (MAX_DIGITS * 3.3219280948873623);
    private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    public static boolean is(Object value) {
        return isInteger(value) || value instanceof Double;
    }

    /** True for integers and bools. */
    public static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
    }

    /** A bool as the integer it is; other values as they are. */
    public static Object integer(Object value) {
        return value instanceof Boolean bool ? (Object) (bool ? 1L : 0L) : value;
    }

    public static BigInteger big(Object integer) {
        return switch (integer(integer)) {
            case Long number -> BigInteger.valueOf(number);
            case BigInteger number -> number;
            default -> throw new IllegalArgumentException("not an integer: " + integer);
        };
    }

    /**
     * An integer as Long where it fits.
     *
     * @throws TemplateException of kind LIMIT for more than 4300 digits
     */
    public static Object normal(BigInteger number) {
        if (number.compareTo(MIN_LONG) >= 0 && number.compareTo(MAX_LONG) <= 0) {
            return number.longValue();
        }
        checkBits(number.bitLength());
        return number;
    }

    /** Refuses an integer that would have too many bits. */
    public static void checkBits(long bits) {
        if (bits > MAX_BITS) {
            throw TemplateException.limit(
                    "the template made an integer of more than " + MAX_DIGITS + " digits");
        }
    }

    /** The nearest double, infinite for integers beyond its range. */
    public static double approximate(Object number) {
        return switch (integer(number)) {
            case Long value -> value;
            case BigInteger value -> value.doubleValue();
            case Double value -> value;
            default -> throw new IllegalArgumentException("not a number: " + number);
        };
    }

    /**
     * {@code float(number)}.
     *
     * @throws TemplateException of kind ARITHMETIC beyond the range of float
     */
    public static double toFloat(Object number) {
        double value = approximate(number);
        if (Double.isInfinite(value) && number instanceof BigInteger) {
            throw TemplateException.arithmetic("int too large to convert to float");
        }
        return value;
    }

    /**
     * {@code int(number)} of a float, cutting the fraction off.
     *
     * @throws TemplateException of kind VALUE for NaN, ARITHMETIC for infinity
     */
    public static Object truncate(double number) {
        if (Double.isNaN(number)) {
            throw TemplateException.value("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(number)) {
            throw TemplateException.arithmetic("cannot convert float infinity to integer");
        }
        return Math.abs(number) < 1L << 62
                ? (Object) (long) number
                : normal(new BigDecimal(number).toBigInteger());
    }

    /**
     * {@code int(text, base)}: signs, white space around, underscores between digits, prefixes.
     *
     * @throws TemplateException of kind VALUE when the text is no integer of that base
     */
    public static Object parse(String text, int base) {
        if (base != 0 && (base < 2 || base > 36)) {
            throw TemplateException.value("int() base must be >= 2 and <= 36, or 0");
        }
        String digits = Strings.strip(text, null);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = base;
        String prefix = digits.length() > 1 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
        int marked =
                switch (prefix) {
                    case "0x" -> 16;
                    case "0o" -> 8;
                    case "0b" -> 2;
                    default -> 0;
                };
        if (marked > 0 && (base == marked || base == 0)) {
            radix = marked;
            digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
        } else if (base == 0) {
            radix = 10;
        }
        boolean leadingZero =
                base == 0
                        && radix == 10
                        && digits.length() > 1
                        && digits.startsWith("0")
                        && !digits.chars().allMatch(c -> c == '0' || c == '_');
        if (leadingZero || !validDigits(digits, radix)) {
            throw TemplateException.value(
                    "invalid literal for int() with base " + base + ": " + Repr.quote(text));
        }
        digits = digits.replace("_", "");
        if (digits.length() > MAX_DIGITS) {
            throw TemplateException.value(
                    "Exceeds the limit (4300 digits) for integer string "
                            + "conversion: value has "
                            + digits.length()
                            + " digits");
        }
        BigInteger value = new BigInteger(digits, radix);
        return normal(negative ? value.negate() : value);
    }

    private static boolean validDigits(String digits, int radix) {
        boolean afterDigit = false;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            boolean digit = Character.digit(c, radix) >= 0;
            if (!digit && (c != '_' || !afterDigit)) {
                return false;
            }
            afterDigit = digit;
        }
        return afterDigit;
    }

    /**
     * {@code float(text)}.
     *
     * @throws TemplateException of kind VALUE when the text is no number
     */
    public static double parseFloat(String text) {
        String number = Strings.strip(text, null);
        String plain =
                number.startsWith("-") || number.startsWith("+") ? number.substring(1) : number;
        double sign = number.startsWith("-") ? -1 : 1;
        switch (plain.toLowerCase(Locale.ROOT)) {
            case "inf", "infinity" -> {
                return sign * Double.POSITIVE_INFINITY;
            }
            case "nan" -> {
                return Double.NaN;
            }
            default -> {}
        }
        if (!isDecimal(plain)) {
            throw TemplateException.value("could not convert string to float: " + Repr.quote(text));
        }
        return sign * Double.parseDouble(plain.replace("_", ""));
    }

    /** Digits with single underscores between them, a point and an exponent, in ASCII. */
    private static boolean isDecimal(String text) {
        int at = 0;
        int digits = 0;
        boolean point = false;
        boolean exponent = false;
        boolean lastDigit = false;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c >= '0' && c <= '9') {
                digits++;
                lastDigit = true;
                continue;
            }
            if (c == '_') {
                boolean nextDigit =
                        at + 1 < text.length()
                                && text.charAt(at + 1) >= '0'
                                && text.charAt(at + 1) <= '9';
                if (!lastDigit || !nextDigit) {
                    return false;
                }
            } else if (c == '.' && !point && !exponent) {
                point = true;
            } else if ((c | 32) == 'e' && !exponent && digits > 0) {
                exponent = true;
                digits = 0;
                if (at + 1 < text.length() && "+-".indexOf(text.charAt(at + 1)) >= 0) {
                    at++;
                }
            } else {
                return false;
            }
            lastDigit = false;
        }
        return digits > 0;
    }
}
