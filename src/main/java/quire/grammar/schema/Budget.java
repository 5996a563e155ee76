package quire.grammar.schema;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import quire.grammar.GrammarLimitException;

/** What reading one schema may cost. A schema of a few lines can stand for a huge product. */
final class Budget {

    /** Combinations, about a microsecond each; the largest real schemas seen take 200,000. */
    private static final long MAX_STEPS = 3_000_000;

    private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

    /** Applicators inside applicators about one value; each takes some frames of the stack. */
    private static final int MAX_DEPTH = 300;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final boolean COUNTS = THREADS.isCurrentThreadCpuTimeSupported();

    private final long start = now();
    private long steps;
    private int nextLook = 1000;
    private final Deque<String> places = new ArrayDeque<>();

    /**
     * Counts some work.
     *
     * @throws GrammarLimitException when it is too much
     */
    void spend(int work) {
        steps += work;
        nextLook -= work;
        if (steps > MAX_STEPS) {
            throw tooMuch(
                    "the schema stands for too many combinations: reading it takes more than "
                            + MAX_STEPS
                            + " steps; simplify its allOf, anyOf, oneOf or not");
        }
        if (nextLook < 0) {
            nextLook = 1000;
            if (now() - start > MAX_NANOS) {
                throw tooMuch(
                        "reading the schema takes more than "
                                + TimeUnit.NANOSECONDS.toMillis(MAX_NANOS)
                                + " ms; make it smaller");
            }
        }
    }

    /** The thread's own time, so that a busy machine refuses no schema that a free one takes. */
    private static long now() {
        long used = COUNTS ? THREADS.getCurrentThreadCpuTime() : -1;
        return used < 0 ? System.nanoTime() : used;
    }

    /** Goes one schema about the same value deeper; {@link #leave} comes back. */
    void enter(String pointer) {
        places.push(pointer);
        spend(1);
        if (places.size() > MAX_DEPTH) {
            throw tooMuch(
                    "more than "
                            + MAX_DEPTH
                            + " schemas about one value lie inside each other; nest less");
        }
    }

    void leave() {
        places.pop();
    }

    private GrammarLimitException tooMuch(String what) {
        return places.isEmpty()
                ? new GrammarLimitException(what)
                : new GrammarLimitException(what, SchemaNode.place(places.peek()));
    }
}
