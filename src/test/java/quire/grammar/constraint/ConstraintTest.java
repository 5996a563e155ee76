package quire.grammar.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Speaker;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.CallForm.Arguments;
import quire.grammar.tag.Tool;

class ConstraintTest {

    private static final Tool WEATHER =
            new Tool(
                    "weather",
                    "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
                            + "\"required\":[\"city\"],\"additionalProperties\":false}");
    private static final Tool NOW =
            new Tool("now", "{\"type\":\"object\",\"additionalProperties\":false}");

    private static final CallForm HERMES =
            new CallForm(
                    List.of("<tool_call>"),
                    false,
                    "<tool_call>",
                    "\n{\"name\": \"",
                    "\", \"arguments\": ",
                    "}",
                    "\n</tool_call>\n<tool_call>",
                    "\n</tool_call>",
                    Arguments.JSON);

    private static void assertAccepts(boolean expected, Constraint constraint, String text) {
        assertEquals(expected, Speaker.accepts(constraint.toGrammar(Map.of()), text), text);
    }

    @Test
    void eachKindBecomesAGrammar() {
        assertAccepts(true, new Constraint.JsonObject(), "{\"a\": [1]}");
        assertAccepts(false, new Constraint.JsonObject(), "[1]");
        Constraint number =
                new Constraint.JsonSchema("{\"type\":\"integer\"}", SchemaOptions.SERVED);
        assertAccepts(true, number, "12");
        assertAccepts(false, number, "1.5");
        assertAccepts(true, new Constraint.Pattern("a|b+"), "bb");
        assertAccepts(false, new Constraint.Pattern("a|b+"), "xbb");
        Constraint choice = new Constraint.Choice(List.of("yes", "no", "nope", ""));
        assertAccepts(true, choice, "nope");
        assertAccepts(true, choice, "");
        assertAccepts(false, choice, "nop");
        assertThrows(
                GrammarException.class, () -> new Constraint.Choice(List.of()).toGrammar(Map.of()));
        assertAccepts(
                true, new Constraint.StructuralTag("{\"format\":{\"type\":\"any_text\"}}"), "x");
    }

    @Test
    void thoughtMayStandInFront() {
        Constraint answer =
                new Constraint.BehindThought(
                        "<think>", "</think>", new Constraint.Pattern("yes|no"));
        assertAccepts(true, answer, "yes");
        assertAccepts(true, answer, "<think></think>no");
        assertAccepts(true, answer, "<think>\nHm, a < b; <think>!\n</think>\n\nno");
        assertAccepts(false, answer, "<think>yes");
        assertAccepts(false, answer, "<think></think>maybe");
        assertAccepts(false, answer, "<think></think></think>no");
        assertAccepts(false, answer, "</think>no");
    }

    @Test
    void whetherAGrammarIsLarkOrGbnfIsFoundFromItself() {
        assertAccepts(true, new Constraint.Text("root ::= \"a\" # start: b"), "a");
        assertAccepts(true, new Constraint.Text("// root ::= x\nstart: \"b\" # ::="), "b");
        GrammarException e =
                assertThrows(
                        GrammarException.class,
                        () -> new Constraint.Text("start = \"a\"").toGrammar(Map.of()));
        assertTrue(e.getMessage().startsWith("Lark: "), e.getMessage());
    }

    @Test
    void requiredToolsAreAnArrayOfCalls() {
        Constraint many =
                new Constraint.Tools(List.of(WEATHER, NOW), CallForm.JSON_ARRAY, false, true);
        assertAccepts(
                true,
                many,
                "[{\"name\": \"weather\", \"parameters\": {\"city\": \"Bonn\"}}, "
                        + "{\"name\":\"now\",\"parameters\":{}}]");
        assertAccepts(false, many, "[]");
        assertAccepts(false, many, "[{\"name\": \"weather\", \"parameters\": {}}]");
        assertAccepts(false, many, "[{\"name\": \"other\", \"parameters\": {}}]");
        assertAccepts(false, many, "I will call. [{\"name\": \"now\", \"parameters\": {}}]");
        Constraint one =
                new Constraint.Tools(List.of(WEATHER, NOW), CallForm.JSON_ARRAY, false, false);
        assertAccepts(true, one, "[{\"name\": \"now\", \"parameters\": {}}]");
        assertFalse(
                Speaker.begins(
                        one.toGrammar(Map.of()), "[{\"name\": \"now\", \"parameters\": {}},"));
    }

