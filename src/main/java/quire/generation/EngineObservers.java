package quire.generation;

import java.util.ArrayList;
import java.util.List;

/**
 * Hands what an engine does on to whoever listens at the time, which costs nothing where nobody
 * does. They come and go on any thread. One that fails is told of in the log and hears no more: its
 * figures are no reason to lose an answer.
 */
public final class EngineObservers implements EngineObserver {

    private static final System.Logger LOG = System.getLogger("quire.generation");

    /** Replaced as a whole, so that the engine's executor reads it without a lock. */
    private volatile List<EngineObserver> observers = List.of();

    private boolean closed;

    /** From now on the observer hears what happens; of a closed engine it hears that at once. */
    public void add(EngineObserver observer) {
        synchronized (this) {
            if (!closed) {
                List<EngineObserver> more = new ArrayList<>(observers);
                more.add(observer);
                observers = List.copyOf(more);
                return;
            }
        }
        observer.closed();
    }

    /** From now on the observer hears nothing. */
    public synchronized void remove(EngineObserver observer) {
        observers = observers.stream().filter(one -> one != observer).toList();
    }

    private void fail(EngineObserver observer, RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "an observer failed, and hears no more", e);
        remove(observer);
    }

    @Override
    public void stepDone(int numTokens) {
        List<EngineObserver> all = observers;
        for (int i = 0; i < all.size(); i++) {
            try {
                all.get(i).stepDone(numTokens);
            } catch (RuntimeException e) {
                fail(all.get(i), e);
            }
        }
    }

    @Override
    public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
        List<EngineObserver> all = observers;
        for (int i = 0; i < all.size(); i++) {
            try {
                all.get(i).firstToken(sinceArrivalNanos, numPromptTokens);
            } catch (RuntimeException e) {
                fail(all.get(i), e);
            }
        }
    }

    @Override
    public void nextToken(long sinceLastNanos) {
        List<EngineObserver> all = observers;
        for (int i = 0; i < all.size(); i++) {
            try {
                all.get(i).nextToken(sinceLastNanos);
            } catch (RuntimeException e) {
                fail(all.get(i), e);
            }
        }
    }

    @Override
    public void tokensForced(int count) {
        for (EngineObserver observer : observers) {
            try {
                observer.tokensForced(count);
            } catch (RuntimeException e) {
                fail(observer, e);
            }
        }
    }

    @Override
    public void choiceFinished(ChoiceRecord record) {
        for (EngineObserver observer : observers) {
            try {
                observer.choiceFinished(record);
            } catch (RuntimeException e) {
                fail(observer, e);
            }
        }
    }

    @Override
    public void closed() {
        List<EngineObserver> last;
        synchronized (this) {
            closed = true;
            last = observers;
            observers = List.of();
        }
        for (EngineObserver observer : last) {
            try {
                observer.closed();
            } catch (RuntimeException e) {
                fail(observer, e);
            }
        }
    }
}
