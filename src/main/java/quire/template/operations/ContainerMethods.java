package quire.template.operations;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.template.TemplateException;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Missing;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PySequence.PyList;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Undefined;

/** Methods of lists, tuples and dictionaries; those that would change them are refused. */
public final class ContainerMethods {

    static final Set<String> CHANGES_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    static final Set<String> CHANGES_DICT =
            Set.of("clear", "pop", "popitem", "setdefault", "update");

    static final Map<String, Method> SEQUENCE =
            Map.of("count", ContainerMethods::count, "index", ContainerMethods::index);

    static final Map<String, Method> DICT =
            Map.of(
                    "get",
                    ContainerMethods::get,
                    "keys",
                    view("keys", PyDict.View.Kind.KEYS),
                    "values",
                    view("values", PyDict.View.Kind.VALUES),
                    "items",
                    view("items", PyDict.View.Kind.ITEMS),
                    "copy",
                    (run, self, args) -> copy(run, (PyDict) self, args),
                    "fromkeys",
                    (run, self, args) -> fromKeys(run, args));

    private ContainerMethods() {}

    private static Object count(Run run, Object self, Arguments args) {
        Object wanted = args.bind("count", 1, "value").or(0, null);
        long count = 0;
        for (Object item : ((PySequence) self).items()) {
            count += Equality.equal(run, item, wanted) ? 1 : 0;
        }
        return count;
    }

    private static Object index(Run run, Object self, Arguments args) {
        PySequence sequence = (PySequence) self;
        Bound bound = args.bind("index", 1, "value", "start", "stop");
        int size = sequence.size();
        int from = bound.integer(1, 0);
        int to = bound.integer(2, size);
        from = from < 0 ? Math.max(0, from + size) : from;
        to = to < 0 ? to + size : Math.min(to, size);
        for (int i = from; i < to; i++) {
            if (Equality.equal(run, sequence.get(i), bound.or(0, null))) {
                return (long) i;
            }
        }
        throw TemplateException.value(
                self instanceof PyTuple
                        ? "tuple.index(x): x not in tuple"
                        : Repr.repr(run, bound.or(0, null)) + " is not in " + PyTypes.name(self));
    }

    /** {@code list.copy()}: lists never change, so the list is its own copy. */
    static Object copyList(Run run, Object self, Arguments args) {
        args.bind("copy", 0);
        return new PyList(((PyList) self).items());
    }

    private static Object get(Run run, Object self, Arguments args) {
        Bound bound = args.bind("get", 1, "key", "default");
        Object value = ((PyDict) self).get(run, bound.or(0, null));
        return value == Missing.MISSING ? bound.or(1, null) : value;
    }

    private static Method view(String name, PyDict.View.Kind kind) {
        return (run, self, args) -> {
            args.bind(name, 0);
            return new PyDict.View((PyDict) self, kind);
        };
    }

    private static Object copy(Run run, PyDict self, Arguments args) {
        args.bind("copy", 0);
        PyDict copy = new PyDict();
        copy.putAll(run, self);
        return copy;
    }

    /** {@code dict.fromkeys(keys, value)}. */
    public static Object fromKeys(Run run, Arguments args) {
        Bound bound = args.bind("fromkeys", 1, "iterable", "value");
        PyDict dict = new PyDict();
        for (Iterator<?> i = PyTypes.iterate(bound.or(0, null)); i.hasNext(); ) {
            dict.put(run, i.next(), bound.or(1, null));
        }
        return dict;
    }

    /** {@code dict(mapping or pairs, **keywords)}. */
    public static PyDict dict(Run run, Arguments args) {
        if (args.positional().size() > 1) {
            throw TemplateException.type(
                    "dict expected at most 1 argument, got " + args.positional().size());
        }
        PyDict dict = new PyDict();
        if (!args.positional().isEmpty()) {
            if (args.positional().getFirst() instanceof Undefined undefined) {
                throw undefined.failure(run);
            }
            fill(run, dict, args.positional().getFirst());
        }
        args.keywords().forEach((name, value) -> dict.put(run, name, value));
        return dict;
    }

    private static void fill(Run run, PyDict dict, Object source) {
        if (source instanceof PyDict other) {
            dict.putAll(run, other);
            return;
        }
        int index = 0;
        for (Iterator<?> i = PyTypes.iterate(source); i.hasNext(); index++) {
            Object pair = i.next();
            if (!PyTypes.iterable(pair)) {
                throw TemplateException.type(
                        "cannot convert dictionary update sequence element #"
                                + index
                                + " to a sequence");
            }
            List<Object> items = PyTypes.list(run, pair);
            if (items.size() != 2) {
                throw TemplateException.value(
                        "dictionary update sequence element #"
                                + index
                                + " has length "
                                + items.size()
                                + "; 2 is required");
            }
            dict.put(run, items.get(0), items.get(1));
        }
    }
}
