package quire.template;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import quire.template.Arguments.Bound;

/** Filters for HTML and URLs. */
final class HtmlFilters {

    private static final Map<String, String> ENTITIES =
            Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00a0");

    private HtmlFilters() {}

    static void addTo(Map<String, Filter> filters) {
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
        filters.put("striptags", HtmlFilters::stripTags);
        filters.put("urlencode", HtmlFilters::urlEncode);
        filters.put("xmlattr", HtmlFilters::xmlAttributes);
    }

    private static Object stripTags(Run run, Object value, Arguments args) {
        args.bind("striptags", 0);
        String text = Repr.str(run, value);
        run.chars(text.length());
        String plain = without(without(text, "<!--", "-->"), "<", ">");
        List<Object> words = Splitting.words(unescape(plain), -1);
        run.items(words.size());
        return String.join(" ", words.stream().map(String.class::cast).toList());
    }

    private static String without(String text, String open, String close) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf(open); at >= 0; at = text.indexOf(open, from)) {
            int end = text.indexOf(close, at + open.length());
            if (end < 0) {
                break;
            }
            out.append(text, from, at);
            from = end + close.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
            int end = text.indexOf(';', at);
            if (end < 0) {
                break;
            }
            String meaning = end - at > 12 ? "" : entity(text.substring(at + 1, end));
            if (!meaning.isEmpty()) {
                out.append(text, from, at).append(meaning);
                from = end + 1;
                at = end;
            }
        }
        return out.append(text, from, text.length()).toString();
    }

    private static String entity(String name) {
        if (!name.startsWith("#")) {
            return ENTITIES.getOrDefault(name, "");
        }
        boolean hex = name.startsWith("#x") || name.startsWith("#X");
        String digits = name.substring(hex ? 2 : 1);
        int radix = hex ? 16 : 10;
        boolean valid =
                !digits.isEmpty()
                        && digits.length() < 8
                        && digits.chars().allMatch(c -> c < 128 && Character.digit(c, radix) >= 0);
        int code = valid ? Integer.parseInt(digits, radix) : -1;
        return Character.isValidCodePoint(code) ? Character.toString(code) : "";
    }

    private static Object urlEncode(Run run, Object value, Arguments args) {
        args.bind("urlencode", 0);
        if (Strings.is(value) || !PyTypes.iterable(value)) {
            return quoted(run, value, false);
        }
        List<Object> pairs =
                PyTypes.list(
                        run,
                        value instanceof PyDict dict
                                ? new PyDict.View(dict, PyDict.View.Kind.ITEMS)
                                : value);
        Text out = new Text(run);
        for (Iterator<Object> i = pairs.iterator(); i.hasNext(); ) {
            Object pair = i.next();
            List<Object> items = PyTypes.list(run, pair);
            if (items.size() != 2) {
                throw TemplateException.value("urlencode needs pairs of key and value");
            }
            out.append(quoted(run, items.get(0), true))
                    .append('=')
                    .append(quoted(run, items.get(1), true))
                    .append(i.hasNext() ? "&" : "");
        }
        return out.toString();
    }

    private static String quoted(Run run, Object value, boolean query) {
        Text out = new Text(run);
        for (byte b : Repr.str(run, value).getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain =
                    c >= 'a' && c <= 'z'
                            || c >= 'A' && c <= 'Z'
                            || c >= '0' && c <= '9'
                            || "_.-~".indexOf(c) >= 0
                            || c == '/' && !query;
            if (plain) {
                out.append(c);
            } else if (c == ' ' && query) {
                out.append('+');
            } else {
                out.append(String.format("%%%02X", (int) c));
            }
        }
        return out.toString();
    }

    private static Object xmlAttributes(Run run, Object value, Arguments args) {
        Bound bound = args.bind("xmlattr", 0, "autospace");
        if (!(value instanceof PyDict dict)) {
            throw TemplateException.type("xmlattr needs a mapping, not " + PyTypes.name(value));
        }
        Text out = new Text(run);
        boolean space = bound.truth(run, 0, true);
        for (PyDict.Entry entry : dict.entries()) {
            if (entry.value() == null || entry.value() instanceof Undefined) {
                continue;
            }
            if (!Strings.is(entry.key())) {
                throw TemplateException.type(
                        "expected string or bytes-like object, got '"
                                + PyTypes.name(entry.key())
                                + "'");
            }
            String key = Strings.text(entry.key());
            boolean bad =
                    key.chars()
                            .anyMatch(
                                    c ->
                                            c < 128
                                                            && c != 0x85
                                                            && Strings.isSpace(c)
                                                            && (c < 0x1c || c > 0x1f)
                                                    || "/>=".indexOf(c) >= 0);
            if (bad) {
                throw TemplateException.value(
                        "Invalid character in attribute name: " + Repr.quote(key));
            }
            out.append(space ? " " : "")
                    .append(Markup.escaped(run, entry.key()))
                    .append("=\"")
                    .append(Markup.escaped(run, entry.value()))
                    .append('"');
            space = true;
        }
        return out.toString();
    }
}
