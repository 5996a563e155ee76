package quire.template.syntax;

/**
 * Where a variable lives: how many functions outwards, and its place there.
 *
 * @param hops 0 for the running function itself
 * @param index place among that function's variables
 */
public record Slot(int hops, int index) {}
