package quire.ops;

/**
 * An operation ended early because {@link Ops#stop} asked for it; what it was to write is
 * undefined.
 */
public final class StoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Made without a stack trace: it is an answer, not a fault. */
    public StoppedException() {
        super("stopped", null, false, false);
    }
}
