package quire.grammar;

import java.util.Arrays;

/**
 * The bytes of a tokenizer's tokens as a trie, made once per tokenizer and shared by all threads.
 *
 * <p>Nodes are numbered in the order of a walk, so that what lies below a node is a range of
 * numbers. A grammar's text can be completed from wherever a matcher is if each byte has a token of
 * its own, as in byte-level vocabularies and those with byte fallback.
 */
public final class Vocabulary {

    /** More bytes in a token are refused. */
    private static final int MAX_TOKEN_BYTES = 10_000;

    private final byte[][] bytesOfIds;
    private final int[] endIds;

    /** By node, the byte that leads to it; the root's is unused. */
    final byte[] label;

    /** By node, how many bytes lead to it. */
    final short[] depth;

    /** By node, how many bytes more the longest token below it has. */
    final short[] height;

    /** By node, the first number that is not below it. */
    final int[] end;

    /** By node, where its own tokens begin in {@link #ids}; they end where the next one's begin. */
    final int[] firstId;

    /** The tokens that have bytes, in the order of nodes. */
    final int[] ids;

    /** What terminals allow that several grammars have. */
    final Inners inners = new Inners();

    /** How many bytes the longest token has. */
    final int longest;

    private Vocabulary(byte[][] bytesOfIds, int[] endIds) {
        this.bytesOfIds = bytesOfIds;
        this.endIds = endIds;
        ids = sorted(bytesOfIds);
        int[] shared = new int[ids.length];
        int nodes = 1;
        int most = 0;
        for (int i = 0; i < ids.length; i++) {
            byte[] token = bytesOfIds[ids[i]];
            shared[i] = i == 0 ? 0 : common(bytesOfIds[ids[i - 1]], token);
            nodes += token.length - shared[i];
            most = Math.max(most, token.length);
        }
        if (most > MAX_TOKEN_BYTES) {
            throw new GrammarLimitException(
                    "a token has " + most + " bytes, more than " + MAX_TOKEN_BYTES);
        }
        longest = most;
        label = new byte[nodes];
        depth = new short[nodes];
        height = new short[nodes];
        end = new int[nodes];
        firstId = new int[nodes + 1];
        fill(shared);
    }

    /**
     * The vocabulary of a tokenizer.
     *
     * @param bytesOfEachId by id, the bytes that a token stands for; null for special tokens and
     *     unused ids, which are never part of a text
     * @param endIds the tokens that end a text
     */
    public static Vocabulary of(byte[][] bytesOfEachId, int[] endIds) {
        for (int id : endIds) {
            if (id < 0 || id >= bytesOfEachId.length) {
                throw new IllegalArgumentException(
                        "end token " + id + " of " + bytesOfEachId.length + " tokens");
            }
        }
        return new Vocabulary(bytesOfEachId.clone(), endIds.clone());
    }

    private static int[] sorted(byte[][] bytesOfIds) {
        Integer[] order = new Integer[bytesOfIds.length];
        int count = 0;
        for (int id = 0; id < bytesOfIds.length; id++) {
            if (bytesOfIds[id] != null && bytesOfIds[id].length > 0) {
                order[count++] = id;
            }
        }
        Arrays.sort(
                order,
                0,
                count,
                (one, other) -> Arrays.compareUnsigned(bytesOfIds[one], bytesOfIds[other]));
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> order[i]);
        return ids;
    }

    private static int common(byte[] one, byte[] other) {
        int mismatch = Arrays.mismatch(one, other);
        return mismatch < 0 ? one.length : mismatch;
    }

    private void fill(int[] shared) {
        int[] path = new int[longest + 1];
        int node = 0;
        int open = 0;
        for (int i = 0; i < ids.length; i++) {
            byte[] token = bytesOfIds[ids[i]];
            for (; open > shared[i]; open--) {
                end[path[open]] = node + 1;
            }
            for (int at = open; at < token.length; at++) {
                node++;
                label[node] = token[at];
                depth[node] = (short) (at + 1);
                firstId[node] = i;
                path[at + 1] = node;
            }
            open = token.length;
            firstId[node + 1] = i + 1;
        }
        for (; open >= 0; open--) {
            end[path[open]] = node + 1;
        }
        measure();
    }

    private void measure() {
        int[] deepest = new int[longest + 2];
        for (int node = depth.length - 1; node >= 0; node--) {
            int at = depth[node];
            int deep = Math.max(at, deepest[at + 1]);
            deepest[at + 1] = 0;
            deepest[at] = Math.max(deepest[at], deep);
            height[node] = (short) (deep - at);
        }
    }

    /** How many ids there are, with those that have no bytes. */
    public int size() {
        return bytesOfIds.length;
    }

    /** The bytes of a token, or null; not to be changed. */
    byte[] bytes(int id) {
        return bytesOfIds[id];
    }

    boolean isEnd(int id) {
        for (int end : endIds) {
            if (end == id) {
                return true;
            }
        }
        return false;
    }

    /** Adds the tokens that end a text to a mask. */
    void addEnds(long[] words) {
        for (int id : endIds) {
            words[id >> 6] |= 1L << id;
        }
    }

    /** How many words a mask has. */
    int words() {
        return bytesOfIds.length + 63 >>> 6;
    }
}
