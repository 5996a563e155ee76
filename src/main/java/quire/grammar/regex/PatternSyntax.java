package quire.grammar.regex;

import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;

/**
 * Regular expressions, read into languages. What is not regular (backreferences) and what is not
 * supported (lookbehinds, atomic and conditional groups, possessive quantifiers, assertions in
 * endless repetitions) is refused by name and place.
 *
 * <p>Syntax: ECMA-262, 22.2.1, and the documentations of Rust's crate {@code regex} and Python's
 * module {@code re}.
 */
public final class PatternSyntax {

    private static final int MAX_CHARS = 1 << 16;

    /**
     * The language of all texts that an expression matches.
     *
     * @throws GrammarException if it is not one, or has what is not supported
     */
    public static Regex parse(String pattern, Dialect dialect) {
        return parse(pattern, dialect, Alphabet.UTF_8);
    }

    /**
     * As above, over characters that are written in another way.
     *
     * @throws GrammarException if it is not one, or has what is not supported
     */
    public static Regex parse(String pattern, Dialect dialect, Alphabet alphabet) {
        if (pattern.length() > MAX_CHARS) {
            throw new GrammarLimitException(
                    "a regular expression of "
                            + pattern.length()
                            + " characters; at most "
                            + MAX_CHARS
                            + " are allowed");
        }
        PatternScanner in = new PatternScanner(pattern);
        Node node = new PatternParser(in, dialect).parse();
        return new PatternCompiler(alphabet, dialect, in).compile(node);
    }

    private PatternSyntax() {}
}
