package quire.sampling;

import java.util.Arrays;

/**
 * How often each token occurred in one choice's output and whether its prompt has it: a hash index
 * over entries kept in order of first occurrence, so that penalties touch only tokens that
 * occurred.
 */
final class TokenCounts {

    private static final int MIN_CAPACITY = 16;

    /** Room for more different tokens than this is not kept for the next sequence. */
    private static final int KEPT_CAPACITY = 4096;

    private int[] index = new int[2 * MIN_CAPACITY];
    private int[] tokenIds = new int[MIN_CAPACITY];
    private int[] outputCounts = new int[MIN_CAPACITY];
    private int size;

    /** Forgets all of them. */
    void clear() {
        if (tokenIds.length > KEPT_CAPACITY) {
            index = new int[2 * MIN_CAPACITY];
            tokenIds = new int[MIN_CAPACITY];
            outputCounts = new int[MIN_CAPACITY];
        } else if (size > 0) {
            Arrays.fill(index, 0);
            Arrays.fill(outputCounts, 0);
        }
        size = 0;
    }

    /** Remembers that the prompt has the token. */
    void addPrompt(int tokenId) {
        entry(tokenId);
    }

    /** Counts one occurrence in the output. */
    void addOutput(int tokenId) {
        int entry = entry(tokenId);
        outputCounts[entry]++;
    }

    /** Number of different tokens. */
    int size() {
        return size;
    }

    /** Token of the i-th entry. */
    int tokenId(int i) {
        return tokenIds[i];
    }

    /** Occurrences of the i-th entry's token in the output; 0 if only the prompt has it. */
    int outputCount(int i) {
        return outputCounts[i];
    }

    private int entry(int tokenId) {
        int slot = slot(tokenId);
        if (index[slot] != 0) {
            return index[slot] - 1;
        }
        if (size == tokenIds.length) {
            grow();
            slot = slot(tokenId);
        }
        tokenIds[size] = tokenId;
        index[slot] = ++size;
        return size - 1;
    }

    /** Slot that holds the token's entry plus one, or the empty slot where it belongs. */
    private int slot(int tokenId) {
        int mask = index.length - 1;
        int slot = (tokenId * 0x9E3779B9 >>> 7) & mask;
        while (index[slot] != 0 && tokenIds[index[slot] - 1] != tokenId) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        tokenIds = Arrays.copyOf(tokenIds, 2 * size);
        outputCounts = Arrays.copyOf(outputCounts, 2 * size);
        index = new int[4 * size];
        for (int i = 0; i < size; i++) {
            index[slot(tokenIds[i])] = i + 1;
        }
    }
}
