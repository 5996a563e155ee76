package quire.grammar.schema;

import quire.grammar.Regex;

/** Strings as Python writes them between double quotes, so far as JSON writes them likewise. */
final class PythonText {

    /**
     * A slash needs no backslash there, and half a pair of surrogates is a character of its own.
     */
    private static final Regex OTHERWISE =
            Regex.seq(
                    Regex.literal("\\"),
                    Regex.anyOf(
                            Regex.literal("/"),
                            Regex.seq(
                                    Regex.literal("u"),
                                    Regex.codePoints('D', 'D', 'd', 'd'),
                                    Regex.codePoints('8', '9', 'A', 'F', 'a', 'f'),
                                    Regex.not(Regex.nothing()))));

    /** Any number of characters in those spellings that mean the same to both. */
    static final Regex TEXT =
            Regex.repeat(Regex.both(JsonText.CHARACTER, Regex.not(OTHERWISE)), 0, -1);

    private PythonText() {}
}
