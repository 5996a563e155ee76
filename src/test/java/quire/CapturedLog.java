package quire;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Takes what a logger says away from the console while it is open, for a test that provokes it and
 * looks at it: the log of a passing run holds no error.
 */
public final class CapturedLog extends Handler implements AutoCloseable {

    private final List<LogRecord> records = new ArrayList<>();
    private final Logger logger;

    /** Opens it on a logger by its name, such as {@code quire.engine}. */
    public CapturedLog(String name) {
        logger = Logger.getLogger(name);
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    /** Opens it on a logger that says more from now on than it does by itself. */
    public static CapturedLog withDetails(String name) {
        CapturedLog log = new CapturedLog(name);
        log.logger.setLevel(Level.FINE);
        return log;
    }

    /** What was said at the level of an error so far, without stack traces. */
    public synchronized List<String> errors() {
        return messages(Level.SEVERE);
    }

    /** What was said at the level of a warning so far, without stack traces. */
    public synchronized List<String> warnings() {
        return messages(Level.WARNING);
    }

    /** The facts that were said so far. */
    public synchronized List<String> facts() {
        return messages(Level.INFO);
    }

    /** What was said at the level of a detail so far. */
    public synchronized List<String> details() {
        return messages(Level.FINE);
    }

    private List<String> messages(Level level) {
        return records.stream()
                .filter(entry -> entry.getLevel().intValue() == level.intValue())
                .map(LogRecord::getMessage)
                .toList();
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        records.add(entry);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(null);
        logger.setUseParentHandlers(true);
    }
}
