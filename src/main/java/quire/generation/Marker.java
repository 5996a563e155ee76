package quire.generation;

/** Looks for some tokens, one after the other, in a growing sequence. One thread. */
final class Marker {

    private final int[] tokenIds;
    private int numMatched;

    /**
     * @param tokenIds what is looked for; found at once where there is none. Not modified
     */
    Marker(int... tokenIds) {
        this.tokenIds = tokenIds;
    }

    /** Whether all of them came. */
    boolean isFound() {
        return numMatched == tokenIds.length;
    }

    /** The one that is to come next, where not all of them came. */
    int next() {
        return tokenIds[numMatched];
    }

    /** Takes the next token of the sequence; returns {@link #isFound}. */
    boolean read(int token) {
        while (numMatched > 0 && !isFound() && tokenIds[numMatched] != token) {
            numMatched = border(numMatched);
        }
        if (!isFound() && tokenIds[numMatched] == token) {
            numMatched++;
        }
        return isFound();
    }

    /** The longest beginning of the marker that its first {@code length} tokens end with. */
    private int border(int length) {
        for (int border = length - 1; border > 0; border--) {
            boolean same = true;
            for (int i = 0; i < border && same; i++) {
                same = tokenIds[i] == tokenIds[length - border + i];
            }
            if (same) {
                return border;
            }
        }
        return 0;
    }
}
