package quire.error;

/** A request that asks for something impossible, unknown or unsupported (HTTP 400). */
public final class InvalidRequestException extends QuireException {

    private final String param;
    private final String code;

    /**
     * @param param the request field at fault, dotted for nested ones ("messages.0.content"), or
     *     the empty string when no single field is
     * @param message one sentence that names the value and what is allowed
     */
    public InvalidRequestException(String param, String message) {
        this(param, message, "");
    }

    /** As above with OpenAI's machine-readable code, such as {@code context_length_exceeded}. */
    public InvalidRequestException(String param, String message, String code) {
        super(message, null);
        this.param = param;
        this.code = code;
    }

    /**
     * The same about a field that means what another one does.
     *
     * @param field that this speaks of, if it does
     * @param sent the one in the request
     */
    public InvalidRequestException about(String field, String sent) {
        return new InvalidRequestException(
                param.equals(field) ? sent : param,
                sentence().replace(RequestField.named(field), RequestField.named(sent)),
                code);
    }

    /** The request field at fault, or the empty string. */
    public String param() {
        return param;
    }

    /** OpenAI's error code, or the empty string. */
    public String code() {
        return code;
    }
}
