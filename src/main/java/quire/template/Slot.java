package quire.template;

/**
 * Where a variable lives: how many functions outwards, and its place there.
 *
 * @param hops 0 for the running function itself
 * @param index place in that function's {@link Activation}
 */
record Slot(int hops, int index) {}
