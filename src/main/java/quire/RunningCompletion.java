package quire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A thought and a text that grow, and an end, and all who wait for any of them. Who makes the text
 * never waits for those who read it, and runs none of their code: each reader has a place in the
 * one text, and whatever is called back is called on a thread of its own.
 */
final class RunningCompletion implements PendingCompletion {

    /** A user's code sees none of what hangs on the engine's threads. */
    private static final ThreadFactory CALLBACKS =
            Thread.ofVirtual()
                    .name("quire-callback-", 0)
                    .inheritInheritableThreadLocals(false)
                    .factory();

    /**
     * What a reader has not read yet.
     *
     * @param end how it ended, if it has, and then thought and text are the last there is
     */
    record Piece(String reasoning, String text, Optional<Supplier<Completion>> end) {}

    /** Through which frameworks find what belongs to the application. */
    private final ClassLoader submittersLoader = Thread.currentThread().getContextClassLoader();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private final Condition grown = lock.newCondition();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final List<TextSubscription> subscriptions = new ArrayList<>();
    private final List<CompletableFuture<Completion>> futures = new ArrayList<>();
    private Optional<Supplier<Completion>> end = Optional.empty();
    private volatile Runnable onCancel = () -> {};

    /** Says what a cancellation is to bring about; called before anybody else has this. */
    void onCancel(Runnable action) {
        onCancel = action;
    }

    /** More of the text. */
    void grow(String piece) {
        grow(text, piece);
    }

    /** More of the thought, which comes before all text. */
    void growReasoning(String piece) {
        grow(reasoning, piece);
    }

    private void grow(StringBuilder whole, String piece) {
        lock.lock();
        try {
            if (end.isEmpty() && !piece.isEmpty()) {
                whole.append(piece);
                grown.signalAll();
                subscriptions.forEach(TextSubscription::wake);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The end, of which there is one.
     *
     * @param how gives the completion, or throws, on the thread of whoever asks
     * @return whether it had not ended before
     */
    boolean end(Supplier<Completion> how) {
        lock.lock();
        try {
            if (end.isPresent()) {
                return false;
            }
            end = Optional.of(how);
            ended.signalAll();
            grown.signalAll();
            subscriptions.forEach(TextSubscription::wake);
            futures.forEach(future -> callBack(() -> settle(future, how)));
            futures.clear();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a user's code where it may wait, and where it finds the classes and beans that it found
     * when it submitted.
     */
    void callBack(Runnable code) {
        Thread thread = CALLBACKS.newThread(code);
        thread.setContextClassLoader(submittersLoader);
        thread.start();
    }

    private static void settle(CompletableFuture<Completion> future, Supplier<Completion> how) {
        try {
            future.complete(how.get());
        } catch (LLMException e) {
            future.completeExceptionally(e);
        }
    }

    @Override
    public Completion await() {
        return await(Duration.ofNanos(Long.MAX_VALUE));
    }

    @Override
    public Completion await(Duration timeout) {
        return awaitEnd(timeout).get();
    }

    private Supplier<Completion> awaitEnd(Duration timeout) {
        long left = TimeUnit.NANOSECONDS.convert(timeout);
        lock.lock();
        try {
            while (end.isEmpty()) {
                if (left <= 0) {
                    throw new CompletionTimeoutException(
                            "the completion has not ended after "
                                    + timeout
                                    + "; it goes on: await it again, or cancel it");
                }
                left = ended.awaitNanos(left);
            }
            return end.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Completion await(Consumer<String> onText) {
        return await(onText, piece -> {});
    }

    @Override
    public Completion await(Consumer<String> onText, Consumer<String> onReasoning) {
        int thought = 0;
        int taken = 0;
        while (true) {
            Piece piece = next(thought, taken);
            if (piece.reasoning.isEmpty() && piece.text.isEmpty()) {
                return piece.end.orElseThrow().get();
            }
            thought += piece.reasoning.length();
            taken += piece.text.length();
            give(piece.reasoning, onReasoning);
            give(piece.text, onText);
        }
    }

    private void give(String piece, Consumer<String> listener) {
        if (piece.isEmpty()) {
            return;
        }
        try {
            listener.accept(piece);
        } catch (RuntimeException | Error e) {
            cancel();
            throw e;
        }
    }

    /** Waits for more of the thought or the text, or the end. */
    private Piece next(int thought, int taken) {
        lock.lock();
        try {
            while (reasoning.length() == thought && text.length() == taken && end.isEmpty()) {
                grown.await();
            }
            if (end.isEmpty() && Thread.interrupted()) {
                throw new InterruptedException();
            }
            return new Piece(reasoning.substring(thought), text.substring(taken), end);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private static CompletionInterruptedException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CompletionInterruptedException(
                "this thread was interrupted while it waited for a completion", e);
    }

    /**
     * What there is behind a place in the text, without waiting.
     *
     * @param taken characters that the reader has already
     */
    Piece look(int taken) {
        lock.lock();
        try {
            return new Piece("", text.substring(taken), end);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel() {
        boolean first =
                end(
                        () -> {
                            throw new CompletionCancelledException("the completion was cancelled");
                        });
        if (first) {
            onCancel.run();
        }
    }

    @Override
    public boolean isDone() {
        lock.lock();
        try {
            return end.isPresent();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CompletableFuture<Completion> toCompletableFuture() {
        CompletableFuture<Completion> future = new CompletableFuture<>();
        // Of one that ended by itself this changes nothing.
        future.whenComplete((completion, failure) -> cancel());
        lock.lock();
        try {
            if (end.isEmpty()) {
                futures.add(future);
                return future;
            }
        } finally {
            lock.unlock();
        }
        settle(future, end.get());
        return future;
    }

    @Override
    public Flow.Publisher<String> text() {
        return subscriber -> TextSubscription.begin(this, subscriber);
    }

    /** From now on the subscription is woken when there is more. */
    void add(TextSubscription subscription) {
        lock.lock();
        try {
            subscriptions.add(subscription);
        } finally {
            lock.unlock();
        }
    }

    void remove(TextSubscription subscription) {
        lock.lock();
        try {
            subscriptions.remove(subscription);
        } finally {
            lock.unlock();
        }
    }
}
