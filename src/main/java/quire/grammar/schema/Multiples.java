package quire.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import quire.grammar.Regex;

/**
 * Plain decimals that are whole multiples of a number. Where the number divides a power of ten, the
 * last digits alone tell.
 *
 * @param divisor of the number as a fraction, its numerator
 * @param places its denominator is ten to this power
 * @param digits the numerator divides ten to this power
 */
record Multiples(long divisor, int places, int digits) {

    /** Endings that are listed. */
    private static final int MAX_ENDINGS = 5000;

    /** More digits of an ending than that are not read. */
    private static final int MAX_DIGITS = 15;

    /**
     * Multiples of a number.
     *
     * @param unit positive
     * @return null where that takes more than a list of endings
     */
    static Multiples of(BigDecimal unit) {
        BigDecimal plain = unit.stripTrailingZeros();
        int places = Math.max(plain.scale(), 0);
        BigDecimal numerator = plain.movePointRight(places);
        if (numerator.precision() - numerator.scale() > MAX_DIGITS || places > 100) {
            return null;
        }
        long divisor = numerator.longValueExact();
        long power = 1;
        for (int digits = 0; digits <= MAX_DIGITS; digits++) {
            if (power % divisor == 0) {
                return power / divisor > MAX_ENDINGS
                        ? null
                        : new Multiples(divisor, places, digits);
            }
            power *= 10;
        }
        return null;
    }

    Regex regex() {
        List<Regex> parts = new ArrayList<>();
        Regex zeros = Regex.repeat(Regex.literal("0"), 0, -1);
        if (digits <= places) {
            List<Regex> fractions = new ArrayList<>();
            int free = places - digits;
            if (free > 0) {
                fractions.add(Regex.seq(Regex.repeat(NumberText.DIGIT, 1, free), zeros));
            }
            Regex head = Regex.repeat(NumberText.DIGIT, free, free);
            for (String ending : endings()) {
                String digits = withoutZeros(ending);
                if (!digits.isEmpty()) {
                    fractions.add(Regex.seq(head, Regex.literal(digits), zeros));
                }
            }
            fractions.add(Regex.repeat(Regex.literal("0"), 1, -1));
            Regex fraction = Regex.seq(NumberText.POINT, JsonText.anyOf(fractions));
            parts.add(Regex.seq(NumberText.INTEGER_PART, NumberText.optional(fraction)));
        } else {
            for (String ending : endings()) {
                parts.add(number(ending.substring(0, digits - places), ending, zeros));
            }
        }
        return Regex.seq(NumberText.optional(NumberText.MINUS), JsonText.anyOf(parts));
    }

    /** Numbers that end with some digits before the point and all of those behind it. */
    private Regex number(String whole, String ending, Regex zeros) {
        String few = whole.replaceFirst("^0+(?=.)", "");
        Regex many = Regex.seq(NumberText.range('1', '9'), NumberText.DIGITS, Regex.literal(whole));
        String digits = withoutZeros(ending.substring(whole.length()));
        Regex fraction =
                digits.isEmpty()
                        ? NumberText.optional(NumberText.ZEROS)
                        : Regex.seq(NumberText.POINT, Regex.literal(digits), zeros);
        return Regex.seq(Regex.anyOf(Regex.literal(few), many), fraction);
    }

    private static String withoutZeros(String digits) {
        return digits.replaceFirst("0+$", "");
    }

    private List<String> endings() {
        List<String> endings = new ArrayList<>();
        long end = 1;
        for (int i = 0; i < digits; i++) {
            end *= 10;
        }
        for (long multiple = 0; multiple < end; multiple += divisor) {
            endings.add(digits == 0 ? "" : String.format("%0" + digits + "d", multiple));
        }
        return endings;
    }
}
