package quire.cli.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class VisibleTest {

    @Test
    void textsOfPeopleStayAsTheyAre() {
        String text = "Grüße\tan alle\n世界 👩‍👩‍👧 \u00a0 é";
        assertSame(text, Visible.of(text));
        assertEquals("", Visible.of(""));
    }

    @Test
    void controlsAreShownAndNotDone() {
        assertEquals("␛[2J␛]0;title␇", Visible.of("\u001b[2J\u001b]0;title\u0007"));
        assertEquals("a␍b␀␈", Visible.of("a\rb\0\b"));
        assertEquals("␡", Visible.of("\u007f"));
        assertEquals("\\u0080\\u009b31m\\u009f\u00a0", Visible.of("\u0080\u009b31m\u009f\u00a0"));
        assertEquals("abc\\u202ecba", Visible.of("abc\u202ecba"));
        assertEquals("\\u2066x\\u2069\\u200e\\u061c", Visible.of("\u2066x\u2069\u200e\u061c"));
    }

    @Test
    void everyCharacterThatATerminalObeysIsReplaced() {
        for (char c = 0; c < 0xa0; c++) {
            String shown = Visible.of(String.valueOf(c));
            boolean kept = c == '\n' || c == '\t' || c >= ' ' && c < 0x7f;
            assertEquals(kept, shown.indexOf(c) >= 0, "character " + (int) c);
        }
    }

    @Test
    void screenShowsControlsOnATerminalAndWritesThemAnywhereElse() {
        String text = "\u001b[31mred";
        StringWriter terminal = new StringWriter();
        Screen screen = new Screen(terminal, true);
        screen.thought(text);
        screen.answer(text);
        screen.endText();
        assertEquals("\u001b[2m␛[31mred\u001b[0m\n␛[31mred\n", terminal.toString());
        StringWriter file = new StringWriter();
        screen = new Screen(file, false);
        screen.answer(text);
        screen.endText();
        assertEquals(text + "\n", file.toString());
    }
}
