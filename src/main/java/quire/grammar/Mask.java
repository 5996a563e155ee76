package quire.grammar;

/** The tokens that a state allows, without those that end a text. */
record Mask(long[] words) {}
