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
                EngineException,
                HubException {

    private final String sentence;

    /**
     * @param sentence in which every {@link Setting} stands as its {@code toString}, and every
     *     {@link RequestField} as it is named
     */
    protected QuireException(String sentence, Throwable cause) {
        super(RequestField.spelledInJava(Setting.spelled(sentence, Setting::javaName)), cause);
        this.sentence = sentence;
    }

    /** As it was given, with settings and fields that are still to be spelled. */
    final String sentence() {
        return sentence;
    }

    /**
     * The message for somebody who knows settings by other names than those of a Java program,
     * which {@link #getMessage} has, and fields of a request by those of HTTP.
     */
    public final String message(Function<Setting, String> spelling) {
        return RequestField.spelledOverHttp(Setting.spelled(sentence, spelling));
    }
}
