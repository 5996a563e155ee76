package quire.grammar.lark;

import java.util.Map;
import java.util.Optional;
import quire.grammar.Regex;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;

/** The terminals that grammars import from Lark's library {@code common}. */
final class CommonTerminals {

    private static final String INT = "[0-9]+";
    private static final String DECIMAL = "([0-9]+\\.[0-9]*|\\.[0-9]+)";
    private static final String EXPONENT = "([eE][+-]?[0-9]+)";
    private static final String FLOAT = "([0-9]+" + EXPONENT + "|" + DECIMAL + EXPONENT + "?)";
    private static final String NUMBER = "(" + FLOAT + "|" + INT + ")";
    private static final String LETTER = "[a-zA-Z]";

    private static final Map<String, String> PATTERNS =
            Map.ofEntries(
                    Map.entry("DIGIT", "[0-9]"),
                    Map.entry("HEXDIGIT", "[0-9a-fA-F]"),
                    Map.entry("INT", INT),
                    Map.entry("SIGNED_INT", "[+-]?" + INT),
                    Map.entry("DECIMAL", DECIMAL),
                    Map.entry("FLOAT", FLOAT),
                    Map.entry("SIGNED_FLOAT", "[+-]?" + FLOAT),
                    Map.entry("NUMBER", NUMBER),
                    Map.entry("SIGNED_NUMBER", "[+-]?" + NUMBER),
                    Map.entry("ESCAPED_STRING", "\"([^\"\\\\\\n]|\\\\[^\\n])*\""),
                    Map.entry("LCASE_LETTER", "[a-z]"),
                    Map.entry("UCASE_LETTER", "[A-Z]"),
                    Map.entry("LETTER", LETTER),
                    Map.entry("WORD", LETTER + "+"),
                    Map.entry("CNAME", "[_a-zA-Z][_a-zA-Z0-9]*"),
                    Map.entry("WS_INLINE", "[ \\t]+"),
                    Map.entry("WS", "[ \\t\\f\\r\\n]+"),
                    Map.entry("CR", "\\r"),
                    Map.entry("LF", "\\n"),
                    Map.entry("NEWLINE", "(\\r?\\n)+"),
                    Map.entry("SH_COMMENT", "#[^\\n]*"),
                    Map.entry("CPP_COMMENT", "//[^\\n]*"),
                    Map.entry("C_COMMENT", "/\\*([^*]|\\*+[^*/])*\\*+/"),
                    Map.entry("SQL_COMMENT", "--[^\\n]*"));

    /** The language of a terminal by its name. */
    static Optional<Regex> named(String name) {
        return Optional.ofNullable(PATTERNS.get(name))
                .map(pattern -> PatternSyntax.parse(pattern, Dialect.RUST));
    }

    private CommonTerminals() {}
}
