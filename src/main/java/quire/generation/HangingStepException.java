package quire.generation;

import java.time.Duration;
import quire.error.Fault;

/** A step was given up that has been running for longer than any honest one. */
final class HangingStepException extends RuntimeException implements Fault {

    private static final long serialVersionUID = 1L;

    HangingStepException(Duration allowed) {
        super("a step has not ended within " + allowed.toSeconds() + " s", null, false, false);
    }

    @Override
    public Extent extent() {
        return Extent.PROCESS;
    }
}
