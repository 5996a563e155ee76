package quire.sequence;

import java.util.Optional;
import quire.error.QuireException;
import quire.sampling.TokenMask;

/**
 * Leads a sequence through a grammar. What may follow a token is worked out on other threads, while
 * the forward pass of the next step runs; nobody waits for it for longer than a moment.
 *
 * <p>A sequence with a guide is in one step at a time that samples, for nobody knows what a token
 * may be whose predecessor is pending. A row whose mask is not {@linkplain TokenMask#NOT_READY
 * ready} becomes no token: the sequence sits out until the guide calls.
 */
public interface Guide extends TokenMask {

    /** How much is known of what follows the tokens that were accepted. */
    enum Progress {
        /** Nothing. */
        WORKING,
        /** Whether tokens are forced, and that it goes on. */
        OPEN,
        /** Nothing can follow; but for tokens that are forced, the sequence is complete. */
        ENDED,
        /** It will never be known. */
        FAILED
    }

    /** Of a sequence whose tokens may be any. */
    Guide NONE =
            new Guide() {
                @Override
                public long[] words() {
                    return ANY;
                }

                @Override
                public void accept(int token) {}

                @Override
                public void settle() {}

                @Override
                public Progress progress() {
                    return Progress.OPEN;
                }

                @Override
                public int[] takeForced() {
                    return NO_TOKENS;
                }

                @Override
                public boolean willCall() {
                    return false;
                }

                @Override
                public Optional<QuireException> failure() {
                    return Optional.empty();
                }

                @Override
                public void close() {}
            };

    /** What is forced where everything may follow. */
    int[] NO_TOKENS = {};

    /**
     * A row became this token, which the mask allowed that {@link #words} gave in this step: begins
     * to work out what follows it. On the {@code quire-engine} thread.
     */
    void accept(int token);

    /** Waits a moment for the progress. On the {@code quire-engine} thread. */
    void settle();

    /** How far it is. Event loop. */
    Progress progress();

    /**
     * Tokens that must follow those that were accepted, and count as accepted themselves: given
     * once, as soon as there is progress. Before they are taken the mask is not ready. Event loop.
     */
    int[] takeForced();

    /**
     * Whether the mask of the next row is still being worked out: it is not ready then before the
     * guide has called, as it once will. Event loop.
     */
    boolean willCall();

    /** What its user is told, where it failed. Event loop. */
    Optional<QuireException> failure();

    /** The sequence has ended: nothing need be worked out any more. Any thread. */
    void close();
}
