package quire.grammar;

import java.util.Arrays;

/**
 * The tokens that a state allows, without those that end a text: those of some terminals, and some
 * more.
 *
 * @param inners bits of terminals, which others share
 * @param tokens more tokens
 * @param words bits of still more, or null
 */
record Mask(long[][] inners, int[] tokens, long[] words) {

    private static final long[] NONE = {};

    /** About how much memory it takes by itself. */
    long bytes() {
        return 80 + 4L * (tokens.length + inners.length) + (words == null ? 0 : 8L * words.length);
    }

    /** Writes it into {@code to}, all of which is written. */
    void write(long[] to) {
        int from = 0;
        long[] whole = words != null ? words : inners.length > 0 ? inners[from++] : NONE;
        System.arraycopy(whole, 0, to, 0, whole.length);
        Arrays.fill(to, whole.length, to.length, 0);
        for (int i = from; i < inners.length; i++) {
            long[] inner = inners[i];
            for (int word = 0; word < inner.length; word++) {
                to[word] |= inner[word];
            }
        }
        for (int token : tokens) {
            to[token >> 6] |= 1L << token;
        }
    }
}
