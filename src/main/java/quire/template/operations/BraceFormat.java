package quire.template.operations;

import quire.template.TemplateException;
import quire.template.values.Arguments;
import quire.template.values.Markup;
import quire.template.values.Missing;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;

/** Python's {@code format.format(values)}, whose fields reach only what templates may reach. */
final class BraceFormat {

    private final Run run;
    private final Arguments arguments;
    private final boolean escapes;
    private int automatic;
    private boolean manual;

    private BraceFormat(Run run, Arguments arguments, boolean escapes) {
        this.run = run;
        this.escapes = escapes;
        this.arguments = arguments;
    }

    /** The format filled in; markup escapes what it is filled with. */
    static Object format(Run run, Object format, Arguments arguments) {
        boolean escapes = format instanceof Markup;
        return Markup.like(
                format, new BraceFormat(run, arguments, escapes).text(Strings.text(format), 2));
    }

    private String text(String format, int depth) {
        if (depth < 0) {
            throw TemplateException.value("Max string recursion exceeded");
        }
        Text out = new Text(run);
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            boolean doubled = at < format.length() && format.charAt(at) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                at++;
            } else if (c == '}') {
                throw TemplateException.value("Single '}' encountered in format string");
            } else if (c == '{') {
                int end = endOfField(format, at);
                field(format.substring(at, end), depth, out);
                at = end + 1;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static int endOfField(String format, int from) {
        int open = 1;
        for (int at = from; at < format.length(); at++) {
            char c = format.charAt(at);
            open += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (open == 0) {
                return at;
            }
        }
        throw TemplateException.value(
                from == format.length()
                        ? "Single '{' encountered in format string"
                        : "expected '}' before end of string");
    }

    private void field(String field, int depth, Text out) {
        int bracket = 0;
        int end = 0;
        while (end < field.length()) {
            char c = field.charAt(end);
            bracket += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (bracket <= 0 && (c == ':' || c == '!')) {
                break;
            }
            end++;
        }
        Object value = value(field.substring(0, end));
        String rest = field.substring(end);
        if (rest.startsWith("!")) {
            if (rest.length() < 2 || rest.length() > 2 && rest.charAt(2) != ':') {
                throw TemplateException.value("expected ':' after conversion specifier");
            }
            value =
                    switch (rest.charAt(1)) {
                        case 's' -> Repr.str(run, value);
                        case 'r' -> Repr.repr(run, value);
                        case 'a' -> Repr.ascii(run, value);
                        default ->
                                throw TemplateException.value(
                                        "Unknown conversion specifier " + rest.charAt(1));
                    };
            rest = rest.substring(2);
        }
        String spec = rest.isEmpty() ? "" : text(rest.substring(1), depth - 1);
        String shown = FormatSpec.format(run, value, spec);
        out.append(escapes && !(value instanceof Markup) ? Markup.escaped(run, shown) : shown);
    }

    private Object value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Object value = first(path.substring(0, end));
        while (end < path.length()) {
            if (path.charAt(end) == '.') {
                int from = ++end;
                while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                    end++;
                }
                value = Attributes.attribute(run, value, named(path.substring(from, end)));
            } else if (path.charAt(end) == '[') {
                int close = path.indexOf(']', end);
                if (close < 0) {
                    throw TemplateException.value("Missing ']' in format string");
                }
                String key = named(path.substring(end + 1, close));
                value =
                        Attributes.item(
                                run, value, isIndex(key) ? (Object) Long.valueOf(key) : key);
                end = close + 1;
            } else {
                throw TemplateException.value(
                        "Only '.' or '[' may follow ']' in format field specifier");
            }
        }
        return value;
    }

    private static String named(String name) {
        if (name.isEmpty()) {
            throw TemplateException.value("Empty attribute in format string");
        }
        return name;
    }

    private static boolean isIndex(String text) {
        return !text.isEmpty()
                && text.length() < 10
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object first(String name) {
        if (!name.isEmpty() && !isIndex(name)) {
            Object value = arguments.keywords().getOrDefault(name, Missing.MISSING);
            if (value == Missing.MISSING) {
                throw new TemplateException(TemplateException.Kind.LOOKUP, Repr.quote(name));
            }
            return value;
        }
        if (name.isEmpty() ? manual : automatic > 0) {
            throw TemplateException.value(
                    name.isEmpty()
                            ? "cannot switch from manual field specification to automatic field"
                                    + " numbering"
                            : "cannot switch from automatic field numbering to manual field"
                                    + " specification");
        }
        manual |= !name.isEmpty();
        int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
        if (index >= arguments.positional().size()) {
            throw new TemplateException(TemplateException.Kind.LOOKUP, "tuple index out of range");
        }
        return arguments.positional().get(index);
    }
}
