package quire.template.operations;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import quire.template.TemplateException;
import quire.template.values.Markup;
import quire.template.values.Numbers;
import quire.template.values.PySequence;
import quire.template.values.PySequence.PyList;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Python's binary operators. */
public enum Arithmetic {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("**");

    private final String sign;

    Arithmetic(String sign) {
        this.sign = sign;
    }

    public static Arithmetic of(String sign) {
        for (Arithmetic operator : values()) {
            if (operator.sign.equals(sign)) {
                return operator;
            }
        }
        throw new IllegalArgumentException("no operator " + sign);
    }

    /**
     * {@code left operator right}.
     *
     * @throws TemplateException for operands without that operation, division by zero, limits
     */
    public Object apply(Run run, Object left, Object right) {
        if (Numbers.is(left) && Numbers.is(right)) {
            return left instanceof Double || right instanceof Double
                    ? (Object) floats(left, right)
                    : integers(run, Numbers.integer(left), Numbers.integer(right));
        }
        if (this == MODULO && Strings.is(left)) {
            return PercentFormat.format(run, left, right);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (this == ADD) {
            return concatenate(run, left, right);
        }
        if (this == MULTIPLY) {
            return repeat(run, left, right);
        }
        throw unsupported(left, right);
    }

    private TemplateException unsupported(Object left, Object right) {
        String shown = this == POWER ? "** or pow()" : sign;
        return TemplateException.type(
                "unsupported operand type(s) for "
                        + shown
                        + ": '"
                        + PyTypes.name(left)
                        + "' and '"
                        + PyTypes.name(right)
                        + "'");
    }

    private Object integers(Run run, Object left, Object right) {
        if (left instanceof Long x && right instanceof Long y) {
            switch (this) {
                case ADD -> {
                    long sum = x + y;
                    if (((x ^ sum) & (y ^ sum)) >= 0) {
                        return sum;
                    }
                }
                case SUBTRACT -> {
                    long difference = x - y;
                    if (((x ^ y) & (x ^ difference)) >= 0) {
                        return difference;
                    }
                }
                case MULTIPLY -> {
                    long high = Math.multiplyHigh(x, y);
                    long low = x * y;
                    if (high == low >> 63) {
                        return low;
                    }
                }
                default -> {}
            }
        }
        BigInteger a = Numbers.big(left);
        BigInteger b = Numbers.big(right);
        run.charge(a.bitLength() + b.bitLength() >> 3);
        return bigs(a, b);
    }

    private Object bigs(BigInteger a, BigInteger b) {
        return switch (this) {
            case ADD -> Numbers.normal(a.add(b));
            case SUBTRACT -> Numbers.normal(a.subtract(b));
            case MULTIPLY -> Numbers.normal(a.multiply(b));
            case DIVIDE -> quotient(a, b);
            case FLOOR_DIVIDE ->
                    Numbers.normal(floorDivide(a, b, "integer division or modulo by zero")[0]);
            case MODULO -> Numbers.normal(floorDivide(a, b, "integer modulo by zero")[1]);
            case POWER -> power(a, b);
        };
    }

    private static double quotient(BigInteger a, BigInteger b) {
        if (b.signum() == 0) {
            throw TemplateException.arithmetic("division by zero");
        }
        if (a.bitLength() <= 53 && b.bitLength() <= 53) {
            return a.doubleValue() / b.doubleValue();
        }
        // 40 digits are enough that rounding them to a double gives the nearest one.
        double value =
                new BigDecimal(a).divide(new BigDecimal(b), new MathContext(40)).doubleValue();
        if (Double.isInfinite(value)) {
            throw TemplateException.arithmetic("integer division result too large for a float");
        }
        return value;
    }

    /** Quotient and remainder with the divisor's sign. */
    private static BigInteger[] floorDivide(BigInteger a, BigInteger b, String byZero) {
        if (b.signum() == 0) {
            throw TemplateException.arithmetic(byZero);
        }
        BigInteger[] result = a.divideAndRemainder(b);
        if (result[1].signum() != 0 && result[1].signum() != b.signum()) {
            result[0] = result[0].subtract(BigInteger.ONE);
            result[1] = result[1].add(b);
        }
        return result;
    }

    private static Object power(BigInteger a, BigInteger b) {
        if (b.signum() < 0) {
            return Floats.power(a.doubleValue(), b.doubleValue());
        }
        if (a.bitLength() <= 1 && !a.equals(BigInteger.TWO.negate())) {
            // 0, 1 and -1 have small powers whatever the exponent.
            boolean negative = a.signum() < 0 && b.testBit(0);
            return b.signum() == 0 ? 1L : negative ? -1L : (long) a.abs().intValue();
        }
        Numbers.checkBits(
                b.bitLength() > 31 ? Long.MAX_VALUE : (long) (a.bitLength() - 1) * b.longValue());
        return Numbers.normal(a.pow(b.intValue()));
    }

    private Double floats(Object left, Object right) {
        double a = Numbers.toFloat(left);
        double b = Numbers.toFloat(right);
        if (b == 0 && (this == DIVIDE || this == FLOOR_DIVIDE || this == MODULO)) {
            throw TemplateException.arithmetic(
                    switch (this) {
                        case DIVIDE -> "float division by zero";
                        case FLOOR_DIVIDE -> "float floor division by zero";
                        default -> "float modulo";
                    });
        }
        return switch (this) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case FLOOR_DIVIDE -> Floats.floorQuotient(a, b);
            case MODULO -> Floats.modulo(a, b);
            case POWER -> Floats.power(a, b);
        };
    }

