package quire.grammar.lark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Speaker;

class LarkTest {

    private static final String CALCULATOR =
            """
            // sums and products
            ?start: sum
                  | NAME "=" sum    -> assign_var

            ?sum: product
                | sum "+" product   -> add
                | sum "-" product   -> sub

            ?product: atom
                | product "*" atom  -> mul
                | product "/" atom  -> div

            ?atom: NUMBER           -> number
                 | "-" atom         -> neg
                 | NAME             -> var
                 | "(" sum ")"

            %import common.CNAME -> NAME
            %import common.NUMBER
            %import common.WS_INLINE

            %ignore WS_INLINE
            """;

    private static final String SQL =
            """
            start: "SELECT"i columns "FROM"i CNAME [where] # a query
            columns: "*" | CNAME ("," CNAME)*
            where.2: "WHERE"i CNAME OPERATOR value
            value: SIGNED_INT | ESCAPED_STRING | LIST
            OPERATOR.1: "=" | "<" | ">" | "<="
            LIST: "(" INT ("," INT)~1..3 ")"
            %import common (CNAME, INT, SIGNED_INT)
            %import common.ESCAPED_STRING
            %ignore /[ \\n]+/
            """;

    private static final String JSON =
            """
            ?value: dict
                  | list
                  | string
                  | SIGNED_NUMBER      -> number
                  | "true"             -> true
                  | "null"             -> null
            list : "[" [value ("," value)*] "]"
            dict : "{" [pair ("," pair)*] "}"
            pair : string ":" value
            string : ESCAPED_STRING
            %import common.ESCAPED_STRING
            %import common.SIGNED_NUMBER
            %import common.WS
            %ignore WS
            """;

    private static Grammar grammar(String text) {
        return Lark.grammar(text.replace('¶', '\n'), Map.of("<think>", Speaker.SPECIAL));
    }

    private static void assertAccepts(boolean expected, String grammar, String text) {
        assertEquals(expected, Speaker.accepts(grammar(grammar), text.replace('¶', '\n')), text);
    }

    @Test
    void sumsAndProducts() {
        assertAccepts(true, CALCULATOR, "x = 1 + 2*(3.5 - -y)");
        assertAccepts(true, CALCULATOR, "  1+1  ");
        assertAccepts(false, CALCULATOR, "1 + ");
        assertAccepts(false, CALCULATOR, "(1 + 2");
        assertAccepts(false, CALCULATOR, "1\n+ 2");
    }

    @Test
    void queries() {
        assertAccepts(true, SQL, "select a, b from t where c <= -5");
        assertAccepts(true, SQL, "SELECT * FROM t\nWHERE s = \"a \\\" b\"");
        assertAccepts(true, SQL, "SELECT * FROM t WHERE s = (1,2,3,4)");
        assertAccepts(false, SQL, "SELECT * FROM t WHERE s = (1)");
        assertAccepts(false, SQL, "SELECT FROM t");
    }

    @Test
    void valuesOfJson() {
        assertAccepts(true, JSON, "{\"a\": [1, -2.5e3, {}], \"b\" :\ntrue}");
        assertAccepts(false, JSON, "{\"a\": [1,]}");
        assertAccepts(false, JSON, "{\"a\" 1}");
        assertTrue(Speaker.begins(grammar(JSON), "[[[[{\"a\":"));
    }

