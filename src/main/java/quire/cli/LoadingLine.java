package quire.cli;

import java.io.PrintWriter;
import java.util.function.LongSupplier;
import quire.LoadListener;

/**
 * Shows on a terminal how far the loading of a model is, once it has taken a moment, and leaves
 * nothing of it there. Any thread.
 */
final class LoadingLine implements LoadListener {

    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final long PACE_NANOS = 100_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier clock;
    private long nextNanos;
    private boolean isThere;

    LoadingLine(PrintWriter out, boolean terminal, LongSupplier clock) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        nextNanos = clock.getAsLong() + PATIENCE_NANOS;
    }

    /** On the process's own error stream. */
    static LoadingLine on(PrintWriter err) {
        return new LoadingLine(err, PullProgress.isOnTerminal(), System::nanoTime);
    }

    @Override
    public synchronized void advanced(String stage, long doneBytes, long totalBytes) {
        long now = clock.getAsLong();
        if (terminal && now - nextNanos >= 0) {
            nextNanos = now + PACE_NANOS;
            long percent = totalBytes <= 0 ? 100 : (long) (100.0 * doneBytes / totalBytes);
            out.print(PullProgress.CLEAR_LINE + stage + ": " + percent + "%");
            out.flush();
            isThere = true;
        }
    }

    /** Leaves the line to whoever writes next. */
    synchronized void ended() {
        if (isThere) {
            out.print(PullProgress.CLEAR_LINE);
            out.flush();
            isThere = false;
        }
    }
}
