package quire.grammar;

/**
 * A matcher that only {@linkplain Matcher#lookUpOnly looks up} has come to something that no
 * matcher of its grammar has worked out yet. Not an error: it is worked out when the operation
 * comes again without that. One object, without a stack, for it may be thrown for every token.
 */
public final class NotKnownException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The only one. */
    public static final NotKnownException INSTANCE = new NotKnownException();

    private NotKnownException() {
        super("has to be worked out", null, false, false);
    }
}