    @Test
    void strictToolsStandInFreeText() {
        Constraint tools = new Constraint.Tools(List.of(WEATHER, NOW), HERMES, true, true);
        String weather =
                "<tool_call>\n"
                        + "{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}\n"
                        + "</tool_call>";
        String now = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
        assertAccepts(true, tools, "No call in <tool> this.");
        assertAccepts(true, tools, "Two calls: " + weather + "\n" + now);
        assertAccepts(false, tools, weather.replace("city", "town"));
        assertAccepts(false, tools, "An open <tool_call> in text");
        assertAccepts(false, tools, now.replace("now", "new"));
        Constraint one = new Constraint.Tools(List.of(WEATHER, NOW), HERMES, true, false);
        assertAccepts(true, one, "One call: " + weather);
        assertAccepts(false, one, weather + now);
        assertAccepts(false, one, weather + "\n" + now);
    }

    @Test
    void marksThatAreSpecialTokensAreTokens() {
        CallForm form =
                new CallForm(
                        List.of("[TOOL_CALLS]"),
                        false,
                        "[TOOL_CALLS]",
                        "[{\"name\": \"",
                        "\", \"arguments\": ",
                        "}]",
                        "[TOOL_CALLS]",
                        "",
                        Arguments.JSON);
        Grammar grammar =
                new Constraint.Tools(List.of(NOW), form, true, true)
                        .toGrammar(Map.of("[TOOL_CALLS]", Speaker.SPECIAL));
        Speaker speaker = new Speaker(grammar);
        assertTrue(speaker.say("[TOOL_CALL] is text, and the mark is none spelled out: "));
        assertFalse(new Speaker(grammar).say("[TOOL_CALLS]"));
        assertTrue(speaker.sayToken(Speaker.SPECIAL));
        assertTrue(speaker.say("[{\"name\": \"now\", \"arguments\": {}}"));
        assertFalse(speaker.mayEnd());
        assertTrue(speaker.say("]"));
        assertTrue(speaker.mayEnd());
        assertTrue(speaker.sayToken(Speaker.SPECIAL));
        assertTrue(speaker.say("[{\"name\":\"now\",\"arguments\":{}}]"));
        assertTrue(speaker.mayEnd());
    }

    @Test
    void argumentsMayBeSpelledOut() {
        CallForm form =
                new CallForm(
                        List.of("<tool_call>"),
                        false,
                        "<tool_call>",
                        "\n<function=",
                        ">\n",
                        "</function>",
                        "\n</tool_call>\n<tool_call>",
                        "\n</tool_call>",
                        Arguments.XML);
        Constraint tools = new Constraint.Tools(List.of(WEATHER, NOW), form, true, true);
        assertAccepts(
                true,
                tools,
                "<tool_call>\n"
                        + "<function=weather>\n"
                        + "<parameter=city>\n"
                        + "Bonn\n"
                        + "</parameter>\n"
                        + "</function>\n"
                        + "</tool_call>");
        assertAccepts(true, tools, "<tool_call>\n<function=now>\n</function>\n</tool_call>");
        assertAccepts(false, tools, "<tool_call>\n<function=weather>\n</function>\n</tool_call>");
    }

    @Test
    void oneOfSomeConstraintsIsEnough() {
        Constraint any =
                new Constraint.AnyOf(
                        List.of(
                                new Constraint.Choice(List.of("yes")),
                                new Constraint.Tools(List.of(NOW), HERMES, false, true)));
        assertAccepts(true, any, "yes");
        assertAccepts(
                true, any, "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>");
        assertAccepts(false, any, "no");
    }

    @Test
    void equalConstraintsAreEqual() {
        assertEquals(
                new Constraint.Tools(List.of(NOW), HERMES, true, true),
                new Constraint.Tools(List.of(NOW), HERMES, true, true));
        assertEquals(new Constraint.Choice(List.of("a")), new Constraint.Choice(List.of("a")));
    }
}