    @Test
    void schemasStandInRules() {
        String call =
                "start: \"call \" args\n"
                        + "args: %json {\"type\": \"object\", \"properties\": {\"a}\": {\"type\":"
                        + " \"integer\"}}, \"additionalProperties\": false}";
        assertAccepts(true, call, "call {\"a}\": 5}");
        assertAccepts(false, call, "call {\"a}\": \"5\"}");
        GrammarException e =
                assertThrows(
                        GrammarException.class,
                        () -> grammar("start: x\nx: %json {\"type\": \"nothing\"}"));
        assertEquals("line 2, column 10", e.position());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "start: \"a\" ~ 3§aaa§true",
                "start: \"a\" ~ 2..3§aaaa§false",
                "start: \"a\"{2,3} \"b\"{,1} \"c\"{1}§aac§true",
                "start: \"a\"..\"f\"+§cafe§true",
                "start: \"a\"..\"f\"+§z§false",
                "start: 'it\\'s' 'a'..'c'§it'sb§true",
                "start: /[a-z]+/i \"!\"§ABc!§true",
                "start: /a.b/s§a¶b§true",
                "start: /a\\/b/§a/b§true",
                "start: [\"x\"] (\"y\" | \"z\")?§xz§true",
                "start: a b¶a: \"1\"¶ | \"2\"¶!b: \"3\"¶§23§true",
                "S: \"x\"§x§false",
                "begin: \"x\" second¶second: \"y\"§xy§true",
                "start: A¶A: B & ~C¶B: /[a-z]+/¶C: /.*no.*/§yes§true",
                "start: A¶A: B & ~C¶B: /[a-z]+/¶C: /.*no.*/§know§false",
                "start: \"\\u00e9\\x41\\n\"i§Éa¶§true",
                "start: _list{\",\"}§x§false",
                "%llguidance {}¶start: \"x\"§x§true",
            })
    void partsOfTheSyntax(String grammar, String text, boolean accepted) {
        if (accepted) {
            assertAccepts(true, grammar, text);
        } else {
            boolean accepts;
            try {
                accepts = Speaker.accepts(grammar(grammar), text);
            } catch (GrammarException e) {
                accepts = false;
            }
            assertFalse(accepts);
        }
    }

    @Test
    void everyCommonTerminalIsThere() {
        for (String name :
                "DIGIT HEXDIGIT INT SIGNED_INT DECIMAL FLOAT SIGNED_FLOAT NUMBER SIGNED_NUMBER ESCAPED_STRING LCASE_LETTER UCASE_LETTER LETTER WORD CNAME WS_INLINE WS CR LF NEWLINE SH_COMMENT CPP_COMMENT C_COMMENT SQL_COMMENT"
                        .split(" ")) {
            assertTrue(Speaker.begins(grammar("%import common." + name + "\nstart: " + name), ""));
        }
        String comment = "%import common.C_COMMENT\nstart: C_COMMENT";
        assertAccepts(true, comment, "/* a ** b / */");
        assertAccepts(false, comment, "/* a */ */");
        assertAccepts(true, "%import common.FLOAT\nstart: FLOAT", "1e5");
        assertAccepts(false, "%import common.FLOAT\nstart: FLOAT", "15");
    }

    @Test
    void tokensAreTokensAndNotTheirText() {
        Speaker speaker = new Speaker(grammar("start: <think> /[a-z]+/ <[258,260-261]>"));
        assertFalse(speaker.say("<think>"));
        assertTrue(speaker.sayToken(Speaker.SPECIAL));
        assertTrue(speaker.say("hm"));
        assertFalse(speaker.sayToken(259));
        assertTrue(speaker.sayToken(261));
        assertTrue(speaker.mayEnd());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "start: \"a§line 1, column 8§does not end",
                "start: /a(/§line 1, column 8§a group that does not end",
                "start: /(a)\\1/§line 1, column 8§a backreference",
                "start: a§line 1, column 8§a' is named and not defined",
                "start: A§line 1, column 8§the terminal 'A' is named and not defined",
                "start: A¶A: \"(\" A \")\"§line 2, column 8§has itself in it",
                "start: A¶A: b¶b: \"x\"§line 2, column 4§a terminal has no rule (b)",
                "start: a{b}¶a: \"x\"§line 1, column 8§a template",
                "a{x}: x¶start: \"y\"§line 1, column 1§a template",
                "start[lazy]: \"y\"§line 1, column 1§options of a rule",
                "%import python.NAME¶start: NAME§line 1, column 1§anything but common",
                "%import common.NONE¶start: NONE§line 1, column 16§no terminal 'NONE'",
                "%declare A¶start: \"x\"§line 1, column 1§%declare",
                "start: (\"a\"§line 1, column 12§expected ')'",
                "start: \"a\")§line 1, column 11§expected an item or the next definition",
                "start: \"a\"..\"bc\"§line 1, column 8§a range",
                "start: \"a\"¶start: \"b\"§line 2, column 1§there already",
                "start \"a\"§line 1, column 7§expected ':' behind 'start'",
                "start: <none>§line 1, column 8§no special token",
                "start: T¶T: <think>§line 2, column 4§not in terminals",
                "start: \"a\" & \"b\"§line 1, column 8§not in rules",
            })
    void whatIsWrongIsSaidWithLineAndColumn(String grammar, String where, String what) {
        GrammarException e = assertThrows(GrammarException.class, () -> grammar(grammar));
        assertEquals(where, e.position(), e.getMessage());
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    @Test
    void hugeGrammarsAreRefused() {
        assertThrows(
                GrammarLimitException.class,
                () -> grammar("start: \"" + "a".repeat(10 << 20) + "\""));
        assertThrows(
                GrammarLimitException.class,
                () -> grammar("start: " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000)));
        assertThrows(
                GrammarException.class,
                () -> grammar("start: A\nA: " + "~".repeat(100_000) + "\"a\""));
        assertThrows(GrammarException.class, () -> grammar("start: a" + "{a".repeat(200_000)));
    }
}
