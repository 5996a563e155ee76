package quire.grammar;

/**
 * What a terminal's state allows by itself, whatever is behind it: computed once for a state and a
 * vocabulary.
 *
 * @param words a bit per token that lies within the terminal or ends with it; null if they are few
 * @param tokens these tokens, where they are few; else empty
 * @param exits the nodes with others below them that the terminal may end at
 * @param scattered whether there are so many exits that they are not listed: then states that have
 *     the terminal are walked as a whole
 */
record Inner(long[] words, int[] tokens, int[] exits, boolean scattered) {

    /** More tokens are kept as bits. */
    static final int MAX_TOKENS = 512;

    /** More exits are not listed. */
    static final int MAX_EXITS = 16_384;

    /** About how much memory it takes. */
    long bytes() {
        return 80 + 4L * (tokens.length + exits.length) + (words == null ? 0 : 8L * words.length);
    }
}
