package quire.rest;

import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import quire.error.QuireException;
import quire.generation.GenerationOutput;

/**
 * An answer on its way as server-sent events.
 *
 * <p>The response is given to the client at the first output or the first {@link #beat}, so that a
 * refusal before it is still a status code. One write is on its way at a time; what comes meanwhile
 * is rendered behind it and leaves as the next write. A client that reads slowly finds its chunks
 * merged: past {@link #MAX_PENDING_BYTES} text is gathered per choice, so that it costs its own
 * size and no more, and the engine never waits.
 *
 * <p>Outputs come from the server's event loop, completed writes from the connection's.
 */
final class EventStream implements AnswerSink {

    /** Rendered bytes that may wait for the write before them. */
    static final int MAX_PENDING_BYTES = 32 * 1024;

    /** Beats without a write before a comment is written. */
    private static final int SILENT_BEATS = 2;

    private final ChunkFormat format;
    private final Runnable cancel;
    private final UniEmitter<? super Response> emitter;

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final JsonBuffer pending = new JsonBuffer();
    private final Gathered[] gathered;
    private final ChoiceChunks[] choices;
    private boolean begun;
    private boolean gathering;
    private boolean writing;
    private boolean ended;
    private boolean closed;
    private int silentBeats;
    private Optional<TokenUsage> finalUsage = Optional.empty();
    private Optional<ApiProblem> problem = Optional.empty();
    private ServerHttpResponse response;

    /**
     * @param cancel ends the generations; called when the client goes away before they have ended
     * @param emitter hears of the response once there is one
     */
    EventStream(
            GenerationPlan plan,
            ChunkFormat.Kind kind,
            Runnable cancel,
            UniEmitter<? super Response> emitter) {
        this.format = new ChunkFormat(kind, plan);
        this.cancel = cancel;
        this.emitter = emitter;
        this.gathered = new Gathered[plan.numChoices()];
        this.choices = new ChoiceChunks[plan.numChoices()];
        for (int choice = 0; choice < choices.length; choice++) {
            choices[choice] = new ChoiceChunks(plan, format, pending, choice);
        }
    }

    @Override
    public void onOutput(int choice, GenerationOutput output) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (gathering || pending.size() > MAX_PENDING_BYTES) {
                gather(choice, output);
            } else {
                choices[choice].write(output);
            }
        } finally {
            lock.unlock();
        }
        begin();
        flush();
    }

    @Override
    public void onEnd(TokenUsage usage) {
        lock.lock();
        try {
            ended = true;
            finalUsage = Optional.of(usage);
        } finally {
            lock.unlock();
        }
        flush();
    }

    @Override
    public void onError(QuireException error) {
        boolean committed;
        lock.lock();
        try {
            committed = begun;
            ended = true;
            closed |= !committed;
            problem = Optional.of(ApiProblem.of(error));
        } finally {
            lock.unlock();
        }
        if (committed) {
            flush();
        } else {
            emitter.fail(error);
        }
    }

    /** Starts to write; called once, when the response's head may be sent. */
    void attach(ServerHttpResponse theResponse) {
        theResponse.addCloseHandler(this::close);
        lock.lock();
        try {
            response = theResponse;
            if (pending.size() == 0 && !gathering && !ended) {
                // The head leaves with the first bytes of the body.
                ChunkFormat.comment(pending);
            }
        } finally {
            lock.unlock();
        }
        flush();
    }

    /**
     * Sends the head if that has not left, or a comment after a long silence. To be called in
     * regular intervals while the answer is being made, on any thread.
     */
    void beat() {
        begin();
        lock.lock();
        try {
            silentBeats++;
            if (response != null && !writing && !ended && silentBeats >= SILENT_BEATS) {
                ChunkFormat.comment(pending);
            }
        } finally {
            lock.unlock();
        }
        flush();
    }

    private void begin() {
        boolean first;
        lock.lock();
        try {
            first = !begun && !closed;
            begun |= first;
        } finally {
            lock.unlock();
        }
        if (first) {
            emitter.complete(
                    Response.ok(this, EventStreamWriter.EVENT_STREAM)
                            .header("Cache-Control", "no-cache")
                            // Nginx would hold chunks back until its buffer is full.
                            .header("X-Accel-Buffering", "no")
                            .build());
        }
    }

    private void gather(int choice, GenerationOutput output) {
        gathering = true;
        if (gathered[choice] == null) {
            gathered[choice] = new Gathered();
        }
        Gathered more = gathered[choice];
        more.add(output);
    }

    /** Renders what was gathered, and the end when it has come. */
    private void renderRest() {
        if (gathering) {
            gathering = false;
            for (int choice = 0; choice < gathered.length; choice++) {
                Gathered more = gathered[choice];
                if (more != null) {
                    gathered[choice] = null;
                    choices[choice].write(more.output(choice));
                }
            }
        }
        if (ended) {
            finalUsage.ifPresent(usage -> format.end(pending, usage));
            problem.ifPresent(error -> ChunkFormat.error(pending, error));
        }
    }

    /** Writes what is pending unless a write is on its way. */
    private void flush() {
        byte[] bytes;
        boolean last;
        ServerHttpResponse to;
        lock.lock();
        try {
            to = response;
            if (to == null || writing || closed) {
                return;
            }
            renderRest();
            if (pending.size() == 0) {
                return;
            }
            bytes = pending.take();
            writing = true;
            silentBeats = 0;
            last = ended;
            closed = last;
        } finally {
            lock.unlock();
        }
        try {
            if (last) {
                to.end(bytes);
            } else {
                to.write(bytes, this::written);
            }
        } catch (IllegalStateException e) {
            // So says a response whose connection is gone.
            close();
        }
    }

    private void written(Throwable failure) {
        if (failure != null) {
            close();
            return;
        }
        lock.lock();
        try {
            writing = false;
        } finally {
            lock.unlock();
        }
        flush();
    }

    /** The client went away, or the answer has ended. */
    private void close() {
        boolean early;
        lock.lock();
        try {
            early = !closed;
            closed = true;
        } finally {
            lock.unlock();
        }
        if (early) {
            cancel.run();
        }
    }
}
