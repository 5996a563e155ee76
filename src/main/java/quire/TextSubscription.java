package quire;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A subscriber's place in a text. Whatever changes (a request, more text, the end) counts up {@link
 * #changes}, and who counts from zero starts the one thread that tells the subscriber; so that it
 * hears one thing after the other, as rule 1.3 of the Reactive Streams has it.
 */
final class TextSubscription implements Flow.Subscription {

    private static final System.Logger LOG = System.getLogger("quire");

    private final RunningCompletion source;
    private final Flow.Subscriber<? super String> subscriber;
    private final AtomicLong requested = new AtomicLong();

    /** One for the subscribing thread, which tells the subscriber of this. */
    private final AtomicInteger changes = new AtomicInteger(1);

    private volatile boolean cancelled;
    private volatile boolean badRequest;

    // Whoever tells the subscriber.
    private int taken;

    private TextSubscription(RunningCompletion source, Flow.Subscriber<? super String> subscriber) {
        this.source = source;
        this.subscriber = subscriber;
    }

    static void begin(RunningCompletion source, Flow.Subscriber<? super String> subscriber) {
        TextSubscription subscription =
                new TextSubscription(source, Objects.requireNonNull(subscriber, "subscriber"));
        source.add(subscription);
        try {
            subscriber.onSubscribe(subscription);
        } catch (RuntimeException | Error e) {
            subscription.cancel();
            throw e;
        }
        source.callBack(subscription::tell);
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            badRequest = true;
        } else {
            requested.accumulateAndGet(n, TextSubscription::sum);
        }
        changed();
    }

    /** At most {@code Long.MAX_VALUE}, which stands for no limit. */
    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** There is more text, or the end. */
    void wake() {
        changed();
    }

    private void changed() {
        if (changes.getAndIncrement() == 0) {
            source.callBack(this::tell);
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            source.remove(this);
            source.cancel();
        }
    }

    private void tell() {
        int seen = changes.get();
        do {
            try {
                tellWhatThereIs();
            } catch (RuntimeException | Error e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the subscriber of a text failed, and its completion is cancelled",
                        e);
                cancel();
            }
            seen = changes.addAndGet(-seen);
        } while (seen != 0);
    }

    private void tellWhatThereIs() {
        while (!cancelled) {
            // Before the look: who asks after it gets what has come by then.
            boolean wanted = requested.get() > 0;
            RunningCompletion.Piece piece = source.look(taken);
            if (badRequest) {
                cancel();
                subscriber.onError(
                        new IllegalArgumentException(
                                "rule 3.9: a subscriber requests one piece at least"));
            } else if (!piece.text().isEmpty() && wanted) {
                taken += piece.text().length();
                if (requested.get() != Long.MAX_VALUE) {
                    requested.decrementAndGet();
                }
                subscriber.onNext(piece.text());
            } else if (piece.end().isPresent()) {
                if (!tellEnd(piece)) {
                    return;
                }
            } else {
                return;
            }
        }
    }

    /** An error needs no request, a good end that all text was taken. */
    private boolean tellEnd(RunningCompletion.Piece piece) {
        Optional<LLMException> failure = failure(piece.end().orElseThrow());
        if (failure.isEmpty() && !piece.text().isEmpty()) {
            return false;
        }
        cancelled = true;
        source.remove(this);
        failure.ifPresentOrElse(subscriber::onError, subscriber::onComplete);
        return true;
    }

    private static Optional<LLMException> failure(Supplier<Completion> end) {
        try {
            end.get();
            return Optional.empty();
        } catch (LLMException e) {
            return Optional.of(e);
        }
    }
}
