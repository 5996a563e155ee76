package quire.sampling;

import java.util.Arrays;

/** A model's end-of-sequence token ids, from its generation config and tokenizer; may be empty. */
public final class EosTokens {

    private static final EosTokens NONE = new EosTokens(new int[0]);

    private final int[] ids;

    private EosTokens(int[] ids) {
        this.ids = ids;
    }

    /** The given ids in any order, none for a model that never ends by itself; copied. */
    public static EosTokens of(int... ids) {
        return ids.length == 0
                ? NONE
                : new EosTokens(Arrays.stream(ids).sorted().distinct().toArray());
    }

    /** Whether the token ends a sequence. */
    public boolean contains(int tokenId) {
        return Arrays.binarySearch(ids, tokenId) >= 0;
    }

    /** A copy of the ids, ascending. */
    public int[] ids() {
        return ids.clone();
    }
}
