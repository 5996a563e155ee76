package quire.grammar;

/** A grammar that is too large, too slow or too ambiguous: says which limit, and how much it is. */
public final class GrammarLimitException extends GrammarException {

    public GrammarLimitException(String message) {
        super(message);
    }

    /** As above, with the place in what was given. */
    public GrammarLimitException(String message, String position) {
        super(message, position);
    }
}
