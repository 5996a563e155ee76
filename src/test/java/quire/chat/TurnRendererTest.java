package quire.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TurnRendererTest {

    private static final Turn CALLS =
            new Turn(
                    "assistant",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("Hm."),
                    List.of(
                            new Turn.Call("call_1", "f", "{\"b\": 9007199254740993, \"a\": 1}"),
                            new Turn.Call("call_2", "g", "{\"b")),
                    Optional.empty());
    private static final Turn ANSWERS =
            new Turn(
                    "tool",
                    Optional.of("sunny"),
                    Optional.of("f"),
                    Optional.empty(),
                    List.of(),
                    Optional.of("call_1"));

    private static List<Map<String, Object>> shaped(TurnRenderer.Shape shape) {
        return TurnRenderer.shaped(List.of(CALLS, ANSWERS), shape);
    }

    @Test
    void argumentsBecomeAnObject() {
        List<Map<String, Object>> messages = shaped(TurnRenderer.Shape.USUAL);
        assertEquals(
                "[{id=call_1, type=function, function={name=f, arguments={b=9007199254740993,"
                        + " a=1}}}, {id=call_2, type=function, function={name=g,"
                        + " arguments={invalid_json={\"b}}}]",
                messages.get(0).get("tool_calls").toString());
        assertEquals(null, messages.get(0).get("content"));
        assertEquals("Hm.", messages.get(0).get("reasoning_content"));
        assertEquals(
                Map.of("role", "tool", "content", "sunny", "name", "f", "tool_call_id", "call_1"),
                messages.get(1));
    }

    @Test
    void templatesThatWantOtherShapesGetThem() {
        assertEquals(
                "{name=g, arguments={\"b}",
                call(shaped(TurnRenderer.Shape.TEXT_ARGUMENTS), 1).get("function").toString());
        assertEquals("", shaped(TurnRenderer.Shape.EMPTY_CONTENT).get(0).get("content"));
        List<Map<String, Object>> nine = shaped(TurnRenderer.Shape.NINE_CHARACTER_IDS);
        assertEquals(9, call(nine, 0).get("id").toString().length());
        assertEquals(call(nine, 0).get("id"), nine.get(1).get("tool_call_id"));
    }

    private static Map<?, ?> call(List<Map<String, Object>> messages, int index) {
        return (Map<?, ?>) ((List<?>) messages.get(0).get("tool_calls")).get(index);
    }
}
