package quire.generation;

import java.util.Arrays;
import java.util.Optional;
import quire.error.QuireException;
import quire.sequence.Guide;

/**
 * Holds the thought of one sequence to so many tokens: where it is not over by then, nothing may
 * follow but the tokens that end it. Another guide leads beyond.
 *
 * <p>Tokens of the marks around it are not counted. A thought stands at the beginning of an answer,
 * or has begun in the prompt; what reads like one further behind is none.
 */
final class ThoughtGuide implements Guide {

    /** White space that may stand before a thought, in tokens. */
    private static final int MOST_BEFORE = 4;

    private final ThoughtLimit limit;
    private final Guide beyond;
    private final Marker opening;
    private final Marker closing;
    private final long[] mask;
    private int numBefore;
    private int numThought;

    /**
     * @param numTokens ids that a mask has bits for
     */
    ThoughtGuide(ThoughtLimit limit, int numTokens, Guide beyond) {
        this.limit = limit;
        this.beyond = beyond;
        this.opening = new Marker(limit.openIds());
        this.closing = new Marker(limit.closeIds());
        this.mask = new long[Math.ceilDiv(numTokens, Long.SIZE)];
    }

    private boolean isThinking() {
        return opening.isFound() && !closing.isFound();
    }

    @Override
    public void accept(int token) {
        if (isThinking()) {
            closing.read(token);
            numThought++;
        } else if (!opening.isFound() && numBefore < MOST_BEFORE + limit.openIds().length) {
            opening.read(token);
            numBefore++;
        }
        beyond.accept(token);
    }

    @Override
    public long[] words() {
        // What may be the beginning of the end already is gone on with.
        if (!isThinking() || numThought < limit.maxTokens()) {
            return beyond.words();
        }
        int only = closing.next();
        Arrays.fill(mask, 0);
        mask[only / Long.SIZE] = 1L << only % Long.SIZE;
        return mask;
    }

    @Override
    public void settle() {
        beyond.settle();
    }

    @Override
    public Progress progress() {
        return beyond.progress();
    }

    @Override
    public int[] takeForced() {
        return beyond.takeForced();
    }

    @Override
    public boolean willCall() {
        return beyond.willCall();
    }

    @Override
    public Optional<QuireException> failure() {
        return beyond.failure();
    }

    @Override
    public void close() {
        beyond.close();
    }
}
