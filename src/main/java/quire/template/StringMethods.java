package quire.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import quire.template.Arguments.Bound;
import quire.template.PySequence.PyList;
import quire.template.PySequence.PyTuple;

/** Methods of Python's {@code str}. */
final class StringMethods {

    static final Map<String, Method> ALL = all();

    private StringMethods() {}

    private static Map<String, Method> all() {
        Map<String, Method> methods = new HashMap<>();
        methods.put("upper", simple("upper", Strings::upper));
        methods.put("lower", simple("lower", Strings::lower));
        methods.put("casefold", simple("casefold", s -> Strings.lower(Strings.upper(s))));
        methods.put("title", simple("title", Strings::title));
        methods.put("capitalize", simple("capitalize", Strings::capitalize));
        methods.put("swapcase", simple("swapcase", StringMethods::swapCase));
        methods.put("strip", strip("strip", Strings::strip));
        methods.put("lstrip", strip("lstrip", Strings::stripStart));
        methods.put("rstrip", strip("rstrip", Strings::stripEnd));
        methods.put("split", split("split", false));
        methods.put("rsplit", split("rsplit", true));
        methods.put("splitlines", StringMethods::splitLines);
        methods.put("replace", StringMethods::replace);
        methods.put("startswith", affix("startswith", true));
        methods.put("endswith", affix("endswith", false));
        methods.put("removeprefix", (run, self, args) -> {
            String text = Strings.text(self);
            String prefix = args.bind("removeprefix", 1, "prefix").string(0, "");
            return Markup.like(self,
                    text.startsWith(prefix) ? text.substring(prefix.length()) : text);
        });
        methods.put("removesuffix", (run, self, args) -> {
            String text = Strings.text(self);
            String suffix = args.bind("removesuffix", 1, "suffix").string(0, "");
            return Markup.like(self, text.endsWith(suffix)
                    ? text.substring(0, text.length() - suffix.length()) : text);
        });
        methods.put("find", find("find", false, false));
        methods.put("rfind", find("rfind", true, false));
        methods.put("index", find("index", false, true));
        methods.put("rindex", find("rindex", true, true));
        methods.put("count", StringMethods::count);
        methods.put("join", StringMethods::join);
        methods.put("format", (run, self, args) ->
                BraceFormat.format(run, self, args));
        methods.put("format_map", StringMethods::formatMap);
        methods.put("partition", partition("partition", false));
        methods.put("rpartition", partition("rpartition", true));
        methods.put("center", pad("center"));
        methods.put("ljust", pad("ljust"));
        methods.put("rjust", pad("rjust"));
        methods.put("zfill", StringMethods::zeroFill);
        methods.put("expandtabs", StringMethods::expandTabs);
        CharacterTests.addTo(methods);
        return Map.copyOf(methods);
    }

