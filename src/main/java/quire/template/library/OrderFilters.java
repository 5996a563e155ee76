package quire.template.library;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.operations.Equality;
import quire.template.operations.ItemKey;
import quire.template.operations.Sorting;
import quire.template.operations.Splitting;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Missing;
import quire.template.values.PyDict;
import quire.template.values.PySequence.PyList;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** Filters that compare items: sort, group, unique, the smallest and the largest. */
final class OrderFilters {

    private OrderFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("sort", OrderFilters::sort);
        filters.put("dictsort", OrderFilters::dictSort);
        filters.put("groupby", OrderFilters::groupBy);
        filters.put("unique", OrderFilters::unique);
        filters.put("min", extreme("min", "<"));
        filters.put("max", extreme("max", ">"));
    }

    private static Object sort(Run run, Object value, Arguments args) {
        Bound bound = args.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean ignoreCase = !bound.truth(run, 1, false);
        List<UnaryOperator<Object>> parts = new ArrayList<>();
        Object attribute = bound.or(2, null);
        if (Strings.is(attribute)) {
            Splitting.split(run, Strings.text(attribute), ",", -1)
                    .forEach(part -> parts.add(ItemKey.of(run, part, null, ignoreCase)));
        } else {
            parts.add(ItemKey.of(run, attribute, null, ignoreCase));
        }
        List<Object> items = PyTypes.list(run, value);
        List<Object> keys = new ArrayList<>();
        for (Object item : items) {
            List<Object> key = new ArrayList<>();
            parts.forEach(part -> key.add(part.apply(item)));
            keys.add(new PyList(key));
        }
        return new PyList(Sorting.sorted(run, items, keys, bound.integer(0, 0) != 0));
    }

    private static Object dictSort(Run run, Object value, Arguments args) {
        Bound bound = args.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        String by = bound.string(1, "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateException.runtime("You can only sort by either \"key\" or \"value\"");
        }
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (!(value instanceof PyDict dict)) {
            throw TemplateException.type("dictsort needs a mapping, not " + PyTypes.name(value));
        }
        List<Object> items = new PyDict.View(dict, PyDict.View.Kind.ITEMS).items();
        run.items(items.size());
        UnaryOperator<Object> key =
                ItemKey.of(run, by.equals("key") ? 0L : 1L, null, !bound.truth(run, 0, false));
        List<Object> keys = new ArrayList<>();
        items.forEach(item -> keys.add(key.apply(item)));
        return new PyList(Sorting.sorted(run, items, keys, bound.integer(2, 0) != 0));
    }

    private static Object groupBy(Run run, Object value, Arguments args) {
        Bound bound = args.bind("groupby", 1, "attribute", "default", "case_sensitive");
        boolean ignoreCase = !bound.truth(run, 2, false);
        UnaryOperator<Object> key =
                ItemKey.of(run, bound.or(0, null), bound.or(1, null), ignoreCase);
        UnaryOperator<Object> shownKey =
                ItemKey.of(run, bound.or(0, null), bound.or(1, null), false);
        List<Object> items = PyTypes.list(run, value);
        List<Object> keys = new ArrayList<>();
        items.forEach(item -> keys.add(key.apply(item)));
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object groupKey = Missing.MISSING;
        for (Object item : Sorting.sorted(run, items, keys, false)) {
            Object itemKey = key.apply(item);
            if (groupKey == Missing.MISSING || !Equality.equal(run, groupKey, itemKey)) {
                group = new ArrayList<>();
                groupKey = itemKey;
                groups.add(new PyTuple(List.of(), List.of()));
            }
            group.add(item);
            Object shown = shownKey.apply(group.getFirst());
            groups.set(
                    groups.size() - 1,
                    new PyTuple(
                            Arrays.asList(shown, new PyList(group)), List.of("grouper", "list")));
        }
        return new PyList(groups);
    }

    private static Object unique(Run run, Object value, Arguments args) {
        Bound bound = args.bind("unique", 0, "case_sensitive", "attribute");
        UnaryOperator<Object> key =
                ItemKey.of(run, bound.or(1, null), null, !bound.truth(run, 0, false));
        return SequenceFilters.lazily(
                run,
                value,
                () -> {
                    Iterator<?> items = PyTypes.iterate(value);
                    Set<Object> seen = new HashSet<>();
                    return new Iterator<Object>() {
                        private Object next = Missing.MISSING;

                        @Override
                        public boolean hasNext() {
                            while (next == Missing.MISSING && items.hasNext()) {
                                run.items(seen.size() > run.limits().maxItems() ? seen.size() : 0);
                                Object item = items.next();
                                if (seen.add(PyDict.hashed(run, key.apply(item)))) {
                                    next = item;
                                }
                            }
                            return next != Missing.MISSING;
                        }

                        @Override
                        public Object next() {
                            if (!hasNext()) {
                                throw new NoSuchElementException();
                            }
                            Object item = next;
                            next = Missing.MISSING;
                            return item;
                        }
                    };
                });
    }

    private static Filter extreme(String name, String better) {
        return (run, value, args) -> {
            Bound bound = args.bind(name, 0, "case_sensitive", "attribute");
            UnaryOperator<Object> key =
                    ItemKey.of(run, bound.or(1, null), null, !bound.truth(run, 0, false));
            Iterator<?> items = PyTypes.iterate(value);
            if (!items.hasNext()) {
                return Undefined.because("No aggregated item, sequence was empty.");
            }
            Object best = items.next();
            Object bestKey = key.apply(best);
            while (items.hasNext()) {
                Object item = items.next();
                Object itemKey = key.apply(item);
                if (Equality.ordered(run, better, itemKey, bestKey)) {
                    best = item;
                    bestKey = itemKey;
                }
            }
            return best;
        };
    }
}