    private Object concatenate(Run run, Object left, Object right) {
        if (Strings.is(left) && Strings.is(right)) {
            if (left instanceof String a && right instanceof String b) {
                run.chars((long) a.length() + b.length());
                return a.concat(b);
            }
            String text = Markup.escaped(run, left) + Markup.escaped(run, right);
            run.chars(text.length());
            return new Markup(text);
        }
        if (left instanceof PyList a && right instanceof PyList b) {
            return new PyList(joined(run, a, b));
        }
        if (left instanceof PyTuple a && right instanceof PyTuple b) {
            return new PyTuple(joined(run, a, b), List.of());
        }
        if (Strings.is(left)) {
            throw TemplateException.type(
                    "can only concatenate str (not \"" + PyTypes.name(right) + "\") to str");
        }
        if (left instanceof PyList || left instanceof PyTuple) {
            String name = PyTypes.name(left);
            throw TemplateException.type(
                    "can only concatenate "
                            + name
                            + " (not \""
                            + PyTypes.name(right)
                            + "\") to "
                            + name);
        }
        throw unsupported(left, right);
    }

    private static List<Object> joined(Run run, PySequence a, PySequence b) {
        run.items((long) a.size() + b.size());
        List<Object> items = new ArrayList<>(a.size() + b.size());
        items.addAll(a.items());
        items.addAll(b.items());
        return items;
    }

    private Object repeat(Run run, Object left, Object right) {
        boolean leftIsSequence = repeatable(left);
        if (!leftIsSequence && !repeatable(right)) {
            throw unsupported(left, right);
        }
        Object sequence = leftIsSequence ? left : right;
        Object count = leftIsSequence ? right : left;
        if (!Numbers.isInteger(count)) {
            throw TemplateException.type(
                    "can't multiply sequence by non-int of type '" + PyTypes.name(count) + "'");
        }
        long times =
                Math.max(
                        0,
                        Math.clamp(
                                Numbers.big(count).bitLength() > 40
                                        ? Long.MAX_VALUE
                                        : Numbers.big(count).longValue(),
                                Integer.MIN_VALUE,
                                Integer.MAX_VALUE));
        if (Numbers.big(count).signum() < 0) {
            times = 0;
        }
        if (Strings.is(sequence)) {
            String text = Strings.text(sequence);
            run.chars(text.length() * times);
            return Markup.like(sequence, text.repeat(text.isEmpty() ? 0 : (int) times));
        }
        PySequence items = (PySequence) sequence;
        run.items(items.size() * times);
        List<Object> repeated = new ArrayList<>();
        for (long i = 0; i < times && items.size() > 0; i++) {
            repeated.addAll(items.items());
        }
        return sequence instanceof PyList ? new PyList(repeated) : new PyTuple(repeated, List.of());
    }

    private static boolean repeatable(Object value) {
        return Strings.is(value) || value instanceof PyList || value instanceof PyTuple;
    }
}
