package quire.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the tokenizers warn of while something runs. */
final class Warnings {

    private Warnings() {}

    /** The warnings in order; none of them reaches the console. */
    static List<String> of(Runnable action) {
        List<String> warnings = new ArrayList<>();
        Handler collector =
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                            warnings.add(record.getMessage());
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger logger = Logger.getLogger("quire.tokenizer");
        boolean toParents = logger.getUseParentHandlers();
        logger.addHandler(collector);
        logger.setUseParentHandlers(false);
        try {
            action.run();
        } finally {
            logger.removeHandler(collector);
            logger.setUseParentHandlers(toParents);
        }
        return warnings;
    }
}
