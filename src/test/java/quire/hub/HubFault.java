package quire.hub;

/** What may go wrong with one answer of a hub. */
public enum HubFault {
    NONE,
    /** The connection is closed in the middle of the body. */
    CUT,
    /** The same, and the client's system hears a reset. */
    RESET,
    /** The connection is closed where headers were to come. */
    NO_ANSWER,
    /** The connection is closed in the middle of the headers. */
    CUT_HEADERS,
    /** The body stops and the connection stays. */
    STALL,
    SERVER_ERROR,
    /** 503 that says when to come again. */
    BUSY,
    TOO_MANY,
    /** The link to the other host is not valid any more. */
    EXPIRED,
    /** A length that is not the file's. */
    WRONG_SIZE,
    /** Another range than the one asked for. */
    WRONG_RANGE,
    /** The whole file where a range was asked for. */
    NO_RANGES,
    NOT_SATISFIABLE,
    /** No length, in chunks. */
    CHUNKED,
    /** One byte is another. */
    WRONG_BYTE;

    /** Whether the next try may bring the file without it. */
    boolean isLie() {
        return this == WRONG_BYTE;
    }
}
