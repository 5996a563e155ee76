package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class PullProgressTest {

    private static final String CLEAR = "\r\u001b[K";

    private final StringWriter written = new StringWriter();

    private PullProgress progress(boolean terminal) {
        return new PullProgress(new PrintWriter(written), terminal);
    }

    @Test
    void terminalHasOneLineThatMoves() {
        PullProgress progress = progress(true);
        progress.advanced(0, 1000);
        progress.advanced(500, 1000);
        progress.said("a fact");
        progress.advanced(1000, 1000);
        progress.ended();
        String text = written.toString();
        assertTrue(text.startsWith(CLEAR + "[........................] 0% of 1000 bytes"), text);
        assertTrue(text.contains(CLEAR + "[############............] 50% of 1000 bytes"), text);
        assertTrue(text.contains(CLEAR + "a fact\n"), text);
        assertTrue(text.contains("[########################] 100% of 1000 bytes"), text);
        assertTrue(text.endsWith(CLEAR), "nothing of the bar is left");
    }

    @Test
    void logHasWholeLinesAndFew() {
        PullProgress progress = progress(false);
        for (int i = 0; i < 100; i++) {
            progress.advanced(i, 100);
        }
        progress.said("a fact");
        progress.ended();
        assertEquals("a fact\n", written.toString(), "a line every five seconds");
        assertFalse(written.toString().contains("\r"));
    }
}
