package quire.grammar.regex;

/** What stands before a place in a text. */
enum Before {
    START,
    WORD,
    LINE_END,
    OTHER
}
