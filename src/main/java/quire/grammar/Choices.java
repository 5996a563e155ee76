package quire.grammar;

import java.util.List;

/** One of some texts. */
public final class Choices {

    private static final int MAX_CHARS = 1 << 22;

    /**
     * The grammar of some texts.
     *
     * @throws GrammarException if there are none, or too many
     */
    public static Grammar grammar(List<String> texts) {
        if (texts.isEmpty()) {
            throw new GrammarException("a choice wants at least one text to choose");
        }
        long chars = texts.stream().mapToLong(String::length).sum();
        if (chars > MAX_CHARS) {
            throw new GrammarLimitException(
                    "a choice of texts of "
                            + chars
                            + " characters in all; at most "
                            + MAX_CHARS
                            + " are allowed");
        }
        return Grammar.of(Regex.anyOf(texts.stream().map(Regex::literal).toArray(Regex[]::new)));
    }

    private Choices() {}
}
