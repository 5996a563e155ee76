package quire.template.operations;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import quire.template.TemplateException;
import quire.template.values.Markup;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Python's {@code ==}, {@code <} and {@code in}. */
public final class Equality {

    private Equality() {}

    public static boolean equal(Run run, Object a, Object b) {
        run.charge(1);
        if (Numbers.is(a) && Numbers.is(b)) {
            return compare(a, b) == 0;
        }
        if (Strings.is(a) && Strings.is(b)) {
            String left = Strings.text(a);
            String right = Strings.text(b);
            run.charge(left.length() == right.length() ? left.length() >> 4 : 0);
            return left.equals(right);
        }
        run.enter();
        boolean result =
                switch (a) {
                    case PySequence left when b instanceof PySequence right ->
                            comparable(left, right) && equalItems(run, left.items(), right.items());
                    case PyDict left when b instanceof PyDict right -> equalDicts(run, left, right);
                    case PyDict.View left when b instanceof PyDict.View right ->
                            left.kind() == right.kind()
                                    && left.kind() != PyDict.View.Kind.VALUES
                                    && (left.kind() == PyDict.View.Kind.KEYS
                                            ? left.dict().size() == right.dict().size()
                                                    && containsAll(run, left, right)
                                            : equalDicts(run, left.dict(), right.dict()));
                    case Undefined left -> b instanceof Undefined;
                    case null -> b == null;
                    default -> a == b;
                };
        run.leave();
        return result;
    }

    private static boolean containsAll(Run run, PyDict.View left, PyDict.View right) {
        return left.dict().entries().stream()
                .allMatch(e -> right.dict().get(run, e.key()) != Missing.MISSING);
    }

    private static boolean comparable(PySequence a, PySequence b) {
        return a.getClass() == b.getClass();
    }

    private static boolean equalItems(Run run, List<Object> a, List<Object> b) {
        if (a.size() != b.size()) {
            return false;
        }
        Iterator<Object> right = b.iterator();
        for (Object left : a) {
            Object other = right.next();
            if (left != other && !equal(run, left, other)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(Run run, PyDict a, PyDict b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (PyDict.Entry entry : a.entries()) {
            Object other = b.get(run, entry.key());
            if (other == Missing.MISSING || !equal(run, entry.value(), other)) {
                return false;
            }
        }
        return true;
    }

    /** Python's {@code is}, as far as it can be told from equality. */
    public static boolean same(Object a, Object b) {
        return a == b
                || a != null
                        && b != null
                        && a.getClass() == b.getClass()
                        && (a instanceof String
                                || a instanceof Long
                                || a instanceof Boolean
                                || a instanceof Double)
                        && a.equals(b);
    }

    /**
     * One of {@code < <= > >=}.
     *
     * @throws TemplateException of kind TYPE for values without an order
     */
    public static boolean ordered(Run run, String operator, Object a, Object b) {
        run.charge(1);
        if (a instanceof Double x && x.isNaN() || b instanceof Double y && y.isNaN()) {
            if (Numbers.is(a) && Numbers.is(b)) {
                return false;
            }
        }
        if (a instanceof PySequence left
                && b instanceof PySequence right
                && comparable(left, right)
                && !(a instanceof PySequence.PyRange)) {
            return orderedItems(run, operator, left, right);
        }
        int sign;
        if (Numbers.is(a) && Numbers.is(b)) {
            sign = compare(a, b);
        } else if (Strings.is(a) && Strings.is(b)) {
            run.charge(Math.min(Strings.text(a).length(), Strings.text(b).length()) >> 3);
            sign = Strings.compare(Strings.text(a), Strings.text(b));
        } else if (a instanceof Undefined undefined) {
            throw undefined.failure(run);
        } else if (b instanceof Undefined undefined) {
            throw undefined.failure(run);
        } else {
            throw TemplateException.type(
                    "'"
                            + operator
                            + "' not supported between instances of '"
                            + PyTypes.name(a)
                            + "' and '"
                            + PyTypes.name(b)
                            + "'");
        }
        return holds(operator, sign);
    }

    private static boolean orderedItems(Run run, String operator, PySequence a, PySequence b) {
        run.enter();
        int shared = Math.min(a.size(), b.size());
        int at = 0;
        while (at < shared && equal(run, a.get(at), b.get(at))) {
            at++;
        }
        boolean result =
                at == shared
                        ? holds(operator, Integer.compare(a.size(), b.size()))
                        : ordered(run, operator, a.get(at), b.get(at));
        run.leave();
        return result;
    }

    private static boolean holds(String operator, int sign) {
        return switch (operator) {
            case "<" -> sign < 0;
            case "<=" -> sign <= 0;
            case ">" -> sign > 0;
            default -> sign >= 0;
        };
    }

    /** Compares two numbers by their exact values; NaN is never equal to anything. */
    private static int compare(Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            double x = Numbers.approximate(a);
            double y = Numbers.approximate(b);
            if (Double.isNaN(x) || Double.isNaN(y)) {
                return 2;
            }
            boolean bothFloats = a instanceof Double && b instanceof Double;
            boolean anyInfinite =
                    a instanceof Double && Double.isInfinite(x)
                            || b instanceof Double && Double.isInfinite(y);
            // Below 2^53 an integer is exact as a double, and a larger one stays larger.
            if (bothFloats || anyInfinite || Math.min(Math.abs(x), Math.abs(y)) < 1L << 53) {
                return x < y ? -1 : x > y ? 1 : 0;
            }
            return exact(a).compareTo(exact(b));
        }
        Object left = Numbers.integer(a);
        Object right = Numbers.integer(b);
        if (left instanceof Long x && right instanceof Long y) {
            return Long.compare(x, y);
        }
        return Numbers.big(left).compareTo(Numbers.big(right));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double d
                ? new BigDecimal(d)
                : new BigDecimal(Numbers.big(Numbers.integer(number)));
    }

    /** {@code item in container}. */
    public static boolean contains(Run run, Object container, Object item) {
        switch (container) {
            case String text -> {
                return containsText(run, text, item);
            }
            case Markup markup -> {
                return containsText(run, markup.text(), item);
            }
            case PyDict dict -> {
                return dict.get(run, item) != Missing.MISSING;
            }
            case PyDict.View view when view.kind() == PyDict.View.Kind.KEYS -> {
                return view.dict().get(run, item) != Missing.MISSING;
            }
            case null, default -> {
                if (!PyTypes.iterable(container)) {
                    throw TemplateException.type(
                            "argument of type '" + PyTypes.name(container) + "' is not iterable");
                }
            }
        }
        for (Iterator<?> i = PyTypes.iterate(container); i.hasNext(); ) {
            Object each = i.next();
            if (each == item || equal(run, each, item)) {
                return true;
            }
        }
        return false;
    }

    private static boolean containsText(Run run, String text, Object item) {
        if (!Strings.is(item)) {
            throw TemplateException.type(
                    "'in <string>' requires string as left operand, not " + PyTypes.name(item));
        }
        return new Search(run, Strings.text(item)).next(text, 0) >= 0;
    }
}
