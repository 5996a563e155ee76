package quire.cli;

import java.util.concurrent.CountDownLatch;
import quire.error.QuireException;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;

/** Waits for some answers to end, or for the first that fails. */
abstract class AwaitedAnswers implements GenerationListener {

    private final CountDownLatch open;
    private volatile QuireException failure;

    AwaitedAnswers(int numAnswers) {
        open = new CountDownLatch(numAnswers);
    }

    /** Looks at an output, before anybody is told that an answer ended with it. */
    abstract void look(GenerationOutput output);

    @Override
    public final void onOutput(GenerationOutput output) {
        look(output);
        if (output.finishReason().isPresent()) {
            open.countDown();
        }
    }

    @Override
    public final void onError(QuireException error) {
        failure = error;
        while (open.getCount() > 0) {
            open.countDown();
        }
    }

    /** Returns when all have ended, or the waiting thread is interrupted. */
    final void await() {
        try {
            open.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
