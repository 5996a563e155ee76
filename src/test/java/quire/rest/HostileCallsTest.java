package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.chat.Reading;
import quire.chat.Said;
import quire.chat.ToolUse;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/** Nothing that a model says is lost, whatever it says. */
class HostileCallsTest {

    private static final int LENGTH = 1 << 15;
    private static final int ROUNDS = 20_000;
    private static final long SEED = 20_261_127;

    private static final ToolSchemas TOOLS =
            ToolSchemas.of(List.of(Map.of("type", "function", "function", Map.of("name", "f"))));

    private static final List<String> BEGINNINGS =
            List.of(
                    "",
                    "<tool_call>",
                    "<tool_call>{\"",
                    "<tool_call>{\"name\": \"",
                    "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": ",
                    "<tool_call>{\"arguments\": {\"a\": ",
                    "<tool_call>{\"name\": \"f\"}",
                    "<tool_call><function=",
                    "<tool_call><function=f>",
                    "<tool_call><function=f><parameter=",
                    "<tool_call><function=f><parameter=a>",
                    "<tool_call><function=f></function>",
                    "{",
                    "{\"name\": \"f\", \"parameters\": ",
                    "[",
                    "[f(",
                    "[f(a=",
                    "[f()",
                    "[f()]",
                    "[TOOL_CALLS]",
                    "[TOOL_CALLS]f",
                    "[TOOL_CALLS][",
                    "[TOOL_CALLS]f[ARGS]{",
                    "<｜tool▁calls▁begin｜>",
                    "<｜tool▁call▁begin｜>",
                    "<｜tool▁call▁begin｜>f<｜tool▁sep｜>",
                    "<｜tool▁call▁begin｜>f<｜tool▁sep｜>{}",
                    "<think>");

    private static final List<String> REPEATED =
            List.of(
                    " ",
                    "\n",
                    "a",
                    "{",
                    "[",
                    "\"",
                    "\\",
                    "'",
                    "`",
                    "<",
                    "(",
                    "=",
                    "</think",
                    "<tool_call>",
                    "{\"",
                    "\"a\": ",
                    "</parameter>",
                    "<parameter=a>",
                    "[TOOL_CALLS]",
                    "<｜tool▁call▁end｜>");

    private static Reading reading(ToolCallFormat format) {
        return new Reading(
                Optional.empty(),
                Optional.of(new ToolUse(new ToolUse.Way.Free(format), TOOLS, true, false)));
    }

    @Test
    void textInWhichNoCallIsFoundIsTheSameToTheLetter() {
        List<String> pieces = new ArrayList<>(BEGINNINGS);
        pieces.addAll(REPEATED);
        Random random = new Random(SEED);
        for (ToolCallFormat format : ToolCallFormat.values()) {
            int numTexts = 0;
            for (int round = 0; round < ROUNDS; round++) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(8); i >= 0; i--) {
                    text.append(pieces.get(random.nextInt(pieces.size())));
                }
                Said said = Said.of(text.toString(), reading(format));
                if (said.calls().isEmpty()) {
                    numTexts++;
                    assertEquals(text.toString(), said.content(), format + ", round " + round);
                }
            }
            assertTrue(numTexts > ROUNDS / 2, format + " finds calls everywhere");
        }
    }

    @Test
    void longTextsAreReadToTheirEnd() {
        for (ToolCallFormat format : ToolCallFormat.values()) {
            for (String beginning : BEGINNINGS) {
                for (String repeated : List.of(" ", "\n", "a", "<")) {
                    String text = beginning + repeated.repeat(LENGTH);
                    Said said = Said.of(text, reading(format));
                    if (said.calls().isEmpty()) {
                        assertEquals(text, said.content());
                    }
                }
            }
        }
    }
}
