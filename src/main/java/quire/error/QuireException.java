package quire.error;

import java.util.function.Function;

/**
 * An error whose message is written for the user: it names what was given, what is allowed and a
 * way out. Anything else that escapes is a defect.
 */
public abstract sealed class QuireException extends RuntimeException
        permits InvalidRequestException,
                CheckpointException,
                ConfigurationException,
                OverloadedException,
                UnavailableException,
                EngineException {

    private final String sentence;

    /**
     * @param sentence in which every {@link Setting} stands as its {@code toString}
     */
    protected QuireException(String sentence, Throwable cause) {
        super(Setting.spelled(sentence, Setting::javaName), cause);
        this.sentence = sentence;
    }

    /**
     * The message for somebody who knows settings by other names than those of a Java program's
     * configuration, which {@link #getMessage} has.
     */
    public final String message(Function<Setting, String> spelling) {
        return Setting.spelled(sentence, spelling);
    }
}
