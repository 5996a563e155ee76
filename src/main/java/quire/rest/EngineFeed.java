package quire.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import quire.batcher.Farewell;
import quire.batcher.ServingEngine;
import quire.engine.LlmEngine;
import quire.error.OverloadedException;
import quire.error.UnavailableException;

/**
 * The engine at work, for whoever watches: frames of {@link EngineFrames} without an end, five a
 * second while there is something to see and one while there is not.
 *
 * <p>The first watcher starts a thread, which ends with the last: while nobody watches there is
 * nothing here. All are told what one look found, in the same bytes. Who reads slowly misses
 * frames, and is then told the whole.
 */
@Singleton
final class EngineFeed {

    private static final Logger LOGGER = System.getLogger(EngineFeed.class.getName());

    static final String PATH = "/engine/live";
    static final int MAX_WATCHERS = 16;

    /** Soon enough for the eye; a wake-up of two threads costs more than what they do then. */
    private static final Duration PACE = Duration.ofMillis(200);

    /** Frames that are left out while nothing happens. */
    private static final int SILENT_FRAMES = 5;

    private static final String FAILED = "The engine has failed; the log says why.";

    private final ServingEngine serving;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private Thread feeder;
    private boolean over;

    /** One response; told by the feed's thread. */
    private static final class Watcher {

        private final HttpServerResponse response;
        private boolean upToDate;

        Watcher(HttpServerResponse response) {
            this.response = response;
        }

        /** Whether it has room for a frame; a response that has ended has none. */
        boolean hasRoom() {
            try {
                return !response.writeQueueFull();
            } catch (IllegalStateException e) {
                return false;
            }
        }

        /** As {@link #hasRoom}; who has none has to be told the whole later. */
        boolean canTake() {
            boolean can = hasRoom();
            upToDate &= can;
            return can;
        }

        /** Returns false where the connection is gone. */
        boolean write(Buffer frame) {
            try {
                response.write(frame);
                return true;
            } catch (IllegalStateException e) {
                // So says a response whose connection is gone.
                return false;
            }
        }

        void end() {
            try {
                response.end();
            } catch (IllegalStateException e) {
                LOGGER.log(Level.DEBUG, "a watcher was gone before the end", e);
            }
        }
    }

    EngineFeed(ServingEngine serving) {
        this.serving = serving;
    }

    void routes(@Observes Router router) {
        HttpGate.page(router, PATH, this::watch);
    }

    private void watch(RoutingContext context) {
        HttpServerResponse response =
                context.response()
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                        // Nginx would hold frames back until its buffer is full.
                        .putHeader("X-Accel-Buffering", "no");
        if (context.request().method() == HttpMethod.HEAD) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson").end();
            return;
        }
        Watcher watcher = new Watcher(response);
        synchronized (this) {
            if (over) {
                HttpGate.refuse(
                        context, ApiProblem.of(new UnavailableException("the server is stopping")));
                return;
            }
            if (watchers.size() >= MAX_WATCHERS) {
                HttpGate.refuse(
                        context,
                        ApiProblem.of(
                                new OverloadedException(
                                        MAX_WATCHERS
                                                + " watch this engine already, which is the most;"
                                                + " close a page, or read /metrics")));
                return;
            }
            OwedAnswers.accept(context);
            context.addEndHandler(ended -> watchers.remove(watcher));
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson").setChunked(true);
            watchers.add(watcher);
            if (feeder == null) {
                feeder = Thread.ofVirtual().name("quire-feed").unstarted(this::run);
                feeder.start();
            }
        }
    }

    /** Says why, and ends before the gate waits for the last answers. */
    void stop(@Observes @Priority(1) Farewell event) {
        synchronized (this) {
            over = true;
        }
        Buffer last =
                serving.live()
                        ? absent("stopping", "The server is stopping.")
                        : absent("silent", FAILED);
        for (Watcher watcher : watchers) {
            if (watcher.hasRoom()) {
                watcher.write(last);
            }
            watcher.end();
        }
    }

    private void run() {
        try {
            feed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "The feed of the engine failed", e);
        } finally {
            leaveNobodyUnfed();
        }
    }

    /** After a failure those who watch come again, and find another thread. */
    private synchronized void leaveNobodyUnfed() {
        if (feeder == Thread.currentThread()) {
            feeder = null;
            watchers.forEach(Watcher::end);
        }
    }

    private void feed() throws InterruptedException {
        EngineFrames frames = null;
        int silent = SILENT_FRAMES;
        try {
            while (goesOn()) {
                LlmEngine engine = engine();
                if (frames != null && frames.engine() != engine) {
                    frames.close();
                    frames = null;
                }
                if (engine != null && frames == null) {
                    frames = new EngineFrames(engine);
                }
                boolean due =
                        silent >= SILENT_FRAMES
                                || frames != null && (frames.isStale() || hasNewcomers());
                silent = due ? 0 : silent + 1;
                if (due) {
                    tell(frames);
                }
                Thread.sleep(PACE);
            }
        } finally {
            if (frames != null) {
                frames.close();
            }
        }
    }

    /** The thread ends where nobody watches, and the next watcher starts another. */
    private synchronized boolean goesOn() {
        boolean goesOn = !watchers.isEmpty() && !over;
        if (!goesOn) {
            feeder = null;
        }
        return goesOn;
    }

    private boolean hasNewcomers() {
        return watchers.stream().anyMatch(watcher -> !watcher.upToDate);
    }

    /** The engine, or null before it is loaded and after it is closed. */
    private LlmEngine engine() {
        try {
            return serving.engine();
        } catch (UnavailableException e) {
            return null;
        }
    }

    /**
     * Tells those who have room; where nobody has, the engine is not looked at.
     *
     * @param frames of the engine, or null where there is none
     */
    private void tell(EngineFrames frames) throws InterruptedException {
        List<Watcher> able = watchers.stream().filter(Watcher::canTake).toList();
        if (able.isEmpty()) {
            return;
        }
        Buffer absence = frames == null ? absence() : standstill(frames);
        Buffer change = absence;
        Buffer whole = absence;
        for (Watcher watcher : able) {
            if (change == null && watcher.upToDate) {
                change = Buffer.buffer(frames.change());
            }
            if (whole == null && !watcher.upToDate) {
                whole = Buffer.buffer(frames.whole());
            }
            if (watcher.write(watcher.upToDate ? change : whole)) {
                watcher.upToDate = absence == null;
            } else {
                watchers.remove(watcher);
            }
        }
    }

    private Buffer absence() {
        try {
            serving.engine();
            return absent("loading", "the model is almost there");
        } catch (UnavailableException e) {
            return absent(serving.loading() ? "loading" : "stopping", ApiProblem.of(e).message());
        }
    }

    private static Buffer absent(String state, String sentence) {
        return Buffer.buffer(EngineFrames.absent(state, sentence));
    }

    /** Has the frames take the next look; a frame in their place where the engine stands still. */
    private Buffer standstill(EngineFrames frames) throws InterruptedException {
        if (!frames.engine().isLive()) {
            return absent("silent", FAILED);
        }
        return frames.look() ? null : absent("silent", "The engine does not answer.");
    }
}
