package quire.cli;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of flags in the language of the configuration, which has characters of its own. */
final class PropertyText {

    /** Flags that take several values, apart by commas. */
    private static final Set<String> LISTS = Set.of("served-model-name", "api-key");

    private static final Pattern BACKSLASHES_BEFORE_DOLLAR = Pattern.compile("\\\\+(?=\\$)");

    private PropertyText() {}

    /**
     * Writes a value so that the configuration reads it as it was typed: {@code $} begins an
     * expression there unless it is doubled, in lists a backslash takes the next character as it
     * is, and backslashes before a {@code $} survive only as the default of an expression.
     */
    static String escape(String name, String value) {
        String listed = LISTS.contains(name) ? value.replace("\\", "\\\\") : value;
        return BACKSLASHES_BEFORE_DOLLAR
                .matcher(listed.replace("$", "$$"))
                .replaceAll(
                        match ->
                                Matcher.quoteReplacement("${quire.nothing:" + match.group() + "}"));
    }
}
