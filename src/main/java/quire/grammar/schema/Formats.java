package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import quire.grammar.Regex;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.NumberText.Bound;

/**
 * What {@code format} names: the formats of JSON Schema 2020-12, 7.3, and the numbers of OpenAPI.
 * Any other name is an annotation, as the specification has it.
 */
final class Formats {

    private static final String DAY =
            "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
                    + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
                    + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])"
                    + "|(?:[02468][048]|[13579][26])00)-02-29)";

    /** No leap seconds, of which only some days have one, and no offset that clocks do not have. */
    private static final String CLOCK =
            "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?"
                    + "(?:[zZ]|[+-](?:(?:0\\d|1[0-7]):[0-5]\\d|18:00))";

    private static final String PART_OF_DAY =
            "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
    private static final String DURATION =
            "P(?:\\d+W|(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)(?:"
                    + PART_OF_DAY
                    + ")?|"
                    + PART_OF_DAY
                    + ")";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String HOST = LABEL + "(?:\\." + LABEL + ")*";
    private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final String IPV4 = OCTET + "(?:\\." + OCTET + "){3}";
    private static final String GROUP = "[0-9A-Fa-f]{1,4}";
    private static final String IPV6 = ipv6();
    private static final String ESCAPE = "%[0-9A-Fa-f]{2}";

    /** RFC 3986, appendix A; {@code beyond} is what RFC 3987 has besides. */
    private static String uri(String beyond, boolean isReference) {
        String plain = "A-Za-z0-9._~\\-" + beyond;
        String pchar = "(?:[" + plain + "!$&'()*+,;=:@]|" + ESCAPE + ")";
        String first = "(?:[" + plain + "!$&'()*+,;=@]|" + ESCAPE + ")";
        String user = "(?:(?:[" + plain + "!$&'()*+,;=:]|" + ESCAPE + ")*@)?";
        String name = "(?:[" + plain + "!$&'()*+,;=]|" + ESCAPE + ")*";
        String future = "v[0-9A-Fa-f]+\\.[" + plain + "!$&'()*+,;=:]+";
        String authority =
                user + "(?:\\[(?:" + IPV6 + "|" + future + ")\\]|" + name + ")(?::\\d*)?";
        String path = "(?:/" + pchar + "*)*";
        String absolute = "/(?:" + pchar + "+" + path + ")?";
        String tail = "(?:\\?(?:" + pchar + "|[/?])*)?(?:#(?:" + pchar + "|[/?])*)?";
        String hierarchy = "(?://" + authority + path + "|" + absolute;
        String full =
                "[A-Za-z][A-Za-z0-9+.-]*:" + hierarchy + "|" + pchar + "+" + path + ")?" + tail;
        String relative = hierarchy + "|" + first + "+" + path + ")?" + tail;
        return isReference ? full + "|" + relative : full;
    }

    /** The characters beyond ASCII that names of resources may have. */
    private static final String BEYOND =
            "\\u{a0}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{ffef}"
                    + "\\u{10000}-\\u{1fffd}\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}";

    private static final Map<String, String> PATTERNS =
            Map.ofEntries(
                    Map.entry("date", DAY),
                    Map.entry("time", CLOCK),
                    Map.entry("date-time", DAY + "[Tt]" + CLOCK),
                    Map.entry("duration", DURATION),
                    Map.entry("email", email("")),
                    Map.entry("idn-email", email("\\u{80}-\\u{d7ff}\\u{e000}-\\u{10ffff}")),
                    Map.entry("hostname", HOST),
                    Map.entry("ipv4", IPV4),
                    Map.entry("ipv6", IPV6),
                    Map.entry("uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
                    Map.entry("uri", uri("", false)),
                    Map.entry("uri-reference", uri("", true)),
                    Map.entry("iri", uri(BEYOND, false)),
                    Map.entry("iri-reference", uri(BEYOND, true)),
                    Map.entry("uri-template", template()),
                    Map.entry("json-pointer", "(?:/(?:[^/~]|~[01])*)*"),
                    Map.entry(
                            "relative-json-pointer",
                            "(?:0|[1-9]\\d*)(?:#|(?:/(?:[^/~]|~[01])*)*)"));

    /** Those that no regular expression, or none of a bearable size, describes. */
    private static final Set<String> IRREGULAR = Set.of("regex", "idn-hostname");

    private static final Map<String, Regex> READ = new ConcurrentHashMap<>();

    private Formats() {}

    private static String ipv6() {
        String pair = "(?:" + GROUP + ":" + GROUP + "|" + IPV4 + ")";
        StringBuilder all = new StringBuilder("(?:(?:" + GROUP + ":){6}" + pair);
        for (int before = 0; before <= 5; before++) {
            // "::" stands for two groups or more, and what follows it for the others.
            String head = before == 0 ? "" : "(?:" + GROUP + ":){0," + (before - 1) + "}" + GROUP;
            int behind = 5 - before;
            String optional = before == 0 ? "" : "(?:" + head + ")?";
            all.append("|").append(optional).append("::");
            all.append("(?:").append(GROUP).append(":){").append(behind).append("}").append(pair);
        }
        all.append("|(?:(?:").append(GROUP).append(":){0,5}").append(GROUP).append(")?::");
        all.append(GROUP);
        all.append("|(?:(?:").append(GROUP).append(":){0,6}").append(GROUP).append(")?::)");
        return all.toString();
    }

    private static String email(String beyond) {
        String atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~" + beyond + "-]+";
        String quoted =
                "\"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e" + beyond + "]|\\\\[\\x20-\\x7e]){0,31}\"";
        String name = "(?:(?=[^@]{1,64}@)" + atom + "(?:\\." + atom + ")*|" + quoted + ")";
        String host = beyond.isEmpty() ? "" : "|[A-Za-z0-9.-" + beyond + "]+";
        return name + "@(?:" + HOST + host + "|\\[" + IPV4 + "\\])";
    }

    /** RFC 6570. */
    private static String template() {
        String literal =
                "[\\x21\\x23\\x24\\x26\\x28-\\x3b\\x3d\\x3f-\\x5b\\x5d\\x5f\\x61-\\x7a\\x7e"
                        + BEYOND
                        + "]";
        String variable = "(?:[A-Za-z0-9_]|" + ESCAPE + ")";
        String spec = variable + "(?:\\.?" + variable + ")*(?::[1-9]\\d{0,3}|\\*)?";
        return "(?:"
                + literal
                + "|"
                + ESCAPE
                + "|\\{[+#./;?&=,!@|]?"
                + spec
                + "(?:,"
                + spec
                + ")*\\})*";
    }

    /** What the format says of strings. */
    static StringSet strings(SchemaNode node) {
        JsonNode format = node.get("format");
        if (!format.isTextual()) {
            throw node.wrong("format", "the name of a format");
        }
        String name = format.asText();
        if (IRREGULAR.contains(name)) {
            throw node.refused("format", "'" + name + "' is not a regular language");
        }
        if (!PATTERNS.containsKey(name)) {
            return StringSet.ALL;
        }
        StringSet set = StringSet.in(READ.computeIfAbsent(name, Formats::read));
        return switch (name) {
            case "hostname" -> set.and(StringSet.ofLength(1, 253));
            case "email", "idn-email" -> set.and(StringSet.ofLength(3, 254));
            default -> set;
        };
    }

    private static Regex read(String name) {
        return PatternSyntax.parse(
                "^(?:" + PATTERNS.get(name) + ")$",
                Dialect.ECMA,
                set -> JsonText.codePoints(set.ranges()));
    }

    /** What the format says of numbers. */
    static NumberSet numbers(SchemaNode node) {
        String format = node.has("format") ? node.get("format").asText() : "";
        return switch (format) {
            case "int32" -> bits(31);
            case "int64" -> bits(63);
            default -> NumberSet.ALL;
        };
    }

    private static NumberSet bits(int bits) {
        BigDecimal limit = BigDecimal.TWO.pow(bits);
        return NumberSet.INTEGERS
                .and(NumberSet.from(new Bound(limit.negate(), false)))
                .and(NumberSet.to(new Bound(limit, true)));
    }
}
