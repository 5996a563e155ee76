package quire.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What goes to the whole log at WARN or above: nothing that a client sends is worth that. */
final class Complaints extends Handler {

    private final List<String> heard = new ArrayList<>();

    void listen() {
        Logger.getLogger("").addHandler(this);
    }

    /**
     * @return what was heard, a line for each
     */
    synchronized String stop() {
        Logger.getLogger("").removeHandler(this);
        return String.join("\n", heard);
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
            heard.add(entry.getLoggerName() + ": " + entry.getMessage());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
