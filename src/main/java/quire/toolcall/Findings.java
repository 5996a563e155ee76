package quire.toolcall;

/**
 * What a parser has found, gathered into as few events as pieces of text came in.
 *
 * <p>White space beside calls is dropped: it belongs to the format. It is held back until it is
 * known what follows.
 */
final class Findings {

    private final ToolCallListener listener;
    private final CodeBlocks code = new CodeBlocks();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private final StringBuilder space = new StringBuilder();
    private boolean hasContent;
    private boolean hasCalls;
    private boolean inCall;

    Findings(ToolCallListener listener) {
        this.listener = listener;
    }

    /** Whether text that follows lies in a code block or in code within a line. */
    boolean inCode() {
        return code.isInside();
    }

    /** Whether the line has only white space so far. */
    boolean atLineStart() {
        return code.atLineStart();
    }

    void content(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            content(text.charAt(i));
        }
    }

    void content(char c) {
        code.accept(c);
        if (Character.isWhitespace(c)) {
            space.append(c);
            return;
        }
        if (hasContent || !hasCalls) {
            content.append(space);
        }
        space.setLength(0);
        content.append(c);
        hasContent = true;
    }

    void begin(String name) {
        flush();
        hasCalls = true;
        inCall = true;
        listener.begin(name);
    }

    void arguments(CharSequence piece) {
        arguments.append(piece);
    }

    void arguments(char c) {
        arguments.append(c);
    }

    /** Ends the call that has begun; without one, does nothing. */
    void end() {
        if (inCall) {
            flush();
            inCall = false;
            listener.end();
        }
    }

    /** Tells the listener all but white space whose meaning is open. */
    void flush() {
        if (!content.isEmpty()) {
            listener.content(content);
            content.setLength(0);
        }
        if (!arguments.isEmpty()) {
            listener.arguments(arguments);
            arguments.setLength(0);
        }
    }

    /** Nothing follows. */
    void finish() {
        end();
        if (!hasCalls) {
            content.append(space);
        }
        space.setLength(0);
        flush();
    }
}
