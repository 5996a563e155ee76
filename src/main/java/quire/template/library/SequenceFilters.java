package quire.template.library;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.operations.Attributes;
import quire.template.operations.ItemKey;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.HasLength;
import quire.template.values.PyDict;
import quire.template.values.PyIterator;
import quire.template.values.PySequence.PyList;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;
import quire.template.values.Undefined;

/** Filters over the items of a value; like Jinja2's, many are generators. */
final class SequenceFilters {

    private SequenceFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put(
                "list",
                (run, value, args) -> {
                    args.bind("list", 0);
                    return new PyList(PyTypes.list(run, value));
                });
        filters.put("items", SequenceFilters::items);
        filters.put("first", SequenceFilters::first);
        filters.put("last", SequenceFilters::last);
        filters.put("reverse", SequenceFilters::reverse);
        filters.put("join", SequenceFilters::join);
        filters.put("batch", SequenceFilters::batch);
        filters.put("slice", SequenceFilters::slice);
    }

    /** A generator whose work starts when it is first asked for an item. */
    static PyIterator lazily(Run run, Object over, Supplier<Iterator<?>> start) {
        return PyIterator.generator(
                run,
                over,
                new Iterator<>() {
                    private Iterator<?> items;

                    @Override
                    public boolean hasNext() {
                        if (items == null) {
                            items = start.get();
                        }
                        return items.hasNext();
                    }

                    @Override
                    public Object next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException();
                        }
                        return items.next();
                    }
                });
    }

    private static Object items(Run run, Object value, Arguments args) {
        args.bind("items", 0);
        return lazily(
                run,
                value,
                () -> {
                    if (value instanceof Undefined) {
                        return Collections.emptyIterator();
                    }
                    if (!(value instanceof PyDict dict)) {
                        throw TemplateException.type("Can only get item pairs from a mapping.");
                    }
                    return new PyDict.View(dict, PyDict.View.Kind.ITEMS).iterator();
                });
    }

    private static Object first(Run run, Object value, Arguments args) {
        args.bind("first", 0);
        Iterator<?> items = PyTypes.iterate(value);
        return items.hasNext()
                ? items.next()
                : Undefined.because("No first item, sequence was empty.");
    }

    private static Object last(Run run, Object value, Arguments args) {
        args.bind("last", 0);
        if (!PyTypes.hasLength(value) || value instanceof HasLength) {
            throw notReversible(value);
        }
        List<Object> items = PyTypes.list(run, value);
        return items.isEmpty()
                ? Undefined.because("No last item, sequence was empty.")
                : items.getLast();
    }

    private static TemplateException notReversible(Object value) {
        return TemplateException.type("'" + PyTypes.name(value) + "' object is not reversible");
    }

    private static Object reverse(Run run, Object value, Arguments args) {
        args.bind("reverse", 0);
        if (Strings.is(value)) {
            return Attributes.slice(run, value, null, null, -1L);
        }
        if (!PyTypes.iterable(value)) {
            throw TemplateException.runtime("argument must be iterable");
        }
        List<Object> items = PyTypes.list(run, value).reversed();
        return switch (value) {
            case PyList list -> new PyIterator("list_reverseiterator", items.iterator());
            case PyIterator iterator -> new PyList(items);
            case PyDict dict -> new PyIterator("dict_reversekeyiterator", items.iterator());
            default -> new PyIterator("reversed", items.iterator());
        };
    }

    private static Object join(Run run, Object value, Arguments args) {
        Bound bound = args.bind("join", 0, "d", "attribute");
        UnaryOperator<Object> key =
                bound.or(1, null) == null
                        ? UnaryOperator.identity()
                        : ItemKey.of(run, bound.or(1, null), null, false);
        String separator = Repr.str(run, bound.or(0, ""));
        Text out = new Text(run);
        for (Iterator<?> i = PyTypes.iterate(value); i.hasNext(); ) {
            out.append(Repr.str(run, key.apply(i.next())));
            if (i.hasNext()) {
                out.append(separator);
            }
        }
        return out.toString();
    }

    private static Object batch(Run run, Object value, Arguments args) {
        Bound bound = args.bind("batch", 1, "linecount", "fill_with");
        Object fill = bound.or(1, null);
        return lazily(
                run,
                value,
                () -> {
                    int size = bound.integer(0, 0);
                    List<Object> rows = new ArrayList<>();
                    List<Object> row = new ArrayList<>();
                    for (Object item : PyTypes.list(run, value)) {
                        if (row.size() == size) {
                            rows.add(new PyList(row));
                            row = new ArrayList<>();
                        }
                        row.add(item);
                    }
                    if (!row.isEmpty()) {
                        run.items(fill == null ? 0 : size);
                        while (fill != null && row.size() < size) {
                            row.add(fill);
                        }
                        rows.add(new PyList(row));
                    }
                    return rows.iterator();
                });
    }

    private static Object slice(Run run, Object value, Arguments args) {
        Bound bound = args.bind("slice", 1, "slices", "fill_with");
        Object fill = bound.or(1, null);
        return lazily(
                run,
                value,
                () -> {
                    int slices = bound.integer(0, 0);
                    List<Object> items = PyTypes.list(run, value);
                    if (slices == 0) {
                        throw TemplateException.arithmetic("integer division or modulo by zero");
                    }
                    run.items(Math.max(0, slices));
                    List<Object> columns = new ArrayList<>();
                    int each = Math.floorDiv(items.size(), slices);
                    int extra = Math.floorMod(items.size(), slices);
                    int from = 0;
                    for (int i = 0; i < slices; i++) {
                        int to = from + each + (i < extra ? 1 : 0);
                        List<Object> column = new ArrayList<>(items.subList(from, to));
                        if (fill != null && i >= extra) {
                            column.add(fill);
                        }
                        columns.add(new PyList(column));
                        from = to;
                    }
                    return columns.iterator();
                });
    }
}
