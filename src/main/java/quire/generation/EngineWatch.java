package quire.generation;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import quire.scheduler.SchedulerWatch;
import quire.scheduler.Snapshot;

/** Watches who holds which blocks, from outside the executor. For one thread. */
public final class EngineWatch implements AutoCloseable {

    private final Executor executor;
    private final SchedulerWatch watch;

    /** Asked for, and not handed over yet: what it tells is told once. */
    private Optional<CompletableFuture<Snapshot>> coming = Optional.empty();

    EngineWatch(Executor executor, SchedulerWatch watch) {
        this.executor = executor;
        this.watch = watch;
    }

    /**
     * Who holds what, taken between two tasks of the executor: everything at first, then what
     * changed since the look before.
     *
     * @return empty where the executor does not get to it in time; the next look then waits on
     */
    public Optional<Snapshot> look(Duration patience) throws InterruptedException {
        CompletableFuture<Snapshot> look = coming.orElseGet(this::ask);
        coming = Optional.of(look);
        try {
            Snapshot snapshot = look.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            coming = Optional.empty();
            return Optional.of(snapshot);
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a look never fails", e);
        }
    }

    private CompletableFuture<Snapshot> ask() {
        CompletableFuture<Snapshot> look = new CompletableFuture<>();
        executor.execute(() -> look.complete(watch.look()));
        return look;
    }

    /** The engine notes nothing for it any more. */
    @Override
    public void close() {
        executor.execute(watch::end);
    }
}
