package quire.template.operations;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Markup;
import quire.template.values.PyDict;
import quire.template.values.PySequence.PyList;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;

/** Methods of Python's {@code str}. */
public final class StringMethods {

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
        methods.put("join", StringMethods::join);
        methods.put("format", (run, self, args) -> BraceFormat.format(run, self, args));
        methods.put("format_map", StringMethods::formatMap);
        methods.put("center", pad("center"));
        methods.put("ljust", pad("ljust"));
        methods.put("rjust", pad("rjust"));
        methods.put("zfill", StringMethods::zeroFill);
        methods.put("expandtabs", StringMethods::expandTabs);
        StringSearches.addTo(methods);
        CharacterTests.addTo(methods);
        return Map.copyOf(methods);
    }

    private static Method simple(String name, UnaryOperator<String> body) {
        return (run, self, args) -> {
            args.bind(name, 0);
            String text = Strings.text(self);
            run.chars(text.length());
            run.charge(text.length() >> 1);
            return Markup.like(self, body.apply(text));
        };
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .forEach(
                        c -> {
                            String one = Character.toString(c);
                            out.append(
                                    Character.isUpperCase(c)
                                            ? Strings.lower(one)
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
            int limit = max < 0 ? run.limits().maxItems() : Math.min(max, run.limits().maxItems());
            List<Object> parts;
            if (bound.or(0, null) == null) {
                parts =
                        fromEnd
                                ? Splitting.wordsFromEnd(text, limit)
                                : Splitting.words(text, limit);
            } else {
                String separator = bound.string(0, "");
                if (separator.isEmpty()) {
                    throw TemplateException.value("empty separator");
                }
                parts =
                        fromEnd
                                ? Splitting.splitFromEnd(run, text, separator, limit)
                                : Splitting.split(run, text, separator, limit);
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
        List<Object> lines = Splitting.lines(text, keep);
        run.items(lines.size());
        return like(self, lines);
    }

    private static Object replace(Run run, Object self, Arguments args) {
        Bound bound = args.bind("replace", 2, "old", "new", "count");
        if (!Strings.is(bound.or(0, null)) || !Strings.is(bound.or(1, null))) {
            int wrong = Strings.is(bound.or(0, null)) ? 2 : 1;
            throw TemplateException.type(
                    "replace() argument "
                            + wrong
                            + " must be str, not "
                            + PyTypes.name(bound.or(wrong - 1, null)));
        }
        boolean markup = self instanceof Markup;
        String old = markup ? Markup.escaped(run, bound.or(0, "")) : bound.string(0, "");
        String with = markup ? Markup.escaped(run, bound.or(1, "")) : bound.string(1, "");
        return Markup.like(
                self, Splitting.replace(run, Strings.text(self), old, with, bound.integer(2, -1)));
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
                throw TemplateException.type(
                        "sequence item "
                                + index
                                + ": expected str instance, "
                                + PyTypes.name(part)
                                + " found");
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
            throw TemplateException.type(
                    "format_map() needs a mapping, not " + PyTypes.name(mapping));
        }
        Map<String, Object> keywords = new HashMap<>();
        for (PyDict.Entry entry : dict.entries()) {
            if (Strings.is(entry.key())) {
                keywords.put(Strings.text(entry.key()), entry.value());
            }
        }
        return BraceFormat.format(run, self, new Arguments(List.of(), keywords));
    }

    private static Method pad(String name) {
        return (run, self, args) -> {
            Bound bound = args.bind(name, 1, "width", "fillchar");
            String fill = bound.string(1, " ");
            if (fill.codePointCount(0, fill.length()) != 1) {
                throw TemplateException.type(
                        "The fill character must be exactly one character long");
            }
            return Markup.like(
                    self, padded(run, name, Strings.text(self), bound.integer(0, 0), fill));
        };
    }

    /** {@code text.center(width, fill)}, or {@code ljust}, or {@code rjust}. */
    public static String padded(Run run, String how, String text, int width, String fill) {
        int missing = width - Strings.length(run, text);
        if (missing <= 0) {
            return text;
        }
        run.chars((long) text.length() + 2L * missing);
        int left =
                switch (how) {
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
        String digits =
                padded(run, "rjust", text.substring(sign.length()), width - sign.length(), "0");
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
