package quire.grammar;

/**
 * A grammar in normal form: whatever it asks for can be found in some text.
 *
 * @param start the place where texts begin
 * @param elements how many elements there are
 */
record Rules(Place start, int elements) {}
