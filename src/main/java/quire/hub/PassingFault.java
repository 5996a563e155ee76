package quire.hub;

import java.io.IOException;
import java.time.Duration;

/** Something went wrong that may go right next time; the message is half a sentence. */
final class PassingFault extends IOException {

    private static final long serialVersionUID = 1L;

    private final Duration pause;

    PassingFault(String message) {
        this(message, Duration.ZERO, null);
    }

    /**
     * @param pause what the hub wants its client to wait before the next try
     */
    PassingFault(String message, Duration pause, Throwable cause) {
        super(message, cause);
        this.pause = pause;
    }

    Duration pause() {
        return pause;
    }
}
