package quire.scheduler;

import java.util.Optional;
import quire.error.QuireException;
import quire.sequence.Guide;

/** A guide that does what a test says: what is forced, whether it is ready, and how it ends. */
class GuideInHand implements Guide {

    /** Whether the mask is worked out. */
    boolean ready = true;

    /** Whether somebody waits to be called. */
    boolean calls;

    Progress progress = Progress.OPEN;
    int[] forced = NO_TOKENS;

    /** Nothing of what follows is known. */
    final void late() {
        ready = false;
        progress = Progress.WORKING;
    }

    /** All of it is. */
    final void done() {
        ready = true;
        progress = Progress.OPEN;
    }

    @Override
    public void accept(int token) {}

    @Override
    public final void settle() {}

    @Override
    public final long[] words() {
        return ready && forced.length == 0 && progress == Progress.OPEN ? ANY : NOT_READY;
    }

    @Override
    public final Progress progress() {
        return progress;
    }

    @Override
    public final int[] takeForced() {
        int[] taken = forced;
        forced = NO_TOKENS;
        return taken;
    }

    @Override
    public final boolean willCall() {
        calls = !ready;
        return calls;
    }

    @Override
    public final Optional<QuireException> failure() {
        return Optional.empty();
    }

    @Override
    public final void close() {}
}
