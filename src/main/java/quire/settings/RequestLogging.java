package quire.settings;

import java.util.Optional;
import quire.error.ConfigurationException;

/**
 * What the log says of requests.
 *
 * @param isOn whether it says anything
 * @param promptChars of a prompt; 0 for nothing of it
 * @param answerChars of what is generated; empty where that is not logged
 */
public record RequestLogging(boolean isOn, int promptChars, Optional<Integer> answerChars) {

    /** The most of a text that is logged. */
    static final int MOST_CHARS = 1_000_000;

    /**
     * What the flags say.
     *
     * @throws ConfigurationException if answers are to be logged, and requests are not
     */
    public static RequestLogging of(Settings settings) {
        boolean isOn = settings.of(Flags.ENABLE_LOG_REQUESTS);
        boolean answers = settings.of(Flags.ENABLE_LOG_OUTPUTS);
        if (answers && !isOn) {
            throw new ConfigurationException(
                    "--enable-log-outputs needs --enable-log-requests, whose lines it adds to;"
                            + " give both, or leave it out");
        }
        Optional<Integer> chars = settings.of(Flags.MAX_LOG_LEN);
        return new RequestLogging(
                isOn,
                chars.orElse(0),
                answers ? Optional.of(chars.orElse(MOST_CHARS)) : Optional.empty());
    }
}
