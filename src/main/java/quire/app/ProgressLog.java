package quire.app;

import org.jboss.logging.Logger;
import quire.engine.LoadProgress;
import quire.engine.MemoryPlan;

/** Says how far loading is, every few seconds and only where it takes that long. */
final class ProgressLog implements LoadProgress {

    private static final long PERIOD_NANOS = 3_000_000_000L;

    private final Logger log;
    private long last = System.nanoTime();

    ProgressLog(Logger log) {
        this.log = log;
    }

    @Override
    public void advanced(String stage, long done, long total) {
        long now = System.nanoTime();
        if (now - last >= PERIOD_NANOS) {
            last = now;
            log.infof(
                    "%s: %d%% of %s",
                    stage, 100 * done / Math.max(1, total), MemoryPlan.size(total));
        }
    }
}