    private static Method simple(String name, UnaryOperator<String> body) {
        return (run, self, args) -> {
            args.bind(name, 0);
            String text = Strings.text(self);
            run.chars(text.length());
            return Markup.like(self, body.apply(text));
        };
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            out.append(Character.isUpperCase(c) ? Strings.lower(one)
                    : Character.isLowerCase(c) ? Strings.upper(one) : one);
        });
        return out.toString();
    }

    private static Method strip(String name, BiFunction<String, String, String> body) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 0, "chars");
            String chars = bound.or(0, null) == null ? null : bound.string(0, "");
            String text = Strings.text(self);
            run.chars(text.length());
            return Markup.like(self, body.apply(text, chars));
        };
    }

    private static Method split(String name, boolean fromEnd) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 0, "sep", "maxsplit");
            String text = Strings.text(self);
            run.chars(text.length());
            // One part more than allowed is enough to find the limit.
            int max = bound.integer(1, -1);
            int limit = max < 0 ? run.limits.maxItems() : Math.min(max, run.limits.maxItems());
            List<Object> parts;
            if (bound.or(0, null) == null) {
                parts = fromEnd ? Strings.wordsFromEnd(text, limit) : Strings.words(text, limit);
            } else {
                String separator = bound.string(0, "");
                if (separator.isEmpty()) {
                    throw TemplateException.value("empty separator");
                }
                parts = fromEnd
                        ? Strings.splitFromEnd(text, separator, limit)
                        : Strings.split(text, separator, limit);
            }
            run.items(parts.size());
            return like(self, parts);
        };
    }

    private static PyList like(Object self, List<Object> parts) {
        if (self instanceof Markup) {
            parts.replaceAll(part -> new Markup((String) part));
        }
        return new PyList(parts);
    }

    private static Object splitLines(Run run, Object self, Arguments args) {
        boolean keep = args.bind("splitlines", 0, "keepends").integer(0, 0) != 0;
        String text = Strings.text(self);
        run.chars(text.length());
        List<Object> lines = Strings.lines(text, keep);
        run.items(lines.size());
        return like(self, lines);
    }

    private static Object replace(Run run, Object self, Arguments args) {
        Bound bound = args.bind("replace", 2, "old", "new", "count");
        if (!Strings.is(bound.or(0, null)) || !Strings.is(bound.or(1, null))) {
            int wrong = Strings.is(bound.or(0, null)) ? 2 : 1;
            throw TemplateException.type("replace() argument " + wrong + " must be str, not "
                    + PyTypes.name(bound.or(wrong - 1, null)));
        }
        boolean markup = self instanceof Markup;
        String old = markup ? Markup.escaped(run, bound.or(0, "")) : bound.string(0, "");
        String with = markup ? Markup.escaped(run, bound.or(1, "")) : bound.string(1, "");
        return Markup.like(self, Strings.replace(
                run, Strings.text(self), old, with, bound.integer(2, -1)));
    }

    /** The part of the text that optional start and end arguments leave, or null if none is left. */
    private static int[] window(Run run, String text, Bound bound) {
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
            int[] window = window(run, Strings.text(self), bound);
            List<Object> wanted = bound.or(0, null) instanceof PyTuple tuple
                    ? tuple.items() : java.util.Collections.singletonList(bound.or(0, null));
            for (Object affix : wanted) {
                if (!Strings.is(affix)) {
                    throw TemplateException.type(name + " first arg must be str or a tuple of str, "
                            + "not " + PyTypes.name(affix));
                }
                if (window == null) {
                    continue;
                }
                String text = Strings.text(self).substring(window[0], window[1]);
                String part = Strings.text(affix);
                if (start ? text.startsWith(part) : text.endsWith(part)) {
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
            run.charge(text.length() >> 3);
            int at = -1;
            if (window != null) {
                String part = text.substring(window[0], window[1]);
                at = last ? part.lastIndexOf(wanted) : part.indexOf(wanted);
            }
            if (at >= 0) {
                return (long) text.codePointCount(0, window[0] + at);
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
        run.charge(text.length() >> 3);
        long count = 0;
        for (int at = text.indexOf(wanted); at >= 0;
                at = text.indexOf(wanted, at + wanted.length())) {
            count++;
        }
        return count;
    }

    private static Object join(Run run, Object self, Arguments args) {
        Object items = args.bind("join", 1, "iterable").or(0, null);
        if (!PyTypes.iterable(items)) {
            throw TemplateException.type("can only join an iterable");
        }
        boolean markup = self instanceof Markup;
        Text out = new Text(run);
        int index = 0;
        List<Object> parts = new ArrayList<>(PyTypes.list(run, items));
        for (Object part : parts) {
            if (!markup && !Strings.is(part)) {
                throw TemplateException.type("sequence item " + index + ": expected str instance, "
                        + PyTypes.name(part) + " found");
            }
            if (index++ > 0) {
                out.append(Strings.text(self));
            }
            out.append(markup ? Markup.escaped(run, part) : Strings.text(part));
        }
        return Markup.like(self, out.toString());
    }

    private static Object formatMap(Run run, Object self, Arguments args) {
        Object mapping = args.bind("format_map", 1, "mapping").or(0, null);
        if (!(mapping instanceof PyDict dict)) {
            throw TemplateException.type("format_map() needs a mapping, not "
                    + PyTypes.name(mapping));
        }
        Map<String, Object> keywords = new HashMap<>();
        for (PyDict.Entry entry : dict.entries()) {
            if (Strings.is(entry.key())) {
                keywords.put(Strings.text(entry.key()), entry.value());
            }
        }
        return BraceFormat.format(run, self, new Arguments(List.of(), keywords));
    }

    private static Method partition(String name, boolean last) {
        return (run, self, args) -> {
            String separator = args.bind(name, 1, "sep").string(0, "");
            String text = Strings.text(self);
            run.chars(text.length());
            if (separator.isEmpty()) {
                throw TemplateException.value("empty separator");
            }
            int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
            if (at < 0) {
                return last ? PyTuple.of("", "", text) : PyTuple.of(text, "", "");
            }
            return PyTuple.of(text.substring(0, at), separator,
                    text.substring(at + separator.length()));
        };
    }

    private static Method pad(String name) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 1, "width", "fillchar");
            String fill = bound.string(1, " ");
            if (fill.codePointCount(0, fill.length()) != 1) {
                throw TemplateException.type(
                        "The fill character must be exactly one character long");
            }
            return Markup.like(self,
                    padded(run, name, Strings.text(self), bound.integer(0, 0), fill));
        };
    }

    /** {@code text.center(width, fill)}, or {@code ljust}, or {@code rjust}. */
    static String padded(Run run, String how, String text, int width, String fill) {
        int missing = width - Strings.length(run, text);
        if (missing <= 0) {
            return text;
        }
        run.chars((long) text.length() + 2L * missing);
        int left = switch (how) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            default -> missing / 2 + (missing & width & 1);
        };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    private static Object zeroFill(Run run, Object self, Arguments args) {
        String text = Strings.text(self);
        int width = args.bind("zfill", 1, "width").integer(0, 0);
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String sign = signed ? text.substring(0, 1) : "";
        String digits = padded(run, "rjust", text.substring(sign.length()),
                width - sign.length(), "0");
        return Markup.like(self, sign + digits);
    }

    private static Object expandTabs(Run run, Object self, Arguments args) {
        int size = args.bind("expandtabs", 0, "tabsize").integer(0, 8);
        Text out = new Text(run);
        long column = 0;
        for (char c : Strings.text(self).toCharArray()) {
            if (c == '\t') {
                long spaces = size <= 0 ? 0 : size - column % size;
                out.repeat(' ', spaces);
                column += spaces;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return Markup.like(self, out.toString());
    }
}
