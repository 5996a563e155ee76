package quire.template.operations;

import java.util.ArrayList;
import java.util.List;
import quire.template.TemplateException;
import quire.template.values.HasAttributes;
import quire.template.values.Markup;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PySequence.PyList;
import quire.template.values.PySequence.PyRange;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** {@code value.name}, {@code value[key]} and {@code value[a:b:c]} as Jinja2's sandbox has them. */
public final class Attributes {

    private Attributes() {}

    /** {@code value.name}: an attribute of its type, else its item, else undefined. */
    public static Object attribute(Run run, Object value, String name) {
        check(run, value);
        Object found = own(run, value, name);
        if (found == Missing.MISSING) {
            found = subscript(run, value, name);
        }
        return found == Missing.MISSING ? Undefined.of(value, name) : found;
    }

    /** {@code value[key]}: its item, else an attribute of its type, else undefined. */
    public static Object item(Run run, Object value, Object key) {
        check(run, value);
        Object found = subscript(run, value, key);
        if (found == Missing.MISSING && Strings.is(key)) {
            found = own(run, value, Strings.text(key));
        }
        return found == Missing.MISSING ? Undefined.of(value, key) : found;
    }

    /** The attribute that a value's type gives it, never an item; MISSING when there is none. */
    public static Object own(Run run, Object value, String name) {
        if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
            return Undefined.unsafe(value, name);
        }
        return switch (value) {
            case String text -> method(value, name, StringMethods.ALL.get(name));
            case Markup markup -> method(value, name, StringMethods.ALL.get(name));
            case PyList list -> {
                if (ContainerMethods.CHANGES_LIST.contains(name)) {
                    yield Undefined.unsafe(value, name);
                }
                yield method(
                        value,
                        name,
                        name.equals("copy")
                                ? ContainerMethods::copyList
                                : ContainerMethods.SEQUENCE.get(name));
            }
            case PyTuple tuple when tuple.names().contains(name) ->
                    tuple.get(tuple.names().indexOf(name));
            case PyRange range when name.equals("start") -> range.start();
            case PyRange range when name.equals("stop") -> range.stop();
            case PyRange range when name.equals("step") -> range.step();
            case PySequence sequence -> method(value, name, ContainerMethods.SEQUENCE.get(name));
            case PyDict dict ->
                    ContainerMethods.CHANGES_DICT.contains(name)
                            ? Undefined.unsafe(value, name)
                            : method(value, name, ContainerMethods.DICT.get(name));
            case HasAttributes object -> object.attribute(run, name);
            case Double number when name.equals("is_integer") ->
                    method(
                            value,
                            name,
                            (r, self, args) -> number == Math.rint(number) && !number.isInfinite());
            case null, default -> Missing.MISSING;
        };
    }

    private static Object method(Object self, String name, Method method) {
        return method == null ? Missing.MISSING : new Method.Bound(self, name, method);
    }

    private static void check(Run run, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
    }

    /** {@code value[key]} where it exists, otherwise MISSING. */
    private static Object subscript(Run run, Object value, Object key) {
        if (value instanceof PyDict dict) {
            boolean hashable = !(key instanceof PyList || key instanceof PyDict);
            return hashable ? dict.get(run, key) : Missing.MISSING;
        }
        boolean indexable = value instanceof PySequence || Strings.is(value);
        if (!indexable || !Numbers.isInteger(key) || !(Numbers.integer(key) instanceof Long wide)) {
            return Missing.MISSING;
        }
        long length = PyTypes.length(run, value);
        long index = wide < 0 ? wide + length : wide;
        if (index < 0 || index >= length) {
            return Missing.MISSING;
        }
        if (value instanceof PySequence sequence) {
            return sequence.get((int) index);
        }
        String text = Strings.text(value);
        int from = Strings.offset(text, (int) index);
        String character = Character.toString(text.codePointAt(from));
        return Markup.like(value, character);
    }

    /** {@code value[start:stop:step]}, None for what was left out. */
    public static Object slice(Run run, Object value, Object start, Object stop, Object step) {
        check(run, value);
        if (!(value instanceof PySequence) && !Strings.is(value)) {
            throw TemplateException.type(
                    value instanceof PyDict
                            ? "unhashable type: 'slice'"
                            : "'" + PyTypes.name(value) + "' object is not subscriptable");
        }
        long length = PyTypes.length(run, value);
        long by = step == null ? 1 : bound(step);
        if (by == 0) {
            throw TemplateException.value("slice step cannot be zero");
        }
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? length : length - 1;
        long from = start == null ? (by > 0 ? low : high) : clip(bound(start), length, low, high);
        long to = stop == null ? (by > 0 ? high : low) : clip(bound(stop), length, low, high);
        long span = by > 0 ? to - from : from - to;
        long count = span <= 0 ? 0 : (span - 1) / Math.abs(by) + 1;
        if (Strings.is(value)) {
            return Markup.like(value, slice(run, Strings.text(value), from, count, by));
        }
        PySequence sequence = (PySequence) value;
        if (sequence instanceof PyRange range) {
            long first = range.start() + from * range.step();
            return new PyRange(
                    first, range.start() + to * range.step(), range.step() * by, (int) count);
        }
        run.items(count);
        List<Object> items = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            items.add(sequence.get((int) (from + i * by)));
        }
        return value instanceof PyList ? new PyList(items) : new PyTuple(items, List.of());
    }

    private static String slice(Run run, String text, long from, long count, long by) {
        run.chars(text.length());
        if (by == 1) {
            int begin = Strings.offset(text, (int) from);
            String tail = text.substring(begin);
            return tail.substring(0, Strings.offset(tail, (int) count));
        }
        int[] points = text.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        for (long i = 0; i < count; i++) {
            out.appendCodePoint(points[(int) (from + i * by)]);
        }
        return out.toString();
    }

    private static long clip(long index, long length, long low, long high) {
        return Math.clamp(index < 0 ? index + length : index, low, high);
    }

    private static long bound(Object index) {
        if (!Numbers.isInteger(index)) {
            throw TemplateException.type(
                    "slice indices must be integers or None or have an __index__ method");
        }
        // A slice does not care how far beyond the ends its bounds lie.
        int far = Integer.MAX_VALUE;
        return Numbers.integer(index) instanceof Long number
                ? Math.clamp(number, -far, far)
                : Numbers.big(index).signum() < 0 ? -far : far;
    }
}
