package quire.app;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** What of the log goes to standard output: no errors, which another handler writes to stderr. */
@LoggingFilter(name = "standard-output")
public final class OutputFilter implements Filter {

    /** Begins the framework's advice on files of its own in a folder whose files nobody reads. */
    private static final String FOREIGN_FILE = "Unrecognized configuration file";

    @Override
    public boolean isLoggable(LogRecord record) {
        return record.getLevel().intValue() < Level.SEVERE.intValue()
                && !record.getMessage().startsWith(FOREIGN_FILE);
    }
}
