package quire.hub;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * The threads that fetch the ranges of one file. There is one at first. When it has seen that the
 * hub gives ranges, others join one by one, for as long as the network is what is waited for.
 */
final class RangeCrew implements AutoCloseable {

    /** More connections than this bring nothing, and hubs slow down who has many. */
    static final int MAX_CONNECTIONS = 8;

    private static final long PROGRESS_BYTES = 1 << 16;

    private final Source source;
    private final PartFile part;

    // Guarded by this.
    private final List<Thread> threads = new ArrayList<>();
    private final boolean[] taken;
    private boolean ranged;
    private boolean whole;
    private boolean closed;
    private Exception failure;

    RangeCrew(Source source, PartFile part) {
        this.source = source;
        this.part = part;
        taken = new boolean[part.numRanges()];
        if (part.frontier() < source.file().size()) {
            start();
        }
    }

    private synchronized void start() {
        if (!closed) {
            threads.add(Thread.ofVirtual().name("quire-range-" + threads.size()).start(this::work));
        }
    }

    private void work() {
        try {
            for (OptionalInt range = take(); range.isPresent(); range = take()) {
                fetch(range.getAsInt());
            }
        } catch (InterruptedException e) {
            // The transfer ends, and knows why.
            part.abandon();
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                failure = failure == null ? e : failure;
            }
            part.abandon();
        }
    }

    private synchronized OptionalInt take() {
        for (int range = 0; range < taken.length && !closed; range++) {
            if (!taken[range] && part.position(range) < part.end(range)) {
                taken[range] = true;
                return OptionalInt.of(range);
            }
        }
        return OptionalInt.empty();
    }

    private synchronized void seeRange() {
        ranged = true;
    }

    /** One more thread, if the hub gives ranges and there is one left. */
    synchronized void join() {
        boolean isLeft = false;
        for (int range = 0; range < taken.length; range++) {
            isLeft |= !taken[range] && part.position(range) < part.end(range);
        }
        if (ranged && isLeft && threads.size() < MAX_CONNECTIONS) {
            start();
        }
    }

    /**
     * The hub gives the file whole where a range was asked for. If no answer was a range, the one
     * thread takes all that is left.
     *
     * @return whether it does
     */
    private synchronized boolean takeAll() {
        if (!ranged) {
            whole = true;
            Arrays.fill(taken, true);
        }
        return whole;
    }

    private synchronized Hub.Span left(int range) {
        return whole
                ? new Hub.Span(part.frontier(), source.file().size())
                : new Hub.Span(part.position(range), part.end(range));
    }

    private void fetch(int range) throws IOException, InterruptedException {
        Retries retries = source.retries();
        for (Hub.Span span = left(range); span.first() < span.end(); span = left(range)) {
            RangeBody body =
                    new RangeBody(source.file(), part::write, span, this::seeRange, this::takeAll);
            try {
                source.fetch(span, body);
                body.checkEnd();
            } catch (PassingFault fault) {
                if (body.tookBytes() >= PROGRESS_BYTES) {
                    retries.progressed();
                }
                source.facts().accept(source.what() + ": " + fault.getMessage());
                retries.failed(fault);
            }
        }
    }

    /**
     * Throws what ended the threads before the file was there.
     *
     * @throws IOException or a runtime exception, whatever a thread met first
     */
    void rethrow() throws IOException, InterruptedException {
        Exception met;
        synchronized (this) {
            met = failure;
        }
        switch (met) {
            case null -> throw new InterruptedException("the transfer ends");
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(met);
        }
    }

    /** Ends the threads; none of them writes any more when this returns. */
    @Override
    public void close() {
        List<Thread> started;
        synchronized (this) {
            closed = true;
            started = List.copyOf(threads);
        }
        started.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread thread : started) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
