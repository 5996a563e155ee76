package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class LoadingLineTest {

    private static final long MILLION = 1_000_000L;

    private final StringWriter written = new StringWriter();
    private long millis;

    private LoadingLine line(boolean terminal) {
        return new LoadingLine(new PrintWriter(written), terminal, () -> millis * MILLION);
    }

    private void load(LoadingLine line, int steps) {
        for (int i = 1; i <= steps; i++) {
            millis += 50;
            line.advanced("placing weights", i, steps);
        }
        line.ended();
    }

    @Test
    void longLoadHasALineThatIsGoneThen() {
        load(line(true), 25);
        assertEquals(
                "\r\u001b[Kplacing weights: 80%"
                        + "\r\u001b[Kplacing weights: 88%"
                        + "\r\u001b[Kplacing weights: 96%"
                        + "\r\u001b[K",
                written.toString());
    }

    @Test
    void shortLoadAndAPipeHaveNone() {
        load(line(true), 19);
        load(line(false), 1000);
        assertEquals("", written.toString());
    }
}
