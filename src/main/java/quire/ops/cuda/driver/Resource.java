package quire.ops.cuda.driver;

/**
 * Something that lives in a context: it ends when it is closed, or with its context if that is
 * closed first. A second closing does nothing.
 */
abstract sealed class Resource implements AutoCloseable
        permits DeviceBuffer, Event, Graph, KernelModule, PinnedBuffer, Stream {
    private final Context context;
    private boolean ended;

    /** Registers it; the thing itself is made by the subclass, before or after. */
    Resource(Context context) {
        context.enter();
        this.context = context;
    }

    final Context context() {
        return context;
    }

    /** To be called once it is made. */
    final void register() {
        context.add(this);
    }

    /**
     * Opens each use.
     *
     * @throws IllegalStateException if it has ended or the calling thread does not own its context
     */
    final void enter() {
        context.enter();
        if (ended) {
            throw new IllegalStateException("this " + getClass().getSimpleName() + " is closed");
        }
    }

    final boolean isEnded() {
        return ended;
    }

    @Override
    public final void close() {
        if (!ended) {
            context.enter();
            context.remove(this);
            end();
            release();
        }
    }

    /** Makes it unusable, without a word to the driver. */
    void end() {
        ended = true;
    }

    /** Gives it back to the driver. */
    abstract void release();
}
