package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The text of a completion as a publisher. */
class TextSubscriptionTest {

    private static final Object COMPLETE = "complete";

    private final RunningCompletion running = new RunningCompletion();
    private final AtomicInteger cancellations = new AtomicInteger();

    TextSubscriptionTest() {
        running.onCancel(cancellations::incrementAndGet);
    }

    /** Takes down what it hears: texts in brackets, {@link #COMPLETE}, or an error. */
    private static class Listener implements Flow.Subscriber<String> {

        final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription theSubscription) {
            subscription = theSubscription;
        }

        @Override
        public void onNext(String text) {
            heard.add("[" + text + "]");
        }

        @Override
        public void onError(Throwable error) {
            heard.add(error);
        }

        @Override
        public void onComplete() {
            heard.add(COMPLETE);
        }

        Object next() throws InterruptedException {
            Object next = heard.poll(30, TimeUnit.SECONDS);
            assertTrue(next != null, "nothing is heard");
            return next;
        }
    }

    private Listener subscribed() {
        Listener listener = new Listener();
        running.text().subscribe(listener);
        return listener;
    }

    private void end() {
        running.end(() -> Completion.of("abcd"));
    }

    @Test
    void aSlowSubscriberGetsLongerPiecesAndNoMoreThanItAskedFor() throws Exception {
        Listener slow = subscribed();
        Listener fast = subscribed();
        fast.subscription.request(Long.MAX_VALUE);
        slow.subscription.request(1);
        running.grow("a");
        assertEquals("[a]", slow.next());
        assertEquals("[a]", fast.next());
        running.grow("b");
        assertEquals("[b]", fast.next());
        running.grow("c");
        assertEquals("[c]", fast.next());
        end();
        assertEquals(COMPLETE, fast.next());
        assertTrue(slow.heard.isEmpty(), "it asked for one");
        slow.subscription.request(1);
        assertEquals("[bc]", slow.next());
        assertEquals(COMPLETE, slow.next(), "the end needs no request");
        assertEquals(0, cancellations.get());
    }

    @Test
    void whoComesLateGetsTheTextFromItsBeginning() throws Exception {
        running.grow("ab");
        running.grow("cd");
        end();
        Listener late = subscribed();
        late.subscription.request(5);
        assertEquals("[abcd]", late.next());
        assertEquals(COMPLETE, late.next());
    }

    @Test
    void anEmptyTextCompletesUnasked() throws Exception {
        end();
        assertEquals(COMPLETE, subscribed().next());
    }

    @Test
    void anErrorNeedsNoRequest() throws Exception {
        Listener listener = subscribed();
        running.grow("text that nobody asked for");
        running.end(
                () -> {
                    throw new ClosedException("closed");
                });
        assertInstanceOf(ClosedException.class, listener.next());
    }

    @Test
    void aCancelledSubscriptionCancelsTheCompletionAndHearsNothingMore() throws Exception {
        Listener one = subscribed();
        Listener other = subscribed();
        one.subscription.cancel();
        one.subscription.cancel();
        one.subscription.request(1);
        assertEquals(1, cancellations.get());
        assertInstanceOf(CompletionCancelledException.class, other.next());
        assertTrue(one.heard.isEmpty());
    }

    @Test
    void askingForNothingIsAnError() throws Exception {
        Listener listener = subscribed();
        listener.subscription.request(0);
        assertInstanceOf(IllegalArgumentException.class, listener.next());
        assertEquals(1, cancellations.get());
        assertThrows(NullPointerException.class, () -> running.text().subscribe(null));
    }

    @Test
    void aSubscriberThatThrowsIsCancelledAndLogged() throws Exception {
        Listener listener =
                new Listener() {
                    @Override
                    public void onNext(String text) {
                        throw new IllegalStateException("full");
                    }
                };
        try (CapturedLog log = new CapturedLog("quire")) {
            running.text().subscribe(listener);
            listener.subscription.request(1);
            running.grow("a");
            assertThrows(CompletionCancelledException.class, running::await);
            // The warning is written before the cancellation.
            assertEquals(1, log.warnings().size(), log.warnings()::toString);
        }
        assertTrue(listener.heard.isEmpty());
    }

    @Test
    void aSubscriberThatThrowsAtOnceTellsWhoSubscribed() {
        IllegalStateException thrown = new IllegalStateException();
        Listener listener =
                new Listener() {
                    @Override
                    public void onSubscribe(Flow.Subscription theSubscription) {
                        throw thrown;
                    }
                };
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class, () -> running.text().subscribe(listener)));
        assertEquals(1, cancellations.get());
    }

    /** Rule 1.3: whatever threads there are, one call is over before the next begins. */
    @Test
    void aSubscriberHearsOneThingAfterTheOther() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        StringBuilder text = new StringBuilder();
        Listener listener =
                new Listener() {
                    @Override
                    public void onNext(String piece) {
                        assertEquals(1, inside.incrementAndGet());
                        text.append(piece);
                        Thread.yield();
                        inside.decrementAndGet();
                    }
                };
        running.text().subscribe(listener);
        Thread asking =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    for (int i = 0; i < 5000; i++) {
                                        listener.subscription.request(1);
                                    }
                                });
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            running.grow(i + " ");
            expected.append(i).append(' ');
        }
        asking.join();
        end();
        assertEquals(COMPLETE, listener.next());
        assertEquals(expected.toString(), text.toString());
        assertFalse(running.await().text().isEmpty());
    }
}
