package quire;

import static org.junit.jupiter.api.Assertions.assertSame;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a user's code finds around it when it is called back. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class CallbackTest {

    @Test
    void calledBackCodeHasTheContextClassLoaderOfWhoeverSubmitted() throws Exception {
        try (URLClassLoader application = new URLClassLoader(new URL[0])) {
            RunningCompletion running = submittedFrom(application);
            CompletableFuture<ClassLoader> ofFuture =
                    running.toCompletableFuture()
                            .thenApply(end -> Thread.currentThread().getContextClassLoader());
            Loaders subscriber = new Loaders();
            running.text().subscribe(subscriber);
            running.grow("text");
            running.end(() -> Completion.of("text"));
            assertSame(application, ofFuture.get());
            assertSame(application, subscriber.atText.get());
            assertSame(application, subscriber.atEnd.get());
        }
    }

    private static RunningCompletion submittedFrom(ClassLoader application) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(application);
        try {
            return new RunningCompletion();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Remembers the context class loaders in which it is told of text and of the end. */
    private static final class Loaders implements Flow.Subscriber<String> {

        final CompletableFuture<ClassLoader> atText = new CompletableFuture<>();
        final CompletableFuture<ClassLoader> atEnd = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String text) {
            atText.complete(Thread.currentThread().getContextClassLoader());
        }

        @Override
        public void onError(Throwable failure) {
            atEnd.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            atEnd.complete(Thread.currentThread().getContextClassLoader());
        }
    }
}
