package quire.app;

import java.util.Optional;
import org.jboss.logging.Logger;
import quire.batcher.ServingEngine;
import quire.hub.ModelName;
import quire.hub.PullListener;
import quire.hub.PullRate;
import quire.settings.HubModel;

/**
 * Says how far the download of a model is: to a terminal, or else to the log every few seconds, and
 * to who asks at once.
 */
final class PullLog implements PullListener {

    private static final long PERIOD_NANOS = 3_000_000_000L;

    private final Logger log;
    private final ModelName name;
    private final ServingEngine serving;
    private final Optional<PullListener> terminal = HubModel.shown();
    private final PullRate rate = new PullRate();
    private long last = System.nanoTime();

    PullLog(Logger log, HubModel model, ServingEngine serving) {
        ModelName name = model.name();
        this.log = log;
        this.name = name;
        this.serving = serving;
        // Who mistyped a path sees what became of it.
        log.infof("%s is no file or folder here: a model of %s", name, model.hub().endpoint());
        serving.comes(downloaded() + "; try again in a moment");
    }

    private String downloaded() {
        return "the model " + name + " is being downloaded";
    }

    @Override
    public void said(String fact) {
        ended();
        log.info(fact);
    }

    @Override
    public void advanced(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        String words = downloaded() + ": " + rate.words(now, doneBytes, totalBytes);
        serving.comes(words);
        terminal.ifPresent(shown -> shown.advanced(doneBytes, totalBytes));
        if (terminal.isEmpty() && now - last >= PERIOD_NANOS) {
            last = now;
            log.info(words);
        }
    }

    @Override
    public void ended() {
        terminal.ifPresent(PullListener::ended);
    }
}
