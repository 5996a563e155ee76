package quire.grammar;

/**
 * A grammar in normal form: whatever it asks for can be found in some text.
 *
 * @param start the place where texts begin
 * @param bytes about how much memory they take
 */
record Rules(Place start, long bytes) {}
