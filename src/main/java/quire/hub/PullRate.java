package quire.hub;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** How fast a pull is, over the last seconds, and how long the rest takes. One thread. */
public final class PullRate {

    private static final long WINDOW_NANOS = 10_000_000_000L;
    private static final long STEP_NANOS = 500_000_000L;
    private static final double NANOS = 1e9;

    private record Mark(long nanos, long bytes) {}

    private final Deque<Mark> marks = new ArrayDeque<>();

    /**
     * What there is to say: {@code 43% of 4.68 GiB, 85.3 MiB/s, 32 s left}.
     *
     * @param nanos now, of any clock that goes forward
     */
    public String words(long nanos, long doneBytes, long totalBytes) {
        if (marks.isEmpty() || nanos - marks.getLast().nanos >= STEP_NANOS) {
            marks.add(new Mark(nanos, doneBytes));
        }
        while (marks.size() > 2 && nanos - marks.getFirst().nanos > WINDOW_NANOS) {
            marks.removeFirst();
        }
        String part = percent(doneBytes, totalBytes) + "% of " + Shown.size(totalBytes);
        double seconds = (nanos - marks.getFirst().nanos) / NANOS;
        long came = doneBytes - marks.getFirst().bytes;
        if (seconds <= 0 || came <= 0) {
            return part;
        }
        double rate = came / seconds;
        String left = doneBytes < totalBytes ? ", " + time((totalBytes - doneBytes) / rate) : "";
        return part + ", " + Shown.size((long) rate) + "/s" + left;
    }

    /** The part that is there, 100 only when all is. */
    public static int percent(long doneBytes, long totalBytes) {
        return totalBytes <= 0 || doneBytes >= totalBytes
                ? 100
                : (int) (100.0 * doneBytes / totalBytes);
    }

    private static String time(double seconds) {
        long whole = (long) Math.ceil(seconds);
        if (whole < 100) {
            return whole + " s left";
        }
        return whole < 6000
                ? Math.ceilDiv(whole, 60) + " min left"
                : String.format(Locale.ROOT, "%d h left", Math.ceilDiv(whole, 3600));
    }

    /** A size as it is shown beside these: {@code 4.68 GiB}. */
    public static String size(long bytes) {
        return Shown.size(bytes);
    }
}
