package quire.error;

/**
 * What a failure of the machinery that computes (a driver, a card) means for what comes after it;
 * implemented by exceptions whose message says what happened to whoever runs the machine.
 */
public interface Fault {

    /** How far it reaches. */
    enum Extent {
        /** What the call was to do did not happen; the next one may well succeed. */
        CALL,
        /** The same, for want of memory: it may succeed another time. */
        MEMORY,
        /** Nothing computes any more for as long as this process lives. */
        PROCESS
    }

    /** How far this one reaches. */
    Extent extent();

    /** How far any failure reaches: what is no fault is a defect of the one call. */
    static Extent extentOf(Throwable failure) {
        return failure instanceof Fault fault ? fault.extent() : Extent.CALL;
    }

    /** What happened in words: those of a fault stand for themselves, a defect has its name. */
    static String describe(Throwable failure) {
        return failure instanceof Fault ? failure.getMessage() : failure.toString();
    }
}
