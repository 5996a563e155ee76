package quire.grammar.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** A model that was trained to put line breaks there is not kept from them. */
    @Test
    void lineBreaksBelongToTheEndOfAThought() {
        Constraint answer = new Constraint.AfterThought(new Constraint.Pattern("yes|no"));
        assertAccepts(true, answer, "yes");
        assertAccepts(true, answer, "\n\nno");
        assertAccepts(false, answer, "\n\n\nno");
        assertAccepts(false, answer, " no");
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

    private static Constraint named(Arguments arguments, String schema) {
        CallForm form = new CallForm(List.of("<"), false, "<", "", " ", ">", "", "", arguments);
        return new Constraint.Tools(
                List.of(new Tool("f", schema.replace('\'', '"'))), form, false, false);
    }

    private static String xml(String value) {
        return "<f<parameter=a>\n" + value + "\n</parameter>\n>";
    }

    @Test
    void stringInXmlHasNoQuotesAndIsNothingElse() {
        for (String schema :
                List.of(
                        "{'anyOf': [{'type': 'string', 'maxLength': 4}, {'type': 'null'}]}",
                        "{'type': ['string', 'null'], 'maxLength': 4}",
                        "{'anyOf': [{'$ref': '#/$defs/s'}, {'const': null}]}")) {
            Constraint tools =
                    named(
                            Arguments.XML,
                            "{'properties': {'a': "
                                    + schema
                                    + "}, '$defs': {'s': {'type': 'string', 'maxLength': 4}}}");
            assertAccepts(true, tools, xml("Bonn"));
            assertAccepts(true, tools, xml("null"));
            assertAccepts(false, tools, xml("\"Bonn\""));
        }
        Constraint large =
                named(
                        Arguments.XML,
                        "{'properties': {'a': {'anyOf': [{'type': 'string'}, {'type': 'integer',"
                                + " 'minimum': 10}]}}}");
        assertAccepts(true, large, xml("12"));
        assertAccepts(true, large, xml("9 lives"));
        assertAccepts(false, large, xml("9"));
        assertAccepts(false, large, xml(" 9 "));
    }

    @Test
    void argumentsAreLiteralsOfPython() {
        Constraint tools =
                named(
                        Arguments.PYTHON,
                        "{'properties': {'a': {'type': 'string'}, 'b': {'type': ['boolean',"
                                + " 'null']}, 'c': {'type': 'array', 'items': {'type': 'number'}}},"
                                + " 'required': ['b']}");
        assertAccepts(true, tools, "<f a=\"x\", b=True, c=[1, 2.5e3]>");
        assertAccepts(true, tools, "<f b=None>");
        assertAccepts(true, tools, "<f b=False,c=[]>");
        assertAccepts(false, tools, "<f b=false>");
        assertAccepts(false, tools, "<f a=\"x\">");
        assertAccepts(false, tools, "<f b=None, a=\"x\">");
        assertAccepts(false, tools, "<f , b=None>");
        assertAccepts(true, tools, "<f a=\"\\u00e9\\\"\", b=None>");
        assertAccepts(false, tools, "<f a=\"\\/\", b=None>");
        Constraint any = named(Arguments.PYTHON, "{'type': 'object'}");
        assertAccepts(true, any, "<f >");
        assertAccepts(true, any, "<f x={\"y\": None}, z=1>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    XML | {'anyOf': [{'required': ['a']}]} | anyOf
                    PYTHON | {'properties': {'a': {}}, 'minProperties': 1} | minProperties
                    XML | {'properties': {'a': {'minLength': 3}}} | 'type'
                    XML | {'properties': {'a': {'type': 'string', 'format': 'date'}}} | 'format'
                    XML | {'properties': {'a>': {'type': 'string'}}} | 'a>'
                    PYTHON | {'properties': {'a b': {'type': 'string'}}} | 'a b'
                    PYTHON | {'properties': {}, 'required': ['x']} | [x]
                    """)
    void whatArgumentsByNameCannotKeepIsRefused(Arguments arguments, String schema, String named) {
        GrammarException refusal =
                assertThrows(
                        GrammarException.class, () -> named(arguments, schema).toGrammar(Map.of()));
        assertTrue(refusal.getMessage().startsWith("the tool 'f': "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
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
