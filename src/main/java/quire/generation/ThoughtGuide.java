package quire.generation;

import java.util.Arrays;
import java.util.Optional;
import quire.error.QuireException;
import quire.sequence.Guide;

/**
 * Holds the thought of one sequence to so many tokens: where it is not over by then, nothing may
 * follow but the tokens that end it, as soon as the other guide allows them, which leads beyond: a
 * character that was begun is ended first.
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

    private void read(int token) {
        if (isThinking()) {
            closing.read(token);
            numThought++;
        } else if (!opening.isFound() && numBefore < MOST_BEFORE + limit.openIds().length) {
            opening.read(token);
            numBefore++;
        }
    }

    @Override
    public boolean isReady() {
        return beyond.isReady();
    }

    @Override
    public void accept(int token) {
        read(token);
        beyond.accept(token);
    }

    /** Asks the other guide in any case, which takes no token before it is done with the last. */
    @Override
    public long[] words() {
        long[] allowed = beyond.words();
        if (allowed == NOT_READY || !isThinking() || numThought < limit.maxTokens()) {
            return allowed;
        }
        // What may be the beginning of the end already is gone on with.
        int only = closing.next();
        if (allowed != ANY && (allowed[only / Long.SIZE] >>> only & 1) == 0) {
            return allowed;
        }
        Arrays.fill(mask, 0);
        mask[only / Long.SIZE] = 1L << only;
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
        int[] forced = beyond.takeForced();
        for (int token : forced) {
            read(token);
        }
        return forced;
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
