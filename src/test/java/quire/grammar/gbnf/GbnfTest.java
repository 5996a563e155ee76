package quire.grammar.gbnf;

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

class GbnfTest {

    private static final String JSON =
            """
            # values of JSON
            root   ::= object
            value  ::= object | array | string | number | ("true" | "false" | "null") ws

            object ::=
              "{" ws (
                        string ":" ws value
                ("," ws string ":" ws value)*
              )? "}" ws

            array  ::=
              "[" ws (
                        value
                ("," ws value)*
              )? "]" ws

            string ::=
              "\\"" (
                [^"\\\\\\x7F\\x00-\\x1F] |
                "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
              )* "\\"" ws

            number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

            # Optional space: by convention, applied in this grammar after literal chars when allowed
            ws ::= | " " | "\\n" [ \\t]{0,20}
            """;

    private static final String CHESS =
            """
            root ::= (
                # a first move, with a number
                "1. " move " " move "\\n"
                ([1-9] [0-9]? ". " move " " move "\\n")+
            )
            move ::= (pawn | nonpawn | castle) [+#]?
            nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
            pawn ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
            castle ::= "O-O" "-O"?
            """;

    private static Grammar grammar(String text) {
        return Gbnf.grammar(text.replace('¶', '\n'), Map.of("<think>", Speaker.SPECIAL));
    }

    private static void assertAccepts(boolean expected, String grammar, String text) {
        assertEquals(expected, Speaker.accepts(grammar(grammar), text.replace('¶', '\n')), text);
    }

    @Test
    void valuesOfJson() {
        assertAccepts(true, JSON, "{\"a\": [1, -2.5e3, {\"b\":\"x\\u00e9\\n\"}], \"c\": null}");
        assertAccepts(false, JSON, "{\"a\": [1,}");
        assertAccepts(false, JSON, "{\"a\":  1}");
        assertAccepts(false, JSON, "[1]");
        assertTrue(Speaker.begins(grammar(JSON), "{\"a\": {\"b\": {\"c\": [[[["));
        assertFalse(Speaker.begins(grammar(JSON), "{\"a\": ]"));
    }

    @Test
    void gamesOfChess() {
        assertAccepts(true, CHESS, "1. e4 e5\n2. Nf3 Nc6\n3. O-O exd5+\n");
        assertAccepts(false, CHESS, "1. e4 e5\n");
        assertAccepts(false, CHESS, "1. e9 e5\n2. Nf3 Nc6\n");
    }

    @Test
    void leftRecursionIsUnderstood() {
        String sum = "root ::= root \"+\" num | num\nnum ::= [0-9]+";
        assertAccepts(true, sum, "1+22+333");
        assertAccepts(false, sum, "1++2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "root ::= [^a-c]{2}§xy§true",
                "root ::= [^a-c]{2}§xa§false",
                "root ::= \"a\"{2,}§aaa§true",
                "root ::= \"a\"{2,}§a§false",
                "root ::= \"a\"{,2}§aa§true",
                "root ::= \"\\x41\\u00e9\\U0001F600\"§Aé😀§true",
                "root ::= [\\u00e0-\\u00ff]+§éü§true",
                "root ::= . . .§aé😀§true",
                "root ::= [a\\-\\]\\[]+§a-][§true",
                "root ::= [-a]+§-a§true",
                "root ::= \"[\\\"\\\\]\"§[\"\\]§true",
                "root ::= a-b _c¶a-b ::= \"x\"¶_c ::= \"y\"§xy§true",
                "root ::= \"a\" |¶ \"b\"¶ | \"c\"§c§true",
                "root ::= (\"a\" | \"b\"){2} \"c\"?§ab§true",
                "root ::= item+¶item ::= \"(\" item* \")\"§(()(()))§true",
                "root ::= item+¶item ::= \"(\" item* \")\"§(()(())§false",
            })
    void partsOfTheSyntax(String grammar, String text, boolean accepted) {
        assertAccepts(accepted, grammar, text);
    }

    @Test
    void tokensAreTokensAndNotTheirText() {
        Speaker byName = new Speaker(grammar("root ::= <think> [a-z]+ <[258]>"));
        assertFalse(byName.say("<think>"));
        assertTrue(byName.sayToken(Speaker.SPECIAL));
        assertTrue(byName.say("hm"));
        assertFalse(byName.mayEnd());
        assertTrue(byName.sayToken(258));
        assertTrue(byName.mayEnd());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "root ::= \"a§line 1, column 10§does not end",
                "root ::= (\"a\"§line 1, column 14§)'",
                "root ::= \"a\")§line 1, column 13§expected an item or the next rule",
                "root ::= a¶b ::= \"x\"§line 1, column 10§a' is named and not defined",
                "root ::= \"a\"¶root ::= \"b\"§line 2, column 1§there already",
                "root = \"a\"§line 1, column 6§expected '::=' behind 'root', found '='",
                "root ::= *§line 1, column 10§nothing before it to repeat",
                "root ::= \"a\"{3,2}§line 1, column 13§above the most",
                "root ::= [b-a]§line 1, column 11§goes backwards",
                "root ::= \"\\q\"§line 1, column 11§the escape \\q",
                "root ::= <nothing>§line 1, column 10§no special token '<nothing>'",
                "root ::= !<think>§line 1, column 10§not supported",
                "é§line 1, column 1§expected the name of a rule, found 'é'",
            })
    void whatIsWrongIsSaidWithLineAndColumn(String grammar, String where, String what) {
        GrammarException e = assertThrows(GrammarException.class, () -> grammar(grammar));
        assertEquals(where, e.position());
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    @Test
    void aGrammarWantsARoot() {
        assertThrows(GrammarException.class, () -> grammar("start ::= \"a\""));
        assertThrows(GrammarException.class, () -> grammar(""));
    }

    @Test
    void hugeGrammarsAreRefused() {
        assertThrows(
                GrammarLimitException.class,
                () -> grammar("root ::= \"" + "a".repeat(10 << 20) + "\""));
        assertThrows(
                GrammarLimitException.class,
                () -> grammar("root ::= " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000)));
        assertThrows(
                GrammarLimitException.class, () -> grammar("root ::= \"a\"" + "*".repeat(100_000)));
    }

    @Test
    void longChainsOfRulesAreRead() {
        StringBuilder chain = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < 20_000; i++) {
            chain.append("r").append(i).append(" ::= r").append(i + 1).append("\n");
        }
        chain.append("r20000 ::= \"x\"\n");
        assertAccepts(true, chain.toString(), "x");
    }
}
