package quire.tokenizer;

import java.util.List;
import quire.CapturedLog;

/** What the tokenizers warn of while something runs. */
final class Warnings {

    private Warnings() {}

    /** The warnings in order; none of them reaches the console. */
    static List<String> of(Runnable action) {
        try (CapturedLog log = new CapturedLog("quire.tokenizer")) {
            action.run();
            return log.warnings();
        }
    }
}
