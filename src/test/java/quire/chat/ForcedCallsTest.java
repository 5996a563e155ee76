package quire.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.reasoning.ReasoningFormat;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/** Answers to {@code tool_choice} required and named, cut at every place. */
class ForcedCallsTest {

    /** Writes down what is told: content as it is, calls as {@code <name|arguments>}. */
    private static final class Notes implements ChoiceReader.Listener {

        private final List<String> calls = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public void reasoning(CharSequence piece) {
            text.append('(').append(piece).append(')');
        }

        @Override
        public void content(CharSequence piece) {
            text.append(piece);
        }

        @Override
        public void begin(int index, String id, String name) {
            assertEquals(calls.size(), index);
            assertFalse(id.isEmpty());
            calls.add(name + "|");
        }

        @Override
        public void arguments(int index, CharSequence piece) {
            assertEquals(calls.size() - 1, index);
            calls.set(index, calls.get(index) + piece);
        }

        @Override
        public String toString() {
            return text + calls.toString();
        }
    }

    private static Reading reading(ToolUse.Way way, boolean parallel) {
        ToolUse use = new ToolUse(way, new ToolSchemas(Map.of()), parallel, false);
        return new Reading(Optional.empty(), Optional.of(use));
    }

    private static String read(Reading reading, String... pieces) {
        Notes notes = new Notes();
        ChoiceReader reader = new ChoiceReader(reading, notes);
        for (String piece : pieces) {
            reader.feed(piece);
        }
        reader.finish();
        return notes.toString();
    }

    private static void assertAtEverySplit(String expected, Reading reading, String text) {
        assertEquals(expected, read(reading, text), text);
        for (int cut = 1; cut < text.length(); cut++) {
            assertEquals(
                    expected,
                    read(reading, text.substring(0, cut), text.substring(cut)),
                    text + " cut at " + cut);
        }
        assertEquals(expected, read(reading, text.split("")), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            textBlock =
                    """
                    [{"name": "f", "parameters": {"a": "]}"}}]                          ! [f|{"a": "]}"}]
                    [{"name": "f", "parameters": {}}, {"name": "g", "parameters": {}}]  ! [f|{}, g|{}]
                    [ {"name":"f","parameters":{"a":[1,{}]}} ,{"name":"g","parameters":{}}]! [f|{"a":[1,{}]}, g|{}]
                    [{"name": "f", "parameters": {"a": "Bo                              ! [f|{"a": "Bo]
                    [{"name": "f", "parameters": {}},                                   ! [f|{}]
                    [{"name": "f", "parameters": {}}, {"na                              ! , {"na[f|{}]
                    [{"name": "f                                                        ! [{"name": "f[]
                    [                                                                   ! [[]
                    []                                                                  ! [][]
                    no                                                                  ! no[]
                    """)
    void listOfCallsIsTold(String text, String expected) {
        assertAtEverySplit(
                expected, reading(new ToolUse.Way.Required(Optional.empty()), true), text);
    }

    @Test
    void onlyTheFirstCallCountsWhereOneIsWanted() {
        assertAtEverySplit(
                "[f|{}]",
                reading(new ToolUse.Way.Required(Optional.empty()), false),
                "[{\"name\": \"f\", \"parameters\": {}}, {\"name\": \"g\", \"parameters\": {}}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"a": "}", "b": [1]}  ! [f|{"a": "}", "b": [1]}]
                    {}                    ! [f|{}]
                    {"a": "Bo             ! [f|{"a": "Bo]
                    {} {}                 ! {}[f|{}]
                    """)
    void argumentsOfANamedCallAreTold(String text, String expected) {
        assertAtEverySplit(
                expected, reading(new ToolUse.Way.Named("f", Optional.empty()), true), text);
    }

    @Test
    void callsBeginBehindTheThought() {
        Reading required =
                new Reading(
                        Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, true, true)),
                        reading(new ToolUse.Way.Required(Optional.empty()), true).tools());
        String text = "[{}]\n</think>\n\n[{\"name\": \"f\", \"parameters\": {}}]";
        assertEquals("([{}])[f|{}]", read(required, text));
    }

    @Test
    void callsInTheFormatOfTheModelAreToldAndNothingElse() {
        Optional<ToolCallFormat> hermes = Optional.of(ToolCallFormat.HERMES);
        String f = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>";
        Reading required = reading(new ToolUse.Way.Required(hermes), true);
        assertAtEverySplit("[f|{\"a\": 1}, f|{\"a\": 1}]", required, f + "\n" + f);
        assertAtEverySplit("[f|{\"a\": 1]", required, f.substring(0, f.indexOf("}}")));
        assertTrue(Said.of(f, required).endsByCalling());
        assertFalse(Said.of(f.substring(0, 20), required).endsByCalling());
        assertTrue(required.markers().contains("</tool_call>"));
        Reading named = reading(new ToolUse.Way.Named("f", hermes), true);
        assertAtEverySplit("[f|{\"a\": 1}]", named, f);
        assertFalse(Said.of(f, named).endsByCalling());
        Reading thinking =
                new Reading(
                        Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, true, true)),
                        required.tools());
        assertEquals(
                "(<tool_call>)[f|{\"a\": 1}]", read(thinking, "<tool_call>\n</think>\n\n" + f));
    }

    @Test
    void namedCallEndsAsATextDoesAndARequiredOneByCalling() {
        assertTrue(
                Said.of(
                                "[{\"name\": \"f\", \"parameters\": {}}]",
                                reading(new ToolUse.Way.Required(Optional.empty()), true))
                        .endsByCalling());
        assertFalse(
                Said.of("[", reading(new ToolUse.Way.Required(Optional.empty()), true))
                        .endsByCalling());
        Said named = Said.of("{}", reading(new ToolUse.Way.Named("f", Optional.empty()), true));
        assertFalse(named.endsByCalling());
        assertEquals("{}", named.calls().getFirst().arguments());
    }
}
