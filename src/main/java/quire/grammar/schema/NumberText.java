package quire.grammar.schema;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import quire.grammar.Regex;

/**
 * Numbers as JSON writes them. Ranges and the like speak of plain decimals, without exponent and
 * without a minus before zero: an exponent of any size cannot be compared by a finite automaton.
 */
final class NumberText {

    static final Regex DIGIT = range('0', '9');
    static final Regex DIGITS = Regex.repeat(DIGIT, 0, -1);
    static final Regex MINUS = Regex.literal("-");
    static final Regex POINT = Regex.literal(".");
    static final Regex INTEGER_PART =
            Regex.anyOf(Regex.literal("0"), Regex.seq(range('1', '9'), DIGITS));
    static final Regex ZEROS = Regex.seq(POINT, Regex.repeat(Regex.literal("0"), 1, -1));
    private static final Regex NOT_ALL_ZERO = Regex.seq(DIGITS, range('1', '9'), DIGITS);
    private static final Regex FRACTION = Regex.seq(POINT, Regex.repeat(DIGIT, 1, -1));

    /** Any number. Three digits of exponent are more than a double holds. */
    static final Regex ANY =
            Regex.seq(
                    optional(MINUS),
                    INTEGER_PART,
                    optional(FRACTION),
                    optional(
                            Regex.seq(
                                    Regex.codePoints('E', 'E', 'e', 'e'),
                                    optional(Regex.codePoints('+', '+', '-', '-')),
                                    Regex.repeat(DIGIT, 1, 3))));

    private static final Regex POSITIVE = atLeast(BigDecimal.ZERO, true);

    /** Any plain decimal. */
    static final Regex DECIMAL =
            Regex.anyOf(atLeast(BigDecimal.ZERO, false), Regex.seq(MINUS, POSITIVE));

    /** Plain decimals with a fraction that is not zero. */
    static final Regex FRACTIONAL = Regex.seq(optional(MINUS), INTEGER_PART, POINT, NOT_ALL_ZERO);

    private NumberText() {}

    /** One end of a range. */
    record Bound(BigDecimal value, boolean isOpen) {

        Bound negated() {
            return new Bound(value.negate(), isOpen);
        }
    }

    /**
     * Plain decimals of a range.
     *
     * @param low null for none
     * @param high null for none
     */
    static Regex decimals(Bound low, Bound high) {
        List<Regex> parts = new ArrayList<>();
        if (high == null || high.value().signum() >= 0) {
            parts.add(between(low != null && low.value().signum() >= 0 ? low : null, high, false));
        }
        if (low == null || low.value().signum() < 0) {
            Bound from = high != null && high.value().signum() <= 0 ? high.negated() : null;
            Bound to = low == null ? null : low.negated();
            parts.add(Regex.seq(MINUS, between(from, to, true)));
        }
        return JsonText.anyOf(parts);
    }

    /** Decimals without sign; {@code positive} leaves out zero. */
    private static Regex between(Bound low, Bound high, boolean positive) {
        Regex from;
        if (low == null || positive && low.value().signum() == 0) {
            from = atLeast(BigDecimal.ZERO, positive);
        } else {
            from = atLeast(low.value(), low.isOpen());
        }
        return high == null ? from : Regex.both(from, atMost(high.value(), high.isOpen()));
    }

    /**
     * Integers of a range.
     *
     * @param withZeros whether {@code 1.0} is one too
     */
    static Regex integers(Bound low, Bound high, boolean withZeros) {
        List<Regex> parts = new ArrayList<>();
        BigDecimal from = low == null ? null : ceiling(low);
        BigDecimal to = high == null ? null : ceiling(high.negated()).negate();
        if (to == null || to.signum() >= 0) {
            BigDecimal first = from == null || from.signum() < 0 ? BigDecimal.ZERO : from;
            parts.add(naturals(first, to));
        }
        if (from == null || from.signum() < 0) {
            BigDecimal first = to == null || to.signum() >= 0 ? BigDecimal.ONE : to.negate();
            BigDecimal last = from == null ? null : from.negate();
            parts.add(Regex.seq(MINUS, naturals(first, last)));
        }
        Regex all = JsonText.anyOf(parts);
        return withZeros ? Regex.seq(all, optional(ZEROS)) : all;
    }

    /** The smallest integer that the lower bound allows. */
    static BigDecimal ceiling(Bound low) {
        BigDecimal integer = low.value().setScale(0, RoundingMode.CEILING);
        boolean isExcluded = low.isOpen() && integer.compareTo(low.value()) == 0;
        return isExcluded ? integer.add(BigDecimal.ONE) : integer;
    }

    private static Regex naturals(BigDecimal from, BigDecimal to) {
        Regex low = from.signum() == 0 ? INTEGER_PART : naturalsFrom(digitsOf(from));
        return to == null ? low : Regex.both(low, naturalsTo(digitsOf(to)));
    }

    private static String digitsOf(BigDecimal natural) {
        return natural.toBigInteger().toString();
    }

