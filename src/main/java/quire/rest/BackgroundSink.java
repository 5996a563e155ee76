package quire.rest;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import quire.error.QuireException;
import quire.generation.GenerationOutput;

/**
 * Hands everything on to another sink in the order in which it came, on threads that may take their
 * time: what is told of a long prompt's tokens is megabytes, which are not for the event loop.
 */
final class BackgroundSink implements AnswerSink {

    private final AnswerSink sink;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final ArrayDeque<Runnable> calls = new ArrayDeque<>();
    private boolean working;

    BackgroundSink(AnswerSink sink, Executor executor) {
        this.sink = sink;
        this.executor = executor;
    }

    @Override
    public void onOutput(int choice, GenerationOutput output) {
        hand(() -> sink.onOutput(choice, output));
    }

    @Override
    public void onEnd(TokenUsage usage) {
        hand(() -> sink.onEnd(usage));
    }

    @Override
    public void onError(QuireException error) {
        hand(() -> sink.onError(error));
    }

    private void hand(Runnable call) {
        lock.lock();
        try {
            calls.add(call);
            if (working) {
                return;
            }
            working = true;
        } finally {
            lock.unlock();
        }
        try {
            executor.execute(this::work);
        } catch (RejectedExecutionException e) {
            // The server ends; its last words may take the moment that they take.
            work();
        }
    }

    private void work() {
        for (Runnable call = next(); call != null; call = next()) {
            call.run();
        }
    }

    /** Null where there is nothing to do any more. */
    private Runnable next() {
        lock.lock();
        try {
            Runnable call = calls.poll();
            working = call != null;
            return call;
        } finally {
            lock.unlock();
        }
    }
}
