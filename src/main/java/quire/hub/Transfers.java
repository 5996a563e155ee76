package quire.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/** The files of one pull that are not there yet, a few at once; the thread that pulls reports. */
final class Transfers {

    private static final int MAX_FILES_AT_ONCE = 4;
    private static final int REPORT_MILLIS = 200;

    private final List<Transfer> all;
    private final long totalBytes;
    private final long presentBytes;
    private final Queue<String> facts;
    private final PullListener listener;

    /**
     * @param totalBytes of all files of the pull, those included that are there
     * @param facts that transfers tell
     */
    Transfers(List<Transfer> all, long totalBytes, Queue<String> facts, PullListener listener) {
        this.all = List.copyOf(all);
        this.totalBytes = totalBytes;
        this.presentBytes = totalBytes - all.stream().mapToLong(Transfer::size).sum();
        this.facts = facts;
        this.listener = listener;
    }

    /** Bytes that have come of those that were not there. */
    long doneBytes() {
        return all.stream().mapToLong(Transfer::doneBytes).sum();
    }

    /** Runs all until they are through or one cannot; an interrupt ends them. */
    void run() throws IOException, InterruptedException {
        Queue<Transfer> queue = new ConcurrentLinkedQueue<>(all);
        AtomicReference<Exception> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(MAX_FILES_AT_ONCE, all.size()); i++) {
            threads.add(
                    Thread.ofPlatform()
                            .name("quire-transfer-" + i)
                            .daemon(true)
                            .start(() -> runFrom(queue, failure)));
        }
        try {
            while (threads.stream().anyMatch(Thread::isAlive) && failure.get() == null) {
                report();
                firstAlive(threads).join(Duration.ofMillis(REPORT_MILLIS));
            }
        } finally {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        report();
        switch (failure.get()) {
            case null -> {}
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Exception e -> throw new IllegalStateException(e);
        }
    }

    private static Thread firstAlive(List<Thread> threads) {
        return threads.stream().filter(Thread::isAlive).findFirst().orElse(threads.getFirst());
    }

    private static void runFrom(Queue<Transfer> queue, AtomicReference<Exception> failure) {
        try {
            for (Transfer next = queue.poll(); next != null; next = queue.poll()) {
                next.run();
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void report() {
        for (String fact = facts.poll(); fact != null; fact = facts.poll()) {
            listener.said(fact);
        }
        listener.advanced(presentBytes + doneBytes(), totalBytes);
    }
}
