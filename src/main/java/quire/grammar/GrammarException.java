package quire.grammar;

/**
 * A grammar, pattern or schema that cannot be honoured. The message is written for whoever sent it:
 * it says what was found, where, and what is allowed.
 */
public class GrammarException extends RuntimeException {

    private final String position;
    private final String unsupported;

    /** One that has no place of its own in what was given. */
    public GrammarException(String message) {
        this(message, "");
    }

    /**
     * @param position where it is: "offset 12", "line 3, column 7", or a JSON pointer; empty if
     *     there is no such place
     */
    public GrammarException(String message, String position) {
        this(message, position, "");
    }

    /**
     * @param unsupported the keyword or construct that is right and not supported here; empty if
     *     that is not the reason
     */
    public GrammarException(String message, String position, String unsupported) {
        super(position.isEmpty() ? message : message + " (at " + position + ")");
        this.position = position;
        this.unsupported = unsupported;
    }

    /** Where it is, in the terms of what was given, or the empty string. */
    public String position() {
        return position;
    }

    /** The keyword or construct that is not supported, or the empty string. */
    public String unsupported() {
        return unsupported;
    }
}
