package quire.sampling;

import java.util.List;
import quire.error.InvalidRequestException;
import quire.error.RequestField;

/**
 * Sequences of tokens that an output is not to have: where all but the last token of one have just
 * been said, its last one is impossible. Immutable.
 */
public final class BadWords {

    /** Most tokens of one sequence. */
    public static final int MAX_TOKENS = 64;

    /** Ints that all of them may fill as {@link #encoded} has them. */
    public static final int MAX_ENCODED = 8192;

    /** No such sequence. */
    public static final BadWords NONE = new BadWords(new int[] {1}, 0);

    private final int[] encoded;
    private final int size;

    private BadWords(int[] encoded, int size) {
        this.encoded = encoded;
        this.size = size;
    }

    /**
     * Of sequences of at least one token each; copied.
     *
     * @throws InvalidRequestException if one of them or all together are too long
     */
    public static BadWords of(List<int[]> words) {
        if (words.isEmpty()) {
            return NONE;
        }
        long length = words.size() + 1L;
        for (int[] word : words) {
            refuseBeyond(MAX_TOKENS, word.length, "one of the words has ");
            length += word.length;
        }
        refuseBeyond(MAX_ENCODED, length, "the words, each with and without a space, have ");
        int[] encoded = new int[(int) length];
        int at = words.size() + 1;
        for (int i = 0; i < words.size(); i++) {
            encoded[i] = at;
            System.arraycopy(words.get(i), 0, encoded, at, words.get(i).length);
            at += words.get(i).length;
        }
        encoded[words.size()] = at;
        return new BadWords(encoded, words.size());
    }

    private static void refuseBeyond(int most, long length, String what) {
        if (length > most) {
            throw new InvalidRequestException(
                    "bad_words",
                    RequestField.named("bad_words")
                            + " is too long: "
                            + what
                            + length
                            + " tokens; at most "
                            + most
                            + " are allowed.");
        }
    }

    /** Number of sequences. */
    public int size() {
        return size;
    }

    /**
     * Where each sequence begins, the end of the last, then the tokens of all; places are counted
     * from the array's start. Not to be changed.
     */
    public int[] encoded() {
        return encoded;
    }

    /** The last token of a sequence, which completes it. */
    int last(int word) {
        return encoded[encoded[word + 1] - 1];
    }

    /** Whether the last token of a sequence is the only one of it that was not just said. */
    boolean isDue(int word, SamplingState state) {
        int from = encoded[word];
        int prefix = encoded[word + 1] - from - 1;
        if (prefix > state.numOutputTokens()) {
            return false;
        }
        for (int i = 0; i < prefix; i++) {
            if (encoded[from + i] != state.recent(prefix - i)) {
                return false;
            }
        }
        return true;
    }
}
