package quire.app;

import org.jboss.logging.Logger;
import quire.engine.MemoryPlan;
import quire.model.LoadProgress;

/**
 * Says how far loading is, every few seconds and only where it takes that long, and what came of
 * it.
 */
final class ProgressLog implements LoadProgress {

    private static final long PERIOD_NANOS = 3_000_000_000L;

    private final Logger log;
    private long last = System.nanoTime();

    ProgressLog(Logger log) {
        this.log = log;
    }

    @Override
    public void advanced(String stage, long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        if (now - last >= PERIOD_NANOS) {
            last = now;
            log.infof(
                    "%s: %d%% of %s",
                    stage, 100 * doneBytes / Math.max(1, totalBytes), MemoryPlan.size(totalBytes));
        }
    }

    @Override
    public void found(String fact) {
        log.info(fact);
    }
}