    private static Regex naturalsFrom(String digits) {
        return Regex.anyOf(Regex.literal(digits), naturalsAbove(digits));
    }

    private static Regex naturalsTo(String digits) {
        return Regex.anyOf(Regex.literal(digits), naturalsBelow(digits));
    }

    private static Regex naturalsAbove(String digits) {
        List<Regex> parts = new ArrayList<>();
        parts.add(Regex.seq(range('1', '9'), Regex.repeat(DIGIT, digits.length(), -1)));
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '9') {
                parts.add(
                        Regex.seq(
                                Regex.literal(digits.substring(0, i)),
                                range((char) (digits.charAt(i) + 1), '9'),
                                exactly(digits.length() - i - 1)));
            }
        }
        return digits.equals("0") ? Regex.seq(range('1', '9'), DIGITS) : JsonText.anyOf(parts);
    }

    private static Regex naturalsBelow(String digits) {
        List<Regex> parts = new ArrayList<>();
        if (digits.equals("0")) {
            return Regex.nothing();
        }
        parts.add(Regex.literal("0"));
        if (digits.length() > 1) {
            parts.add(Regex.seq(range('1', '9'), Regex.repeat(DIGIT, 0, digits.length() - 2)));
        }
        for (int i = 0; i < digits.length(); i++) {
            char first = i == 0 ? '1' : '0';
            if (digits.charAt(i) > first) {
                parts.add(
                        Regex.seq(
                                Regex.literal(digits.substring(0, i)),
                                range(first, (char) (digits.charAt(i) - 1)),
                                exactly(digits.length() - i - 1)));
            }
        }
        return JsonText.anyOf(parts);
    }

    /** Decimals without sign from a value that is not negative. */
    private static Regex atLeast(BigDecimal value, boolean isOpen) {
        String whole = digitsOf(value);
        String fraction = fractionOf(value);
        Regex same;
        if (fraction.isEmpty()) {
            same = isOpen ? Regex.seq(POINT, NOT_ALL_ZERO) : optional(FRACTION);
        } else {
            List<Regex> tails = new ArrayList<>();
            for (int i = 0; i < fraction.length(); i++) {
                if (fraction.charAt(i) < '9') {
                    tails.add(
                            Regex.seq(
                                    Regex.literal(fraction.substring(0, i)),
                                    range((char) (fraction.charAt(i) + 1), '9'),
                                    DIGITS));
                }
            }
            tails.add(Regex.seq(Regex.literal(fraction), isOpen ? NOT_ALL_ZERO : DIGITS));
            same = Regex.seq(POINT, JsonText.anyOf(tails));
        }
        return Regex.anyOf(
                Regex.seq(naturalsAbove(whole), optional(FRACTION)),
                Regex.seq(Regex.literal(whole), same));
    }

    /** Decimals without sign up to a value that is not negative. */
    private static Regex atMost(BigDecimal value, boolean isOpen) {
        String whole = digitsOf(value);
        String fraction = fractionOf(value);
        Regex same;
        if (fraction.isEmpty()) {
            same = isOpen ? Regex.nothing() : optional(ZEROS);
        } else {
            List<Regex> tails = new ArrayList<>();
            for (int i = 0; i < fraction.length(); i++) {
                Regex head = Regex.literal(fraction.substring(0, i));
                if (i > 0) {
                    tails.add(head);
                }
                if (fraction.charAt(i) > '0') {
                    tails.add(Regex.seq(head, range('0', (char) (fraction.charAt(i) - 1)), DIGITS));
                }
            }
            if (!isOpen) {
                tails.add(
                        Regex.seq(
                                Regex.literal(fraction), Regex.repeat(Regex.literal("0"), 0, -1)));
            }
            same = optional(Regex.seq(POINT, JsonText.anyOf(tails)));
        }
        return Regex.anyOf(
                Regex.seq(naturalsBelow(whole), optional(FRACTION)),
                Regex.seq(Regex.literal(whole), same));
    }

    /** Digits behind the point, the last of which is not zero. */
    private static String fractionOf(BigDecimal value) {
        String text = value.stripTrailingZeros().toPlainString();
        int point = text.indexOf('.');
        return point < 0 ? "" : text.substring(point + 1);
    }

    /** The value as it is generated. */
    static String text(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    /** The value in its one spelling, or also with zeros at the end of its fraction. */
    static Regex literal(BigDecimal value, boolean withZeros) {
        String text = text(value);
        if (!withZeros) {
            return Regex.literal(text);
        }
        Regex zeros = Regex.repeat(Regex.literal("0"), 0, -1);
        return Regex.seq(Regex.literal(text), text.contains(".") ? zeros : optional(ZEROS));
    }

    private static Regex exactly(int digits) {
        return Regex.repeat(DIGIT, digits, digits);
    }

    static Regex optional(Regex part) {
        return Regex.anyOf(Regex.empty(), part);
    }

    static Regex range(char from, char to) {
        return Regex.codePoints(from, to);
    }
}
