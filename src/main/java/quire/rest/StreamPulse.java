package quire.rest;

import java.util.function.BooleanSupplier;

/**
 * Lets a stream speak where it has nothing to say: clients and proxies wait a minute or less for a
 * sign of life, requests in a queue for longer.
 */
final class StreamPulse {

    /** After this the head of an answer leaves, though its text is still to come. */
    static final long HEAD_MILLIS = 500;

    /** Silence of two beats ends with a comment. */
    static final long BEAT_MILLIS = 5_000;

    private final EventStream stream;
    private final BooleanSupplier isOver;
    private final Timer timer;

    /** Runs tasks later. */
    @FunctionalInterface
    interface Timer {
        void after(long millis, Runnable task);
    }

    /**
     * @param isOver whether the stream has been given all that it will be; ends the pulse
     */
    StreamPulse(EventStream stream, BooleanSupplier isOver, Timer timer) {
        this.stream = stream;
        this.isOver = isOver;
        this.timer = timer;
    }

    /** To be called once, when the request has been accepted. */
    void start() {
        timer.after(HEAD_MILLIS, this::beat);
    }

    private void beat() {
        if (!isOver.getAsBoolean()) {
            stream.beat();
            timer.after(BEAT_MILLIS, this::beat);
        }
    }
}
