package quire.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import quire.grammar.Regex;

/**
 * Plain decimals that are whole multiples of a number, a fraction whose denominator is a power of
 * ten. Of what its numerator has of twos and fives the last digits alone tell; of the rest, what is
 * left over as digit after digit is read, which is not changed by zeros at the end.
 *
 * @param divisor the numerator's twos and fives
 * @param odd the rest of the numerator
 * @param places the denominator is ten to this power
 * @param digits the divisor divides ten to this power
 */
record Multiples(long divisor, int odd, int places, int digits) {

    /** Endings that are listed. */
    private static final int MAX_ENDINGS = 5000;

    /** More digits of an ending than that are not read. */
    private static final int MAX_DIGITS = 15;

    /** The expression for a greater one would be too large. */
    private static final int MAX_ODD = 13;

    private static final Map<Integer, Regex> LEAVING_NOTHING = new ConcurrentHashMap<>();

    /**
     * Multiples of a number.
     *
     * @param unit positive
     * @return null where that takes too much
     */
    static Multiples of(BigDecimal unit) {
        BigDecimal plain = unit.stripTrailingZeros();
        int places = Math.max(plain.scale(), 0);
        BigDecimal numerator = plain.movePointRight(places);
        if (numerator.precision() - numerator.scale() > MAX_DIGITS || places > 100) {
            return null;
        }
        long odd = numerator.longValueExact();
        long divisor = 1;
        for (int prime : new int[] {2, 5}) {
            while (odd % prime == 0) {
                odd /= prime;
                divisor *= prime;
            }
        }
        if (odd > MAX_ODD) {
            return null;
        }
        long power = 1;
        for (int digits = 0; digits <= MAX_DIGITS; digits++) {
            if (power % divisor == 0) {
                return power / divisor > MAX_ENDINGS
                        ? null
                        : new Multiples(divisor, (int) odd, places, digits);
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
        Regex byEnding = JsonText.anyOf(parts);
        Regex all =
                odd == 1
                        ? byEnding
                        : Regex.both(
                                byEnding,
                                LEAVING_NOTHING.computeIfAbsent(odd, Multiples::leavingNothing));
        return Regex.seq(NumberText.optional(NumberText.MINUS), all);
    }

    /**
     * Digits, with a point anywhere, of numbers that leave nothing over: the automaton of what is
     * left over, of which one state after the other is taken out (Brzozowski and McCluskey).
     */
    private static Regex leavingNothing(int odd) {
        Regex[][] ways = new Regex[odd][odd];
        for (int rest = 0; rest < odd; rest++) {
            Arrays.fill(ways[rest], Regex.nothing());
            ways[rest][rest] = NumberText.POINT;
            for (char digit = '0'; digit <= '9'; digit++) {
                int next = (rest * 10 + digit - '0') % odd;
                ways[rest][next] = Regex.anyOf(ways[rest][next], NumberText.range(digit, digit));
            }
        }
        for (int out = odd - 1; out > 0; out--) {
            Regex loop = Regex.repeat(ways[out][out], 0, -1);
            for (int from = 0; from < out; from++) {
                for (int to = 0; to < out; to++) {
                    Regex around = Regex.seq(ways[from][out], loop, ways[out][to]);
                    ways[from][to] = Regex.anyOf(ways[from][to], around);
                }
            }
        }
        return Regex.repeat(ways[0][0], 0, -1);
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
