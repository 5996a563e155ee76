package quire.grammar.regex;

/** Whose regular expressions are read, and what they match. */
public enum Dialect {
    /**
     * ECMA-262's with the flag {@code u}, as JSON Schema has them: a text matches that has a match
     * anywhere. Where the language itself is strict about escapes that mean nothing, this is not.
     */
    ECMA,
    /**
     * What Rust and Python share: a text matches as a whole. Where the classes {@code \d}, {@code
     * \w} and {@code \s} are those of ASCII to some and of Unicode to others, a text is one that
     * matches for both.
     */
    RUST
}
