package quire.toolcall;

/**
 * Follows one JSON value from its first character to its last, by brackets and strings alone: what
 * a model writes wrongly inside is not judged here.
 */
final class JsonSpan {

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean begun;
    private boolean complete;

    /**
     * Reads a character.
     *
     * @return whether it belongs to the value; a number or a word ends before what follows it
     */
    boolean accept(char c) {
        if (complete) {
            return false;
        }
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == '"') {
                inString = false;
                complete = depth == 0;
            }
            return true;
        }
        boolean first = !begun;
        begun = true;
        switch (c) {
            case '"' -> {
                if (!first && depth == 0) {
                    complete = true;
                    return false;
                }
                inString = true;
            }
            case '{', '[' -> {
                if (!first && depth == 0) {
                    complete = true;
                    return false;
                }
                depth++;
            }
            case '}', ']' -> {
                if (depth == 0) {
                    complete = true;
                    return false;
                }
                depth--;
                complete = depth == 0;
            }
            default -> {
                if (depth == 0 && !Character.isLetterOrDigit(c) && "+-._".indexOf(c) < 0) {
                    complete = true;
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether the last character was read. */
    boolean isComplete() {
        return complete;
    }
}
