package quire.hub;

import java.io.IOException;

/** This machine's disk did not take what came; trying again does not help. */
final class WriteFault extends IOException {

    private static final long serialVersionUID = 1L;

    WriteFault(IOException cause) {
        super(cause);
    }

    /** What the system said, cleaned. */
    String reason() {
        return FileReason.withFile((IOException) getCause());
    }
}
