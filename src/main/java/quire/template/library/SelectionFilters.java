package quire.template.library;

import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.operations.ItemKey;
import quire.template.values.Arguments;
import quire.template.values.Missing;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** The filters map, select, reject, selectattr and rejectattr: generators all of them. */
final class SelectionFilters {

    private SelectionFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("map", SelectionFilters::map);
        filters.put("select", choose(false, true));
        filters.put("reject", choose(false, false));
        filters.put("selectattr", choose(true, true));
        filters.put("rejectattr", choose(true, false));
    }

    private static Object map(Run run, Object value, Arguments args) {
        return SequenceFilters.lazily(
                run,
                value,
                () -> {
                    if (!PyTypes.truth(run, value)) {
                        return Collections.emptyIterator();
                    }
                    UnaryOperator<Object> body = mapping(run, args);
                    Iterator<?> items = PyTypes.iterate(value);
                    return new Iterator<Object>() {
                        @Override
                        public boolean hasNext() {
                            return items.hasNext();
                        }

                        @Override
                        public Object next() {
                            run.charge(1);
                            return body.apply(items.next());
                        }
                    };
                });
    }

    private static UnaryOperator<Object> mapping(Run run, Arguments args) {
        if (args.positional().isEmpty() && args.keywords().containsKey("attribute")) {
            Map<String, Object> rest = args.keywordCopy();
            Object attribute = rest.remove("attribute");
            Object fallback = rest.remove("default");
            if (!rest.isEmpty()) {
                throw TemplateException.runtime(
                        "Unexpected keyword argument "
                                + Repr.quote(rest.keySet().iterator().next()));
            }
            return ItemKey.of(run, attribute, fallback, false);
        }
        if (args.positional().isEmpty()) {
            throw TemplateException.runtime("map requires a filter argument");
        }
        Filter filter = named(run, args.positional().getFirst());
        Arguments rest = args.skip(1);
        return item -> {
            run.enter();
            Object result = filter.apply(run, item, rest);
            run.leave();
            return result;
        };
    }

    private static Filter named(Run run, Object name) {
        Filter filter = Strings.is(name) ? Filters.ALL.get(Strings.text(name)) : null;
        if (filter == null) {
            String refusal = Strings.is(name) ? Filters.REFUSED.get(Strings.text(name)) : null;
            throw TemplateException.runtime(
                    refusal == null ? "No filter named " + shownName(run, name) : refusal);
        }
        return filter;
    }

    private static String shownName(Run run, Object name) {
        return name instanceof Undefined undefined
                ? "Undefined. ("
                        + undefined.failure(run).getMessage()
                        + "; did you forget to quote the callable name?)"
                : Repr.repr(run, name) + ".";
    }

    private static Filter choose(boolean byAttribute, boolean keep) {
        return (run, value, args) ->
                SequenceFilters.lazily(
                        run,
                        value,
                        () -> {
                            if (!PyTypes.truth(run, value)) {
                                return Collections.emptyIterator();
                            }
                            UnaryOperator<Object> key = UnaryOperator.identity();
                            Arguments rest = args;
                            if (byAttribute) {
                                if (args.positional().isEmpty()) {
                                    throw TemplateException.runtime(
                                            "Missing parameter for attribute name");
                                }
                                key = ItemKey.of(run, args.positional().getFirst(), null, false);
                                rest = args.skip(1);
                            }
                            return new Chosen(
                                    run, PyTypes.iterate(value), key, check(run, rest), keep);
                        });
    }

    /** The items that pass a check, or those that do not. */
    private static final class Chosen implements Iterator<Object> {
        private final Run run;
        private final Iterator<?> items;
        private final UnaryOperator<Object> key;
        private final Tests.Check check;
        private final boolean keep;
        private Object next = Missing.MISSING;

        Chosen(
                Run run,
                Iterator<?> items,
                UnaryOperator<Object> key,
                Tests.Check check,
                boolean keep) {
            this.run = run;
            this.items = items;
            this.key = key;
            this.check = check;
            this.keep = keep;
        }

        @Override
        public boolean hasNext() {
            while (next == Missing.MISSING && items.hasNext()) {
                run.charge(1);
                Object item = items.next();
                if (check.passes(run, key.apply(item), Arguments.NONE) == keep) {
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
    }

    /** The test that the arguments name, or the value's truth without arguments. */
    private static Tests.Check check(Run run, Arguments args) {
        if (args.positional().isEmpty()) {
            return (r, value, none) -> PyTypes.truth(r, value);
        }
        Object name = args.positional().getFirst();
        Tests.Check check = Strings.is(name) ? Tests.ALL.get(Strings.text(name)) : null;
        if (check == null) {
            throw TemplateException.runtime("No test named " + shownName(run, name));
        }
        Arguments rest = args.skip(1);
        return (r, value, none) -> check.passes(r, value, rest);
    }
}
