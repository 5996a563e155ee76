package quire.scheduler;

import java.util.Random;

/**
 * Forces tokens and ends where a seed says, whatever is sampled, and knows what follows a token
 * when the test lets it. The position is the number of tokens that it accepted, those included that
 * it forced.
 */
public final class FakeGuide extends GuideInHand {

    private static final int LATEST_END = 60;

    private final long seed;
    private final int vocabularySize;
    private final boolean slow;
    private int position;

    /**
     * @param slow whether it waits for {@link #learn} and {@link #finish}, or is ready at once
     */
    public FakeGuide(long seed, int vocabularySize, boolean slow) {
        this.seed = seed;
        this.vocabularySize = vocabularySize;
        this.slow = slow;
        lookAhead();
    }

    /** What is forced behind that many tokens of which the last was sampled, if there is one. */
    int[] forcedAt(int numTokens) {
        Random random = new Random(seed * 31 + numTokens);
        return random.nextInt(3) > 0
                ? NO_TOKENS
                : random.ints(1 + random.nextInt(5), 0, vocabularySize).toArray();
    }

    /** Whether nothing follows so many tokens. */
    boolean endsAt(int numTokens) {
        return numTokens >= new Random(seed).nextInt(LATEST_END);
    }

    @Override
    public void accept(int token) {
        if (!ready || forced.length > 0 || endsAt(position)) {
            throw new AssertionError("a row became a token that was not ready");
        }
        position++;
        lookAhead();
    }

    private void lookAhead() {
        forced = endsAt(position) ? NO_TOKENS : forcedAt(position);
        position += forced.length;
        ready = !slow;
        if (slow) {
            progress = Progress.WORKING;
        } else {
            learn();
        }
    }

    /** Knows what is forced and whether there is more, but no mask. */
    public void learn() {
        progress = endsAt(position) ? Progress.ENDED : Progress.OPEN;
    }

    /** Is done; returns whether somebody is to be called. */
    public boolean finish() {
        boolean called = calls;
        learn();
        ready = true;
        calls = false;
        return called;
    }
}
