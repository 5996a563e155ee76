package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Words of a {@link quire.sampling.TokenMask} as kernels read them: a whole row of bits. */
public final class MaskWords {

    private MaskWords() {}

    /**
     * Writes a mask; what is behind its last word is not allowed.
     *
     * @param to gets {@code numWords} words from the place on, a multiple of four bytes
     */
    public static void write(long[] words, MemorySegment to, long at, int numWords) {
        int known = Math.min(words.length, numWords);
        MemorySegment.copy(words, 0, to, ValueLayout.JAVA_LONG_UNALIGNED, at, known);
        for (int i = known; i < numWords; i++) {
            to.set(ValueLayout.JAVA_LONG_UNALIGNED, at + (long) i * Long.BYTES, 0);
        }
    }
}
