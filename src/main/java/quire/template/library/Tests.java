package quire.template.library;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import quire.template.operations.Arithmetic;
import quire.template.operations.CharacterTests;
import quire.template.operations.Equality;
import quire.template.values.Arguments;
import quire.template.values.HasLength;
import quire.template.values.Markup;
import quire.template.values.Numbers;
import quire.template.values.PyCallable;
import quire.template.values.PyDict;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Every test by name: what stands behind {@code value is name(arguments)}. */
public final class Tests {

    /** One test. */
    public interface Check {
        boolean passes(Run run, Object value, Arguments arguments);
    }

    public static final Map<String, Check> ALL = all();

    private Tests() {}

    private static Map<String, Check> all() {
        Map<String, Check> tests = new HashMap<>();
        tests.put("defined", simple("defined", v -> !(v instanceof Undefined)));
        tests.put("undefined", simple("undefined", v -> v instanceof Undefined));
        tests.put("none", simple("none", v -> v == null));
        tests.put("boolean", simple("boolean", v -> v instanceof Boolean));
        tests.put("true", simple("true", Boolean.TRUE::equals));
        tests.put("false", simple("false", Boolean.FALSE::equals));
        tests.put(
                "integer", simple("integer", v -> Numbers.isInteger(v) && !(v instanceof Boolean)));
        tests.put("float", simple("float", v -> v instanceof Double));
        tests.put("number", simple("number", Numbers::is));
        tests.put("string", simple("string", Strings::is));
        tests.put("mapping", simple("mapping", v -> v instanceof PyDict));
        tests.put("iterable", simple("iterable", PyTypes::iterable));
        tests.put(
                "sequence",
                simple(
                        "sequence",
                        v ->
                                PyTypes.hasLength(v)
                                        && !(v instanceof PyDict.View)
                                        && !(v instanceof HasLength)));
        tests.put(
                "callable",
                simple("callable", v -> v instanceof PyCallable || v instanceof Undefined));
        tests.put("escaped", simple("escaped", v -> v instanceof Markup));
        tests.put(
                "filter",
                simple("filter", v -> Strings.is(v) && Filters.ALL.containsKey(Strings.text(v))));
        tests.put("test", simple("test", Tests::isTest));
        tests.put(
                "lower",
                (run, value, args) -> {
                    args.bind("lower", 0);
                    return CharacterTests.isLower(run, Repr.str(run, value));
                });
        tests.put(
                "upper",
                (run, value, args) -> {
                    args.bind("upper", 0);
                    return CharacterTests.isUpper(run, Repr.str(run, value));
                });
        tests.put(
                "odd",
                (run, value, args) -> {
                    args.bind("odd", 0);
                    return Equality.equal(run, Arithmetic.MODULO.apply(run, value, 2L), 1L);
                });
        tests.put(
                "even",
                (run, value, args) -> {
                    args.bind("even", 0);
                    return Equality.equal(run, Arithmetic.MODULO.apply(run, value, 2L), 0L);
                });
        tests.put(
                "divisibleby",
                binary(
                        "divisibleby",
                        "num",
                        (run, value, other) ->
                                Equality.equal(
                                        run, Arithmetic.MODULO.apply(run, value, other), 0L)));
        tests.put("sameas", binary("sameas", "other", (run, a, b) -> Equality.same(a, b)));
        tests.put("in", binary("in", "seq", (run, a, b) -> Equality.contains(run, b, a)));
        comparisons(tests);
        return Map.copyOf(tests);
    }

    private static void comparisons(Map<String, Check> tests) {
        Check equal = binary("eq", "other", Equality::equal);
        Check different = binary("ne", "other", (run, a, b) -> !Equality.equal(run, a, b));
        add(tests, equal, "==", "eq", "equalto");
        add(tests, different, "!=", "ne");
        add(tests, ordered("<"), "<", "lt", "lessthan");
        add(tests, ordered("<="), "<=", "le");
        add(tests, ordered(">"), ">", "gt", "greaterthan");
        add(tests, ordered(">="), ">=", "ge");
    }

    private static void add(Map<String, Check> tests, Check check, String... names) {
        for (String name : names) {
            tests.put(name, check);
        }
    }

    private static Check ordered(String operator) {
        return binary(operator, "other", (run, a, b) -> Equality.ordered(run, operator, a, b));
    }

    private static boolean isTest(Object value) {
        return Strings.is(value) && ALL.containsKey(Strings.text(value));
    }

    private static Check simple(String name, Predicate<Object> passes) {
        return (run, value, args) -> {
            args.bind(name, 0);
            return passes.test(value);
        };
    }

    /** A test with one argument. */
    private interface Pair {
        boolean passes(Run run, Object value, Object other);
    }

    private static Check binary(String name, String parameter, Pair pair) {
        return (run, value, args) ->
                pair.passes(run, value, args.bind(name, 1, parameter).or(0, null));
    }
}
