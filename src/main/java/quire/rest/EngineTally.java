package quire.rest;

import java.util.concurrent.atomic.AtomicLong;
import quire.generation.EngineObserver;

/** Counts what an engine does while somebody watches. Read by any thread. */
final class EngineTally implements EngineObserver {

    private final AtomicLong numComputed = new AtomicLong();
    private final AtomicLong numGenerated = new AtomicLong();

    @Override
    public void stepDone(int numTokens) {
        numComputed.addAndGet(numTokens);
    }

    @Override
    public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
        numGenerated.incrementAndGet();
    }

    @Override
    public void nextToken(long sinceLastNanos) {
        numGenerated.incrementAndGet();
    }

    /** Tokens of prompts and answers that steps computed. */
    long numComputed() {
        return numComputed.get();
    }

    /** Tokens of answers. */
    long numGenerated() {
        return numGenerated.get();
    }
}
