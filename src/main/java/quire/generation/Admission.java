package quire.generation;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.Setting;
import quire.error.UnavailableException;

/**
 * The door of an engine: counts the requests inside and those of them that wait for their first
 * step, and refuses others where the queue is full or the engine is about to stop. Any thread.
 */
final class Admission {

    private static final System.Logger LOG = System.getLogger("quire.generation");
    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);

    /** Who may come in; it only ever moves on. */
    private enum Door {
        OPEN(""),
        DRAINING("the server is stopping and takes no new requests; try again in a moment"),
        CLOSED("the engine is stopping"),
        BROKEN("the engine failed and works again only after a restart of its process");

        private final String refusal;

        Door(String refusal) {
            this.refusal = refusal;
        }
    }

    private final AtomicInteger numWaiting = new AtomicInteger();
    private final AtomicInteger numInside = new AtomicInteger();

    /** Completed once a drain is over: nothing is inside, or nobody wants to wait any more. */
    private final CompletableFuture<Void> drained = new CompletableFuture<>();

    private volatile Door door = Door.OPEN;

    /** Why the engine failed; written before the door shows that it did. */
    private volatile String failure = "";

    /**
     * Lets requests in together or not at all. Each is counted until {@link #leave}, and as waiting
     * until {@link #leaveQueue}.
     *
     * @param maxWaiting most requests that may wait, these included
     * @throws InvalidRequestException if the queue could not hold so many even if it were empty
     * @throws OverloadedException if it cannot hold them now
     * @throws UnavailableException if the engine takes none any more
     */
    void enter(int numRequests, int maxWaiting) {
        if (numRequests > Math.max(1, maxWaiting)) {
            throw new InvalidRequestException(
                    "prompt",
                    "The request has "
                            + numRequests
                            + " prompts, and the whole queue holds "
                            + maxWaiting
                            + "; send fewer at once, or raise "
                            + Setting.MAX_QUEUE
                            + ".");
        }
        refuseUnlessOpen();
        int waiting;
        do {
            waiting = numWaiting.get();
            if (numRequests > maxWaiting - waiting) {
                throw full(numRequests, waiting, maxWaiting);
            }
        } while (!numWaiting.compareAndSet(waiting, waiting + numRequests));
        numInside.addAndGet(numRequests);
        try {
            // Asked again now that a drain which began in between would see the count.
            refuseUnlessOpen();
        } catch (UnavailableException e) {
            giveUp(numRequests);
            throw e;
        }
    }

    private static OverloadedException full(int numRequests, int waiting, int maxWaiting) {
        String more = numRequests == 1 ? "" : ", which leaves no room for " + numRequests + " more";
        return new OverloadedException(
                "the queue is full: "
                        + waiting
                        + " of at most "
                        + maxWaiting
                        + " requests are waiting"
                        + more
                        + "; try again later or raise "
                        + Setting.MAX_QUEUE);
    }

    private void refuseUnlessOpen() {
        if (door != Door.OPEN) {
            throw refusal();
        }
    }

    /** What is said to whoever comes too late. */
    UnavailableException refusal() {
        return new UnavailableException(door.refusal + failure);
    }

    /** Takes back {@link #enter} for requests that did not come in after all. */
    void giveUp(int numRequests) {
        numWaiting.addAndGet(-numRequests);
        count(-numRequests);
    }

    /** Counts requests that belong to one inside, and wait as others do. */
    void follow(int numRequests) {
        numWaiting.addAndGet(numRequests);
        count(numRequests);
    }

    /** Counts a request as inside until {@link #leave}, whatever else of it is. */
    void stay() {
        count(1);
    }

    /** A request had its first step, or ended before. */
    void leaveQueue() {
        numWaiting.decrementAndGet();
    }

    /** A request ended. */
    void leave() {
        count(-1);
    }

    private void count(int change) {
        if (numInside.addAndGet(change) == 0 && door != Door.OPEN) {
            drained.complete(null);
        }
    }

    /** Requests inside: running and waiting. */
    int numInside() {
        return numInside.get();
    }

    /** Whether the engine failed as a whole. */
    boolean isBroken() {
        return door == Door.BROKEN;
    }

    /** Takes no more requests; ends a drain. */
    void close() {
        move(Door.CLOSED);
        drained.complete(null);
    }

    /**
     * As {@link #close}, because the engine failed.
     *
     * @param why a clause for whoever comes or waits
     * @return what they are told
     */
    UnavailableException breakDown(String why) {
        failure = ": " + why;
        move(Door.BROKEN);
        drained.complete(null);
        return refusal();
    }

    private synchronized boolean move(Door next) {
        boolean moves = next.ordinal() > door.ordinal();
        door = moves ? next : door;
        return moves;
    }

    /**
     * Takes no more requests and waits until those inside have ended. A second call, {@link #close}
     * and an interrupt end the wait at once.
     *
     * @return whether nothing is inside any more
     */
    boolean drain(Duration timeout) {
        if (!move(Door.DRAINING)) {
            drained.complete(null);
        } else if (numInside.get() == 0) {
            drained.complete(null);
        } else {
            waitAtMost(timeout);
        }
        return numInside.get() == 0;
    }

    private void waitAtMost(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        long left = timeout.toNanos();
        String verb = "waiting";
        boolean over = false;
        while (left > 0 && !over) {
            report(verb, left);
            over = isDrained(Math.min(left, REPORT_EVERY.toNanos()));
            left = deadline - System.nanoTime();
            verb = "still waiting";
        }
        int lost = numInside.get();
        String end =
                lost == 0 ? "all requests have ended" : requests(lost) + " did not end in time";
        LOG.log(System.Logger.Level.INFO, "stopping: " + end);
    }

    private static String requests(int count) {
        return count + (count == 1 ? " request" : " requests");
    }

    private boolean isDrained(long nanos) {
        try {
            drained.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes a drain with an error", e);
        }
    }

    private void report(String verb, long leftNanos) {
        LOG.log(
                System.Logger.Level.INFO,
                "stopping: "
                        + verb
                        + " for "
                        + requests(numInside.get())
                        + ", "
                        + Math.max(0, numWaiting.get())
                        + " of them in the queue, for at most "
                        + TimeUnit.NANOSECONDS.toSeconds(leftNanos)
                        + " s more");
    }
}
