package quire.template.library;

import java.util.List;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.TemplateException.Kind;
import quire.template.operations.ContainerMethods;
import quire.template.values.Arguments;
import quire.template.values.HasAttributes;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyCallable;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PySequence.PyRange;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Functions that every template can call. */
public final class Globals {

    public static final Map<String, Object> ALL =
            Map.of(
                    "range", PyCallable.Function.of("safe_range", Globals::range),
                    "dict", new DictFunction(),
                    "namespace", PyCallable.Function.of("namespace", Globals::namespace),
                    "cycler", PyCallable.Function.of("cycler", (run, args) -> new Cycler(args)),
                    "joiner",
                            PyCallable.Function.of(
                                    "joiner",
                                    (run, args) ->
                                            new Joiner(args.bind("joiner", 0, "sep").or(0, ", "))),
                    "raise_exception", PyCallable.Function.of("raise_exception", Globals::raise),
                    "strftime_now",
                            PyCallable.Function.of(
                                    "strftime_now",
                                    (run, args) ->
                                            Strftime.now(
                                                    run,
                                                    args.bind("strftime_now", 1, "format")
                                                            .string(0, ""))),
                    "lipsum",
                            PyCallable.Function.of(
                                    "lipsum",
                                    (run, args) -> {
                                        throw TemplateException.runtime(
                                                "lipsum is random text: it is not for prompts");
                                    }));

    private Globals() {}

    private static Object range(Run run, Arguments args) {
        if (!args.keywords().isEmpty()
                || args.positional().isEmpty()
                || args.positional().size() > 3) {
            throw TemplateException.type(
                    "range expected 1 to 3 arguments, got "
                            + (args.positional().size() + args.keywords().size()));
        }
        long[] values = new long[args.positional().size()];
        for (int i = 0; i < values.length; i++) {
            Object value = args.positional().get(i);
            if (!Numbers.isInteger(value)) {
                if (value instanceof Undefined undefined) {
                    throw undefined.failure(run);
                }
                throw TemplateException.type(
                        "'" + PyTypes.name(value) + "' object cannot be interpreted as an integer");
            }
            if (Math.abs(Numbers.approximate(value)) > 1L << 60) {
                throw TemplateException.arithmetic("range() bounds are too far out");
            }
            values[i] = Numbers.big(value).longValue();
        }
        return switch (values.length) {
            case 1 -> PyRange.of(run, 0, values[0], 1);
            case 2 -> PyRange.of(run, values[0], values[1], 1);
            default -> PyRange.of(run, values[0], values[1], values[2]);
        };
    }

    private static Object namespace(Run run, Arguments args) {
        NamespaceObject namespace = new NamespaceObject();
        for (PyDict.Entry entry : ContainerMethods.dict(run, args).entries()) {
            if (!Strings.is(entry.key())) {
                throw TemplateException.type(
                        "namespace attributes are strings, not " + PyTypes.name(entry.key()));
            }
            namespace.set(run, Strings.text(entry.key()), entry.value());
        }
        return namespace;
    }

    private static Object raise(Run run, Arguments args) {
        Object message = args.bind("raise_exception", 1, "message").or(0, null);
        throw new TemplateException(Kind.RAISED, Repr.str(run, message));
    }

    /** {@code dict(...)} and {@code dict.fromkeys(...)}. */
    private static final class DictFunction implements PyCallable, HasAttributes {
        @Override
        public Object call(Run run, Arguments arguments) {
            return ContainerMethods.dict(run, arguments);
        }

        @Override
        public Object attribute(Run run, String name) {
            return name.equals("fromkeys")
                    ? Function.of(name, ContainerMethods::fromKeys)
                    : Missing.MISSING;
        }

        @Override
        public String typeName() {
            return "type";
        }

        @Override
        public String shown(Run run) {
            return "<class 'dict'>";
        }
    }

    /** Gives its values one after the other, over and over. */
    private static final class Cycler implements HasAttributes {
        private final List<Object> values;
        private int at;

        Cycler(Arguments arguments) {
            arguments.skip(arguments.positional().size()).bind("cycler", 0);
            if (arguments.positional().isEmpty()) {
                throw TemplateException.runtime("at least one item has to be provided");
            }
            values = arguments.positional();
        }

        @Override
        public Object attribute(Run run, String name) {
            return switch (name) {
                case "current" -> values.get(at);
                case "next" ->
                        PyCallable.Function.of(
                                "next",
                                (r, args) -> {
                                    Object value = values.get(at);
                                    at = (at + 1) % values.size();
                                    return value;
                                });
                case "reset" ->
                        PyCallable.Function.of(
                                "reset",
                                (r, args) -> {
                                    at = 0;
                                    return null;
                                });
                case "items" -> new PySequence.PyTuple(values, List.of());
                case "pos" -> (long) at;
                default -> Missing.MISSING;
            };
        }

        @Override
        public String typeName() {
            return "Cycler";
        }
    }

    /** Gives nothing the first time and its separator from then on. */
    private static final class Joiner implements PyCallable, HasAttributes {
        private final Object separator;
        private boolean used;

        Joiner(Object separator) {
            this.separator = separator;
        }

        @Override
        public Object call(Run run, Arguments arguments) {
            arguments.bind("joiner", 0);
            Object result = used ? separator : "";
            used = true;
            return result;
        }

        @Override
        public Object attribute(Run run, String name) {
            return switch (name) {
                case "sep" -> separator;
                case "used" -> used;
                default -> Missing.MISSING;
            };
        }

        @Override
        public String typeName() {
            return "Joiner";
        }

        @Override
        public String shown(Run run) {
            return "<Joiner>";
        }
    }
}
