package quire.template.operations;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Markup;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;

/** Methods of Python's {@code str} that look for one string in another. */
final class StringSearches {

    private StringSearches() {}

    static void addTo(Map<String, Method> methods) {
        methods.put("startswith", affix("startswith", true));
        methods.put("endswith", affix("endswith", false));
        methods.put("find", find("find", false, false));
        methods.put("rfind", find("rfind", true, false));
        methods.put("index", find("index", false, true));
        methods.put("rindex", find("rindex", true, true));
        methods.put("count", StringSearches::count);
        methods.put("partition", partition("partition", false));
        methods.put("rpartition", partition("rpartition", true));
        methods.put(
                "removeprefix",
                (run, self, args) -> {
                    String text = Strings.text(self);
                    String prefix = args.bind("removeprefix", 1, "prefix").string(0, "");
                    return Markup.like(
                            self, text.startsWith(prefix) ? text.substring(prefix.length()) : text);
                });
        methods.put(
                "removesuffix",
                (run, self, args) -> {
                    String text = Strings.text(self);
                    String suffix = args.bind("removesuffix", 1, "suffix").string(0, "");
                    return Markup.like(
                            self,
                            text.endsWith(suffix)
                                    ? text.substring(0, text.length() - suffix.length())
                                    : text);
                });
    }

    /**
     * The part of the text that optional start and end arguments leave, or null if none is left.
     */
    private static int[] window(Run run, String text, Bound bound) {
        if (!bound.given(1) && !bound.given(2)) {
            return new int[] {0, text.length()};
        }
        run.charge(text.length() >> 1);
        int length = Strings.length(run, text);
        int from = bound.or(1, null) == null ? 0 : bound.integer(1, 0);
        int to = bound.or(2, null) == null ? length : bound.integer(2, length);
        from = from < 0 ? Math.max(0, from + length) : from;
        to = to < 0 ? Math.max(0, to + length) : Math.min(to, length);
        return from > to ? null : new int[] {Strings.offset(text, from), Strings.offset(text, to)};
    }

    private static Method affix(String name, boolean start) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 1, "affix", "start", "end");
            String text = Strings.text(self);
            int[] window = window(run, text, bound);
            List<Object> wanted =
                    bound.or(0, null) instanceof PyTuple tuple
                            ? tuple.items()
                            : Collections.singletonList(bound.or(0, null));
            for (Object affix : wanted) {
                if (!Strings.is(affix)) {
                    throw TemplateException.type(
                            name
                                    + " first arg must be str or a tuple of str, "
                                    + "not "
                                    + PyTypes.name(affix));
                }
                if (window == null) {
                    continue;
                }
                String part = Strings.text(affix);
                run.charge(1 + (part.length() >> 4));
                int at = start ? window[0] : window[1] - part.length();
                if (part.length() <= window[1] - window[0] && text.startsWith(part, at)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Method find(String name, boolean last, boolean must) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 1, "sub", "start", "end");
            String text = Strings.text(self);
            int[] window = window(run, text, bound);
            String wanted = bound.string(0, "");
            int at = -1;
            if (window != null) {
                String part = text.substring(0, window[1]);
                Search search = new Search(run, wanted);
                run.charge(text.length() >> 3);
                at = last ? search.previous(part, part.length()) : search.next(part, window[0]);
            }
            if (at >= 0 && at >= window[0]) {
                return (long) text.codePointCount(0, at);
            }
            if (must) {
                throw TemplateException.value("substring not found");
            }
            return -1L;
        };
    }

    private static Object count(Run run, Object self, Arguments args) {
        Bound bound = args.bind("count", 1, "sub", "start", "end");
        int[] window = window(run, Strings.text(self), bound);
        String wanted = bound.string(0, "");
        if (window == null) {
            return 0L;
        }
        String text = Strings.text(self).substring(window[0], window[1]);
        if (wanted.isEmpty()) {
            return Strings.length(run, text) + 1L;
        }
        Search search = new Search(run, wanted);
        long count = 0;
        for (int at = search.next(text, 0); at >= 0; at = search.next(text, at + wanted.length())) {
            count++;
        }
        return count;
    }

    private static Method partition(String name, boolean last) {
        return (run, self, args) -> {
            String separator = args.bind(name, 1, "sep").string(0, "");
            String text = Strings.text(self);
            run.chars(text.length());
            if (separator.isEmpty()) {
                throw TemplateException.value("empty separator");
            }
            Search search = new Search(run, separator);
            int at = last ? search.previous(text, text.length()) : search.next(text, 0);
            if (at < 0) {
                return last ? PyTuple.of("", "", text) : PyTuple.of(text, "", "");
            }
            return PyTuple.of(
                    text.substring(0, at), separator, text.substring(at + separator.length()));
        };
    }
}
