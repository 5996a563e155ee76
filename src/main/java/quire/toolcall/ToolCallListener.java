package quire.toolcall;

/**
 * Hears what a {@link ToolCallParser} finds, in the order of the text. Calls do not nest: between a
 * {@link #begin} and its {@link #end} come {@link #arguments} alone.
 */
public interface ToolCallListener {

    /**
     * Text for the user.
     *
     * @param text not empty; valid during the call
     */
    void content(CharSequence text);

    /** A call begins. */
    void begin(String name);

    /**
     * More of the call's arguments, which together are the text of a JSON object, or its beginning
     * where the text was cut off.
     *
     * @param piece not empty; valid during the call
     */
    void arguments(CharSequence piece);

    /** The call ends. */
    void end();
}
