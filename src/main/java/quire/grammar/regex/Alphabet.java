package quire.grammar.regex;

import quire.grammar.Regex;

/**
 * How a character of a text is written in bytes: by itself, as in UTF-8, or as some form that text
 * has inside something else, such as a string of JSON. A character may be written in several ways,
 * and none of them is the beginning of another's.
 */
public interface Alphabet {

    /** Text as it is. */
    Alphabet UTF_8 = set -> Regex.codePoints(set.ranges());

    /** All ways to write one character of a set, which may be empty. */
    Regex oneOf(CodePointSet set);
}
