package quire.template.library;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.operations.Sorting;
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

/** The filter {@code tojson}, as transformers defines it over Python's {@code json.dumps}. */
final class Json {

    private final Run run;
    private final Text out;
    private final boolean asciiOnly;
    private final boolean sortKeys;

    /** The text of one level of indentation, or null to write everything on one line. */
    private final String indent;

    private final String betweenItems;
    private final String afterKey;

    private Json(Run run, Bound bound) {
        this.run = run;
        this.out = new Text(run);
        this.asciiOnly = bound.truth(run, 0, false);
        this.indent = indentation(run, bound);
        this.sortKeys = bound.truth(run, 3, false);
        if (bound.or(2, null) == null) {
            betweenItems = indent == null ? ", " : ",";
            afterKey = ": ";
        } else {
            List<Object> separators = PyTypes.list(run, bound.or(2, null));
            if (separators.size() != 2 || !separators.stream().allMatch(Strings::is)) {
                throw TemplateException.value("separators are two strings");
            }
            betweenItems = Strings.text(separators.get(0));
            afterKey = Strings.text(separators.get(1));
        }
    }

    static Object filter(Run run, Object value, Arguments args) {
        Json json =
                new Json(
                        run,
                        args.bind(
                                "tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys"));
        json.write(value, 0);
        return json.out.toString();
    }

    private static String indentation(Run run, Bound bound) {
        Object indent = bound.or(1, null);
        if (indent == null || Strings.is(indent)) {
            return indent == null ? null : Strings.text(indent);
        }
        int width = Math.max(0, bound.integer(1, 0));
        run.chars(width);
        return " ".repeat(width);
    }

    private void write(Object value, int level) {
        run.enter();
        run.charge(1);
        switch (value) {
            case null -> out.append("null");
            case Boolean bool -> out.append(bool ? "true" : "false");
            case Double number -> out.append(number(number));
            case Long number -> out.append(number.toString());
            case BigInteger number -> out.append(number.toString());
            case String text -> string(text);
            case Markup markup -> string(markup.text());
            case PySequence.PyRange range -> throw unserializable(value);
            case PySequence sequence -> list(sequence, level);
            case PyDict dict -> dict(dict, level);
            default -> throw unserializable(value);
        }
        run.leave();
    }

    private static TemplateException unserializable(Object value) {
        return TemplateException.type(
                "Object of type " + PyTypes.name(value) + " is not JSON serializable");
    }

    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return Repr.number(number);
    }

    private void list(PySequence sequence, int level) {
        if (sequence.size() == 0) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (Iterator<Object> i = sequence.items().iterator(); i.hasNext(); ) {
            newLine(level + 1);
            write(i.next(), level + 1);
            out.append(i.hasNext() ? betweenItems : "");
        }
        newLine(level);
        out.append(']');
    }

    private void dict(PyDict dict, int level) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        out.append('{');
        for (Iterator<PyDict.Entry> i = entries(dict).iterator(); i.hasNext(); ) {
            PyDict.Entry entry = i.next();
            newLine(level + 1);
            string(key(entry.key()));
            out.append(afterKey);
            write(entry.value(), level + 1);
            out.append(i.hasNext() ? betweenItems : "");
        }
        newLine(level);
        out.append('}');
    }

    private Iterable<PyDict.Entry> entries(PyDict dict) {
        if (!sortKeys) {
            return dict.entries();
        }
        List<Object> entries = new ArrayList<>(dict.entries());
        return Sorting.sorted(run, entries, dict.keys(), false).stream()
                .map(PyDict.Entry.class::cast)
                .toList();
    }

    private String key(Object key) {
        return switch (key) {
            case null -> "null";
            case String text -> text;
            case Markup markup -> markup.text();
            case Boolean bool -> bool ? "true" : "false";
            case Double number -> number(number);
            case Long number -> number.toString();
            case BigInteger number -> number.toString();
            default ->
                    throw TemplateException.type(
                            "keys must be str, int, float, bool or None, "
                                    + "not "
                                    + PyTypes.name(key));
        };
    }

    private void newLine(int level) {
        if (indent != null) {
            out.append('\n');
            for (int i = 0; i < level; i++) {
                out.append(indent);
            }
        }
    }

    private void string(String text) {
        run.charge(text.length() >> 3);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String escape = ESCAPES.get(c);
            if (escape != null) {
                out.append(escape);
            } else if (c < ' ' || asciiOnly && c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static final Map<Character, String> ESCAPES =
            Map.of(
                    '"', "\\\"", '\\', "\\\\", '\n', "\\n", '\r', "\\r", '\t', "\\t", '\f', "\\f",
                    '\b', "\\b");
}
