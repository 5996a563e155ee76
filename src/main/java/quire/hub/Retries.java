package quire.hub;

import java.time.Duration;
import quire.error.HubException;

/** How often one thing is tried again: a few times in a row, each after a longer pause. */
final class Retries {

    private static final int MAX_IN_A_ROW = 5;

    /** Of what a hub may be silent for, the first pause is this part: 0.4 s of 10. */
    private static final int PAUSE_PART = 25;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final String what;
    private final Duration firstPause;
    private final String again;
    private int failures;

    /**
     * @param what is tried, as the subject of an error: {@code config.json of org/repo}
     * @param patience how long the hub may be silent
     * @param again what to do when all failed, but for the time
     */
    Retries(String what, Duration patience, String again) {
        this.what = what;
        this.again = again;
        firstPause = patience.dividedBy(PAUSE_PART);
    }

    /** Forgets what failed before: something came. */
    void progressed() {
        failures = 0;
    }

    /**
     * Waits until it is time for the next try.
     *
     * @throws HubException if there were enough
     */
    void failed(PassingFault fault) throws InterruptedException {
        failures++;
        if (failures > MAX_IN_A_ROW) {
            throw new HubException(
                    what
                            + " could not be fetched in "
                            + failures
                            + " tries; the last one: "
                            + fault.getMessage()
                            + ". "
                            + again
                            + " later.",
                    fault);
        }
        if (fault.pause().compareTo(LONGEST_PAUSE) > 0) {
            throw new HubException(
                    what
                            + " could not be fetched: the hub wants a pause of "
                            + fault.pause().toSeconds()
                            + " s. "
                            + again
                            + " then.",
                    fault);
        }
        Duration ours = firstPause.multipliedBy(1L << (failures - 1));
        Thread.sleep(fault.pause().compareTo(ours) > 0 ? fault.pause() : ours);
    }
}
