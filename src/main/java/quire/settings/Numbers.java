package quire.settings;

import java.math.BigDecimal;
import java.util.Map;
import quire.error.ConfigurationException;

/** Reads numbers as they are typed. */
public final class Numbers {

    /** Powers that a suffix stands for: lower case decimal, upper case binary, as in vLLM. */
    private static final Map<Character, Long> UNITS =
            Map.of(
                    'k',
                    1_000L,
                    'K',
                    1L << 10,
                    'm',
                    1_000_000L,
                    'M',
                    1L << 20,
                    'g',
                    1_000_000_000L,
                    'G',
                    1L << 30,
                    't',
                    1_000_000_000_000L,
                    'T',
                    1L << 40);

    private static final int MAX_DIGITS = 40;

    private Numbers() {}

    /**
     * {@code 4096}, {@code 4K}, {@code 1.5G}.
     *
     * @throws ConfigurationException if it is no whole number of that range
     */
    public static long whole(Given given, long least, long most) {
        String digits = given.text().strip();
        long unit = 1;
        if (!digits.isEmpty() && UNITS.containsKey(digits.charAt(digits.length() - 1))) {
            unit = UNITS.get(digits.charAt(digits.length() - 1));
            digits = digits.substring(0, digits.length() - 1);
        }
        BigDecimal value;
        try {
            value =
                    new BigDecimal(digits.substring(0, Math.min(digits.length(), MAX_DIGITS)))
                            .multiply(BigDecimal.valueOf(unit));
        } catch (NumberFormatException e) {
            throw Kind.refuse(given, "is not a number such as 4096, 4K (4096) or 4k (4000)");
        }
        if (digits.length() > MAX_DIGITS
                || value.stripTrailingZeros().scale() > 0
                || value.compareTo(BigDecimal.valueOf(least)) < 0
                || value.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw new ConfigurationException(
                    given.spelled()
                            + " "
                            + given.shown()
                            + " is not a whole number from "
                            + least
                            + " to "
                            + most);
        }
        return value.longValueExact();
    }

    /** A part of a whole, such as {@code 0.9}. */
    static double part(Given given) {
        double part;
        try {
            part = Double.parseDouble(given.text().strip());
        } catch (NumberFormatException e) {
            throw Kind.refuse(given, "is not a number such as 0.9");
        }
        if (!(part > 0 && part <= 1)) {
            throw Kind.refuse(given, "is not more than 0 and at most 1, such as 0.9");
        }
        return part;
    }
}
