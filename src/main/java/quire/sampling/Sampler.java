package quire.sampling;

import java.lang.foreign.MemorySegment;

/**
 * Turns logits into a token: the changes that the request asks for, then the argmax or temperature,
 * {@code min_p}, {@code top_k}, {@code top_p} and a draw, in vLLM's order.
 *
 * <p>Every filter keeps the first tokens in the order of descending logits, ascending ids on a tie,
 * so that {@code top_k = 1} is the argmax and no filter keeps more than it says. The draw goes
 * through the kept tokens by ascending id.
 *
 * <p>One sampler serves one thread; nothing is allocated per token.
 */
public final class Sampler {

    /** Stands for "no token": every logit is NaN or minus infinity. */
    public static final int NO_TOKEN = -1;

    private final LogitRow row;
    private final Candidates candidates;

    /**
     * @param vocabularySize logits of a row
     */
    public Sampler(int vocabularySize) {
        row = new LogitRow(vocabularySize);
        candidates = new Candidates(row);
    }

    /**
     * Chooses the next token of a choice; changes neither the logits nor the state.
     *
     * @param logits native-order float32; NaN counts as minus infinity
     * @param byteOffset where the row {@code [vocabularySize]} begins
     * @param allowed words of a {@link TokenMask}, before all other changes
     * @return the token, or {@link #NO_TOKEN}
     */
    public int sample(MemorySegment logits, long byteOffset, SamplingState state, long[] allowed) {
        row.load(logits, byteOffset);
        row.allow(allowed);
        return sample(state);
    }

    /**
     * Chooses the next token of a choice; changes neither the logits nor the state.
     *
     * @param logits {@code [vocabularySize]}; NaN counts as minus infinity
     * @return the token, or {@link #NO_TOKEN}
     */
    public int sample(float[] logits, SamplingState state) {
        return sample(MemorySegment.ofArray(logits), 0, state, TokenMask.ANY);
    }

    private int sample(SamplingState state) {
        state.change(row);
        row.findMaxima();
        if (row.isEmpty()) {
            return NO_TOKEN;
        }
        if (state.params().isGreedy()) {
            return row.argmax();
        }
        candidates.collect(state.params());
        return candidates.draw(state.uniform());
    }
}
