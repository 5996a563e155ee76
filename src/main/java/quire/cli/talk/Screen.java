package quire.cli.talk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/**
 * Where answers are shown. One thread. What cannot be written is an {@link UncheckedIOException}.
 */
public final class Screen {

    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";

    private final Writer out;
    private final boolean terminal;
    private boolean dim;
    private boolean atLineStart = true;

    /**
     * @param terminal whether a terminal shows it, to which no control character of a model goes;
     *     whatever else it is gets texts as they are
     */
    public Screen(Writer out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Shows a piece of an answer at once. */
    void answer(String piece) {
        if (dim) {
            dim = false;
            raw(PLAIN);
            if (!atLineStart) {
                put("\n");
            }
        }
        put(piece);
        flush();
    }

    /** Shows a piece of a thought at once, paler than answers where that can be. */
    void thought(String piece) {
        if (!dim) {
            dim = true;
            raw(DIM);
        }
        put(piece);
        flush();
    }

    /** Leaves the text that is there, in the middle of a line or not. */
    void endText() {
        if (dim) {
            dim = false;
            raw(PLAIN);
        }
        if (!atLineStart) {
            put("\n");
        }
        flush();
    }

    /** Shows a sentence of our own. */
    void line(String sentence) {
        endText();
        put(sentence + "\n");
        flush();
    }

    private void put(String text) {
        if (!text.isEmpty()) {
            raw(terminal ? Visible.of(text) : text);
            atLineStart = text.endsWith("\n");
        }
    }

    private void raw(String text) {
        boolean escape = text.equals(DIM) || text.equals(PLAIN);
        try {
            if (terminal || !escape) {
                out.write(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
