package quire.toolcall;

/** Follows one argument of a Python call to the comma or the bracket behind it. */
final class PythonSpan {

    private int depth;
    private char quote;
    private boolean triple;
    private int run;
    private boolean escaped;
    private boolean inString;

    /**
     * Reads a character.
     *
     * @return whether it belongs to the value
     */
    boolean accept(char c) {
        if (inString) {
            stringCharacter(c);
            return true;
        }
        if (run == 2 && c != quote) {
            // An empty string.
            run = 0;
        }
        switch (c) {
            case '"', '\'' -> {
                if (run == 2) {
                    triple = true;
                    run = 0;
                } else {
                    triple = false;
                    quote = c;
                    run = 1;
                }
                inString = true;
            }
            case '(', '[', '{' -> depth++;
            case ')', ']', '}' -> {
                if (depth == 0) {
                    return false;
                }
                depth--;
            }
            case ',' -> {
                return depth > 0;
            }
            default -> {}
        }
        return true;
    }

    private void stringCharacter(char c) {
        if (escaped) {
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
            run = 0;
        } else if (triple) {
            run = c == quote ? run + 1 : 0;
            if (run == 3) {
                inString = false;
                run = 0;
            }
        } else if (c == quote) {
            inString = false;
            // Two quotes are an empty string, or the beginning of three.
            run = run == 1 ? 2 : 0;
        } else {
            run = 0;
        }
    }
}
