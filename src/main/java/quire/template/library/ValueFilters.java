package quire.template.library;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.Map;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.TemplateException.Kind;
import quire.template.operations.Arithmetic;
import quire.template.operations.Attributes;
import quire.template.operations.ItemKey;
import quire.template.operations.NumberFormat;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Filters over single values: defaults, numbers, JSON. */
final class ValueFilters {

    private ValueFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("default", ValueFilters::orDefault);
        filters.put("d", ValueFilters::orDefault);
        Filter length =
                (run, value, args) -> {
                    args.bind("length", 0);
                    return PyTypes.length(run, value);
                };
        filters.put("length", length);
        filters.put("count", length);
        filters.put("attr", ValueFilters::attribute);
        filters.put("int", ValueFilters::toInteger);
        filters.put("float", ValueFilters::toFloat);
        filters.put("abs", ValueFilters::absolute);
        filters.put("round", ValueFilters::round);
        filters.put("sum", ValueFilters::sum);
        filters.put("filesizeformat", ValueFilters::fileSize);
        filters.put("tojson", Json::filter);
    }

    private static Object orDefault(Run run, Object value, Arguments args) {
        Bound bound = args.bind("default", 0, "default_value", "boolean");
        boolean missing =
                value instanceof Undefined
                        || bound.truth(run, 1, false) && !PyTypes.truth(run, value);
        return missing ? bound.or(0, "") : value;
    }

    private static Object attribute(Run run, Object value, Arguments args) {
        String name = args.bind("attr", 1, "name").string(0, "");
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        Object own = Attributes.own(run, value, name);
        return own == Missing.MISSING ? Undefined.of(value, name) : own;
    }

    private static Object toInteger(Run run, Object value, Arguments args) {
        Bound bound = args.bind("int", 0, "default", "base");
        Object fallback = bound.or(0, 0L);
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (value instanceof Double number) {
            return Double.isNaN(number) ? fallback : Numbers.truncate(number);
        }
        if (!Strings.is(value)) {
            return Numbers.isInteger(value) ? Numbers.integer(value) : fallback;
        }
        run.charge(Strings.text(value).length());
        try {
            return Numbers.parse(Strings.text(value), bound.integer(1, 10));
        } catch (TemplateException notAnInteger) {
            if (notAnInteger.kind() != Kind.VALUE && notAnInteger.kind() != Kind.TYPE) {
                throw notAnInteger;
            }
        }
        // "42.5" is no integer, but its whole part is.
        try {
            return Numbers.truncate(Numbers.parseFloat(Strings.text(value)));
        } catch (TemplateException notANumber) {
            return fallback;
        }
    }

    private static Object toFloat(Run run, Object value, Arguments args) {
        Bound bound = args.bind("float", 0, "default");
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (Numbers.is(value)) {
            return Numbers.toFloat(value);
        }
        if (Strings.is(value)) {
            run.charge(Strings.text(value).length());
            try {
                return Numbers.parseFloat(Strings.text(value));
            } catch (TemplateException notANumber) {
                return bound.or(0, 0.0);
            }
        }
        return bound.or(0, 0.0);
    }

    private static Object absolute(Run run, Object value, Arguments args) {
        args.bind("abs", 0);
        if (value instanceof Double number) {
            return Math.abs(number);
        }
        if (!Numbers.isInteger(value)) {
            throw TemplateException.type(
                    "bad operand type for abs(): '" + PyTypes.name(value) + "'");
        }
        return Numbers.normal(Numbers.big(value).abs());
    }

    private static Object round(Run run, Object value, Arguments args) {
        Bound bound = args.bind("round", 0, "precision", "method");
        int precision = Math.clamp(bound.integer(0, 0), -400, 400);
        String method = bound.string(1, "common");
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        RoundingMode mode =
                switch (method) {
                    case "common" -> RoundingMode.HALF_EVEN;
                    case "ceil" -> RoundingMode.CEILING;
                    case "floor" -> RoundingMode.FLOOR;
                    default ->
                            throw TemplateException.runtime("method must be common, ceil or floor");
                };
        if (!Numbers.is(value)) {
            throw TemplateException.type(
                    "type " + PyTypes.name(value) + " doesn't define __round__ method");
        }
        if (method.equals("common")) {
            return Numbers.isInteger(value)
                    ? roundInteger(Numbers.big(value), precision)
                    : (Object) roundFloat((Double) value, precision);
        }
        Object scale = Arithmetic.POWER.apply(run, 10L, (long) precision);
        Object scaled = Arithmetic.MULTIPLY.apply(run, value, scale);
        Object whole = scaled;
        if (scaled instanceof Double number) {
            double rounded = mode == RoundingMode.CEILING ? Math.ceil(number) : Math.floor(number);
            whole = Numbers.truncate(rounded);
        }
        return Arithmetic.DIVIDE.apply(run, whole, scale);
    }

    private static Object roundInteger(BigInteger number, int precision) {
        return Numbers.normal(
                precision >= 0
                        ? number
                        : new BigDecimal(number)
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .toBigInteger());
    }

    private static double roundFloat(double number, int precision) {
        if (!Double.isFinite(number)) {
            return number;
        }
        double rounded =
                new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
        return Math.copySign(rounded, number);
    }

    private static Object sum(Run run, Object value, Arguments args) {
        Bound bound = args.bind("sum", 0, "attribute", "start");
        UnaryOperator<Object> key = ItemKey.of(run, bound.or(0, null), null, false);
        Object total = bound.or(1, 0L);
        if (Strings.is(total)) {
            throw TemplateException.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Iterator<?> i = PyTypes.iterate(value); i.hasNext(); ) {
            total = Arithmetic.ADD.apply(run, total, key.apply(i.next()));
        }
        return total;
    }

    private static Object fileSize(Run run, Object value, Arguments args) {
        boolean binary = args.bind("filesizeformat", 0, "binary").truth(run, 0, false);
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        double bytes;
        if (Strings.is(value)) {
            bytes = Numbers.parseFloat(Strings.text(value));
        } else if (Numbers.is(value)) {
            bytes = Numbers.toFloat(value);
        } else {
            throw TemplateException.type(
                    "float() argument must be a string or a real number, "
                            + "not '"
                            + PyTypes.name(value)
                            + "'");
        }
        int base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return "1 Byte";
        }
        if (bytes < base) {
            return Repr.str(run, Numbers.truncate(bytes)) + " Bytes";
        }
        String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
        double unit = base;
        int at = 0;
        while (at < 7 && !(bytes < unit * base)) {
            unit *= base;
            at++;
        }
        return NumberFormat.absolute(base * bytes / (unit * base), 'f', 1, false)
                + " "
                + prefixes.charAt(at)
                + (binary ? "iB" : "B");
    }
}
