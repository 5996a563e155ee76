package quire.generation;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.grammar.NotKnownException;
import quire.sequence.Guide;

/**
 * Leads one sequence through a compiled grammar, from the first token on or from where a thought
 * has ended. The matcher moves on a grammar thread, one piece of work at a time: it takes a token,
 * then those that the grammar forces behind it, then works out the mask of the next row.
 *
 * <p>Where nothing but the end may follow the sequence is complete, however many tokens it was to
 * have at least: there is nothing that could be added. Where the end is one of several tokens, it
 * can be sampled, unless the request ignores ends.
 */
final class GrammarGuide implements Guide, Runnable {

    private static final long SPIN_NANOS = 20_000;
    private static final long NAP_NANOS = 10_000;

    // What is done of the piece of work, and whether its end is to be called.
    private static final int NOTHING = 0;
    private static final int PROGRESS = 1;
    private static final int ALL = 2;
    private static final int IS_DONE = 3;
    private static final int CALLS = 4;

    private final Lanes lanes;
    private final Patience patience;
    private final Marker begin;
    private final GrammarState.Rules rules;
    private final Runnable call;
    private final AtomicInteger work = new AtomicInteger(NOTHING);
    private volatile boolean closed;

    // Where the text begins that the grammar describes: the engine thread writes it.
    private volatile boolean begun;

    // The engine thread, for the piece of work that it begins.
    private int accepted;
    private long sinceNanos;

    /** Whether the last piece of work took long, so that the next is not to hold up others. */
    private volatile boolean slow;

    // The piece of work, for everybody once that is done; what is forced is taken by the event
    // loop.
    private GrammarState state;
    private Progress progress = Progress.WORKING;
    private Optional<QuireException> failure = Optional.empty();
    private volatile int[] forced = NO_TOKENS;

    /**
     * How long others wait for a guide.
     *
     * @param progressNanos a step for what is forced, from the token on that it sampled
     * @param maskNanos a row for its mask, from the token on that is before it
     * @param workNanos other guides for a piece of its work, before it works with its like
     */
    record Patience(long progressNanos, long maskNanos, long workNanos) {}

    /**
     * Where matchers move.
     *
     * @param quick as soon as possible
     * @param slow what would hold up others there; may refuse
     */
    record Lanes(Executor quick, Executor slow) {}

    /**
     * @param lanes where the matcher moves
     * @param begin behind which tokens the text begins that the grammar describes
     * @param call what is to be done when the event loop waits, on any thread
     */
    GrammarGuide(
            Lanes lanes, Patience patience, Marker begin, GrammarState.Rules rules, Runnable call) {
        this.lanes = lanes;
        this.patience = patience;
        this.begin = begin;
        this.rules = rules;
        this.call = call;
        this.begun = begin.isFound();
    }

    /**
     * Begins with its grammar, unless there is none. Any thread, once.
     *
     * @param whyNot why there is none, or null
     */
    void start(Compiled compiled, Throwable whyNot) {
        if (whyNot != null) {
            fail(whyNot);
            return;
        }
        hand(() -> doWork(() -> state = new GrammarState(rules, compiled)));
    }

    private void hand(Runnable piece) {
        if (slow) {
            try {
                lanes.slow().execute(piece);
                return;
            } catch (RejectedExecutionException full) {
                slow = false;
            }
        }
        try {
            lanes.quick().execute(piece);
        } catch (RejectedExecutionException e) {
            fail(new UnavailableException("the engine is stopping"));
        }
    }

    /** Moves the state, and looks ahead from there. */
    private void doWork(Runnable move) {
        long start = System.nanoTime();
        try {
            if (!closed) {
                move.run();
                lookAhead();
            }
            slow = System.nanoTime() - start > patience.workNanos();
        } catch (Throwable e) {
            fail(e);
            return;
        }
        done(ALL);
    }

    private void lookAhead() {
        forced = state.force();
        progress = state.isComplete() ? Progress.ENDED : Progress.OPEN;
        done(PROGRESS);
        if (progress == Progress.OPEN && !state.fillMask()) {
            progress = Progress.ENDED;
        }
    }

    private void fail(Throwable e) {
        failure = Optional.of(rules.described(e));
        progress = Progress.FAILED;
        done(ALL);
    }

    @Override
    public void accept(int token) {
        if (!begun) {
            begun = begin.read(token);
            return;
        }
        if (!isDone(ALL)) {
            throw new IllegalStateException("a row became a token before its mask was known");
        }
        if (takesAtOnce(token)) {
            return;
        }
        accepted = token;
        sinceNanos = System.nanoTime();
        work.set(NOTHING);
        hand(this);
    }

    /**
     * Does the piece of work here and now, where all that it needs is known from before: handing it
     * over would take longer.
     *
     * @return false if it is not, and then nothing was done
     */
    private boolean takesAtOnce(int token) {
        state.lookUpOnly();
        boolean done = false;
        try {
            state.accept(token);
            lookAhead();
            done = true;
        } catch (NotKnownException e) {
            return false;
        } catch (Throwable e) {
            fail(e);
            return true;
        } finally {
            state.endLookingUp(!done);
        }
        done(ALL);
        return true;
    }

    /** Takes the token that was accepted. */
    @Override
    public void run() {
        doWork(() -> state.accept(accepted));
    }

    private void done(int part) {
        int before;
        do {
            before = work.get();
        } while (!work.compareAndSet(before, part == ALL ? ALL : before & CALLS | part));
        if (part == ALL && (before & CALLS) != 0) {
            call.run();
        }
    }

    private boolean isDone(int part) {
        return (work.get() & IS_DONE) >= part;
    }

    @Override
    public void settle() {
        await(PROGRESS, patience.progressNanos());
    }

    /** Waits in vain where whoever works has no core to work on, but not for long. */
    private boolean await(int part, long nanos) {
        while (!isDone(part)) {
            long waited = System.nanoTime() - sinceNanos;
            if (waited >= nanos) {
                return false;
            }
            if (waited < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, NAP_NANOS);
            }
        }
        return true;
    }

    @Override
    public boolean isReady() {
        return closed || !begun || isDone(ALL);
    }

    @Override
    public long[] words() {
        if (!begun) {
            return ANY;
        }
        boolean known = !closed && await(ALL, patience.maskNanos());
        boolean goesOn = known && progress == Progress.OPEN && forced.length == 0;
        return goesOn ? state.mask() : NOT_READY;
    }

    @Override
    public Progress progress() {
        if (!isDone(PROGRESS)) {
            return Progress.WORKING;
        }
        return begun || progress == Progress.FAILED ? progress : Progress.OPEN;
    }

    @Override
    public int[] takeForced() {
        int[] taken = begun ? forced : NO_TOKENS;
        if (taken.length > 0) {
            forced = NO_TOKENS;
        }
        return taken;
    }

    @Override
    public boolean willCall() {
        int now;
        do {
            now = work.get();
            if (now == ALL) {
                return false;
            }
        } while (!work.compareAndSet(now, now | CALLS));
        return true;
    }

    @Override
    public Optional<QuireException> failure() {
        return isDone(ALL) ? failure : Optional.empty();
    }

    @Override
    public void close() {
        closed = true;
    }
}
