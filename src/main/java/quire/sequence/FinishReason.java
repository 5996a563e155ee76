package quire.sequence;

import java.util.Locale;

/** Why a sequence ended. */
public enum FinishReason {
    /** An end-of-sequence token, a stop token or a stop string. */
    STOP,
    /** The most tokens asked for, the model's length or the KV cache is reached. */
    LENGTH,
    /** The client went away or cancelled. */
    ABORT,
    /** The engine failed at it. */
    ERROR;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * The word in API answers and metrics: {@code stop}, {@code length}, {@code abort}, {@code
     * error}.
     */
    public String wireName() {
        return wireName;
    }
}
