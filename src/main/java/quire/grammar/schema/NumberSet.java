package quire.grammar.schema;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;
import quire.grammar.Regex;
import quire.grammar.schema.NumberText.Bound;

/**
 * Numbers that satisfy some conditions.
 *
 * @param low null for none
 * @param high null for none
 * @param multiples what they are multiples of
 * @param values null for no list of them; otherwise the other conditions are empty
 * @param musts languages of plain decimals that they are in
 */
record NumberSet(
        boolean isInteger,
        Bound low,
        Bound high,
        List<BigDecimal> multiples,
        TreeSet<BigDecimal> values,
        List<Regex> musts) {

    static final NumberSet ALL = new NumberSet(false, null, null, List.of(), null, List.of());
    static final NumberSet INTEGERS = new NumberSet(true, null, null, List.of(), null, List.of());

    static NumberSet from(Bound low) {
        return new NumberSet(false, low, null, List.of(), null, List.of());
    }

    static NumberSet to(Bound high) {
        return new NumberSet(false, null, high, List.of(), null, List.of());
    }

    static NumberSet multiplesOf(BigDecimal unit) {
        return new NumberSet(false, null, null, List.of(unit), null, List.of());
    }

    static NumberSet of(TreeSet<BigDecimal> values) {
        return new NumberSet(false, null, null, List.of(), values, List.of());
    }

    private static NumberSet in(Regex must) {
        return new NumberSet(false, null, null, List.of(), null, List.of(must));
    }

    NumberSet and(NumberSet other) {
        if (values != null) {
            return of(other.filtered(values));
        }
        if (other.values != null) {
            return of(filtered(other.values));
        }
        return new NumberSet(
                isInteger || other.isInteger,
                tighter(low, other.low, 1),
                tighter(high, other.high, -1),
                joined(multiples, other.multiples),
                null,
                joined(musts, other.musts));
    }

    private static Bound tighter(Bound one, Bound other, int direction) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        int order = one.value().compareTo(other.value()) * direction;
        return order > 0 || order == 0 && one.isOpen() ? one : other;
    }

    private static <T> List<T> joined(List<T> one, List<T> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        SequencedSet<T> all = new LinkedHashSet<>(one);
        all.addAll(other);
        return List.copyOf(all);
    }

    private TreeSet<BigDecimal> filtered(TreeSet<BigDecimal> candidates) {
        TreeSet<BigDecimal> kept = new TreeSet<>();
        for (BigDecimal value : candidates) {
            if (has(value)) {
                kept.add(value);
            }
        }
        return kept;
    }

    private boolean has(BigDecimal value) {
        if (values != null) {
            return values.contains(value);
        }
        if (isInteger && value.stripTrailingZeros().scale() > 0
                || low != null && isBelow(value, low, 1)
                || high != null && isBelow(value, high, -1)) {
            return false;
        }
        byte[] text = NumberText.text(value).getBytes(StandardCharsets.UTF_8);
        return multiples.stream().allMatch(m -> value.remainder(m).signum() == 0)
                && musts.stream().allMatch(must -> must.matches(text));
    }

    private static boolean isBelow(BigDecimal value, Bound bound, int direction) {
        int order = value.compareTo(bound.value()) * direction;
        return order < 0 || order == 0 && bound.isOpen();
    }

    /** Sets whose union is every number that is not in this one. */
    List<NumberSet> complement() {
        List<NumberSet> outside = new ArrayList<>();
        if (values != null) {
            List<Regex> spelled =
                    values.stream().map(value -> NumberText.literal(value, true)).toList();
            outside.add(in(Regex.not(JsonText.anyOf(spelled))));
        }
        if (isInteger) {
            outside.add(in(NumberText.FRACTIONAL));
        }
        if (low != null) {
            outside.add(to(new Bound(low.value(), !low.isOpen())));
        }
        if (high != null) {
            outside.add(from(new Bound(high.value(), !high.isOpen())));
        }
        for (BigDecimal unit : multiples) {
            outside.add(in(Regex.not(Multiples.of(unit).regex())));
        }
        for (Regex must : musts) {
            outside.add(in(Regex.not(must)));
        }
        return outside;
    }

    /** Whether it is seen to have no number. */
    boolean isNothing() {
        if (values != null) {
            return values.isEmpty();
        }
        if (low != null && high != null) {
            int order = low.value().compareTo(high.value());
            if (order > 0 || order == 0 && (low.isOpen() || high.isOpen())) {
                return true;
            }
            BigDecimal first = NumberText.ceiling(low);
            if (isInteger && isBelow(first, high, -1)) {
                return true;
            }
        }
        return !(multiples.isEmpty() && musts.isEmpty()) && regex(false).isNothing();
    }

    /**
     * Its numbers as text.
     *
     * @param withZeros also in spellings with zeros at the end of the fraction, also of an integer
     */
    Regex regex(boolean withZeros) {
        if (values != null) {
            return JsonText.anyOf(
                    values.stream().map(value -> NumberText.literal(value, withZeros)).toList());
        }
        if (equals(ALL)) {
            return NumberText.ANY;
        }
        Regex all =
                isInteger
                        ? NumberText.integers(low, high, withZeros)
                        : NumberText.decimals(low, high);
        for (BigDecimal unit : multiples) {
            boolean isTrivial = isInteger && BigDecimal.ONE.remainder(unit).signum() == 0;
            all = isTrivial ? all : Regex.both(all, Multiples.of(unit).regex());
        }
        for (Regex must : musts) {
            all = Regex.both(all, must);
        }
        return all;
    }
}
