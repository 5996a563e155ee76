package quire.template.library;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import quire.template.TemplateException;
import quire.template.operations.Arithmetic;
import quire.template.operations.Attributes;
import quire.template.operations.Splitting;
import quire.template.operations.StringMethods;
import quire.template.values.Arguments;
import quire.template.values.Arguments.Bound;
import quire.template.values.Markup;
import quire.template.values.PyDict;
import quire.template.values.PySequence;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;

/** Filters that make texts of texts, some of them marked as HTML. */
final class TextFilters {

    private TextFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("upper", simple("upper", Strings::upper));
        filters.put("lower", simple("lower", Strings::lower));
        filters.put("capitalize", simple("capitalize", Strings::capitalize));
        filters.put("title", simple("title", TextFilters::title));
        filters.put(
                "string",
                (run, value, args) -> {
                    args.bind("string", 0);
                    return soft(run, value);
                });
        filters.put("trim", TextFilters::trim);
        filters.put("center", TextFilters::center);
        filters.put("replace", TextFilters::replace);
        filters.put("indent", TextFilters::indent);
        filters.put("truncate", TextFilters::truncate);
        filters.put("wordcount", TextFilters::wordCount);
        filters.put("format", TextFilters::format);
        filters.put(
                "safe",
                (run, value, args) -> {
                    args.bind("safe", 0);
                    return new Markup(Repr.str(run, value));
                });
        Filter escape =
                (run, value, args) -> {
                    args.bind("escape", 0);
                    return new Markup(Markup.escaped(run, value));
                };
        filters.put("escape", escape);
        filters.put("e", escape);
        filters.put(
                "forceescape",
                (run, value, args) -> {
                    args.bind("forceescape", 0);
                    return new Markup(Markup.escaped(run, Repr.str(run, value)));
                });
    }

    /** A value as a string: markup stays markup. */
    static Object soft(Run run, Object value) {
        return Strings.is(value) ? value : Repr.str(run, value);
    }

    private static Filter simple(String name, UnaryOperator<String> body) {
        return (run, value, args) -> {
            args.bind(name, 0);
            Object text = soft(run, value);
            run.chars(Strings.text(text).length());
            run.charge(Strings.text(text).length() >> 1);
            return Markup.like(text, body.apply(Strings.text(text)));
        };
    }

    /** Capitalizes after white space, hyphens and opening brackets. */
    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int from = at;
            boolean separator = startsWord(text.charAt(at));
            while (at < text.length() && startsWord(text.charAt(at)) == separator) {
                at++;
            }
            String part = text.substring(from, at);
            int first = Character.charCount(part.codePointAt(0));
            out.append(
                    separator
                            ? part
                            : Strings.upper(part.substring(0, first))
                                    + Strings.lower(part.substring(first)));
        }
        return out.toString();
    }

    private static boolean startsWord(char c) {
        return Strings.isSpace(c) || "-({[<".indexOf(c) >= 0;
    }

    private static Object trim(Run run, Object value, Arguments args) {
        Bound bound = args.bind("trim", 0, "chars");
        Object text = soft(run, value);
        String chars = bound.or(0, null) == null ? null : bound.string(0, "");
        run.chars(Strings.text(text).length());
        return Markup.like(text, Strings.strip(Strings.text(text), chars));
    }

    private static Object center(Run run, Object value, Arguments args) {
        int width = args.bind("center", 0, "width").integer(0, 80);
        Object text = soft(run, value);
        return Markup.like(
                text, StringMethods.padded(run, "center", Strings.text(text), width, " "));
    }

    private static Object replace(Run run, Object value, Arguments args) {
        Bound bound = args.bind("replace", 2, "old", "new", "count");
        int count = bound.or(2, null) == null ? -1 : bound.integer(2, -1);
        return Splitting.replace(
                run,
                Repr.str(run, value),
                Repr.str(run, bound.or(0, "")),
                Repr.str(run, bound.or(1, "")),
                count);
    }

    private static Object indent(Run run, Object value, Arguments args) {
        Bound bound = args.bind("indent", 0, "width", "first", "blank");
        String indention;
        if (bound.given(0) && Strings.is(bound.or(0, null))) {
            indention = bound.string(0, "");
        } else {
            int width = Math.max(0, bound.integer(0, 4));
            run.chars(width);
            indention = " ".repeat(width);
        }
        boolean first = bound.truth(run, 1, false);
        boolean blank = bound.truth(run, 2, false);
        String text = Strings.text(Arithmetic.ADD.apply(run, value, "\n"));
        Text out = new Text(run);
        List<Object> lines = Splitting.lines(text, false);
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean indents = i == 0 ? first : blank || !line.isEmpty();
            out.append(i == 0 ? "" : "\n").append(indents ? indention : "").append(line);
        }
        return Markup.like(value, out.toString());
    }

    private static Object truncate(Run run, Object value, Arguments args) {
        Bound bound = args.bind("truncate", 0, "length", "killwords", "end", "leeway");
        int length = bound.integer(0, 255);
        String end = bound.string(2, "...");
        int leeway = bound.or(3, null) == null ? 5 : bound.integer(3, 5);
        int endLength = Strings.length(run, end);
        if (length < endLength) {
            throw TemplateException.value("expected length >= " + endLength + ", got " + length);
        }
        if (leeway < 0) {
            throw TemplateException.value("expected leeway >= 0, got " + leeway);
        }
        if (PyTypes.length(run, value) <= (long) length + leeway) {
            return value;
        }
        Object cut = Attributes.slice(run, value, null, (long) (length - endLength), null);
        if (!Strings.is(cut)) {
            throw TemplateException.type("truncate needs a string, not " + PyTypes.name(value));
        }
        String kept = Strings.text(cut);
        if (!bound.truth(run, 1, false)) {
            kept = (String) Splitting.splitFromEnd(run, kept, " ", 1).getFirst();
        }
        return Arithmetic.ADD.apply(run, Markup.like(value, kept), end);
    }

    private static Object wordCount(Run run, Object value, Arguments args) {
        args.bind("wordcount", 0);
        String text = Repr.str(run, value);
        long count = 0;
        boolean inWord = false;
        for (int c : (Iterable<Integer>) () -> text.codePoints().iterator()) {
            boolean word = c == '_' || Character.isLetterOrDigit(c);
            count += word && !inWord ? 1 : 0;
            inWord = word;
        }
        run.charge(text.length() >> 2);
        return count;
    }

    private static Object format(Run run, Object value, Arguments args) {
        boolean both = !args.positional().isEmpty() && !args.keywords().isEmpty();
        if (both) {
            throw TemplateException.runtime(
                    "can't handle positional and keyword arguments at the same time");
        }
        Object values = new PySequence.PyTuple(args.positional(), List.of());
        if (!args.keywords().isEmpty()) {
            PyDict dict = new PyDict();
            args.keywords().forEach((name, each) -> dict.put(run, name, each));
            values = dict;
        }
        return Arithmetic.MODULO.apply(run, soft(run, value), values);
    }
}
