package quire.cli;

import java.io.PrintWriter;
import quire.cli.talk.Streams;
import quire.hub.PullListener;
import quire.hub.PullRate;

/**
 * Shows how far a pull is: one line that moves on a terminal, a line every few seconds anywhere
 * else. One thread, and that which ends the process.
 */
final class PullProgress implements PullListener {

    private static final int BAR_CHARS = 24;
    private static final long LINE_NANOS = 5_000_000_000L;

    /** Goes to the line's beginning and takes away what is there. */
    static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private final PullRate rate = new PullRate();
    private long lastNanos = System.nanoTime();
    private boolean barIsThere;

    PullProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** On the process's own error stream. */
    static PullProgress on(PrintWriter err) {
        return new PullProgress(err, isOnTerminal());
    }

    /** Whether somebody looks at the error stream through a terminal that can move a line. */
    static boolean isOnTerminal() {
        String type = System.getenv("TERM");
        boolean moves = type != null && !type.equals("dumb");
        return moves && Streams.errors() == Streams.TERMINAL;
    }

    @Override
    public void said(String fact) {
        clear();
        out.println(fact);
        out.flush();
    }

    @Override
    public void advanced(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        String words = rate.words(now, doneBytes, totalBytes);
        if (terminal) {
            int full = BAR_CHARS * PullRate.percent(doneBytes, totalBytes) / 100;
            out.print(
                    CLEAR_LINE
                            + "["
                            + "#".repeat(full)
                            + ".".repeat(BAR_CHARS - full)
                            + "] "
                            + words);
            barIsThere = true;
        } else if (now - lastNanos >= LINE_NANOS) {
            lastNanos = now;
            out.println(words);
        }
        out.flush();
    }

    /** Leaves the line to whoever writes next. */
    @Override
    public void ended() {
        clear();
        out.flush();
    }

    private void clear() {
        if (barIsThere) {
            out.print(CLEAR_LINE);
            barIsThere = false;
        }
    }
}
