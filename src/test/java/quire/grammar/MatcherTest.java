package quire.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What a matcher says of texts, one byte a token unless a test needs others. */
class MatcherTest {

    private static final int END = 256;
    private static final int SPECIAL = 257;

    /** A token of each byte, one that ends, a special one, and some words. */
    private static Vocabulary vocabulary(String... words) {
        byte[][] tokens = new byte[258 + words.length][];
        for (int value = 0; value < 256; value++) {
            tokens[value] = new byte[] {(byte) value};
        }
        for (int i = 0; i < words.length; i++) {
            tokens[258 + i] = words[i].getBytes(StandardCharsets.UTF_8);
        }
        return Vocabulary.of(tokens, new int[] {END});
    }

    private static Matcher matcher(Grammar grammar) {
        return CompiledGrammar.compile(grammar, vocabulary()).newMatcher();
    }

    private static boolean accepts(Matcher matcher, String text) {
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            if (!matcher.accept(value & 0xff)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(Grammar grammar, String text) {
        Matcher matcher = matcher(grammar);
        return accepts(matcher, text) && matcher.mayEnd();
    }

    private static boolean allows(Matcher matcher, int token) {
        long[] words = new long[6];
        matcher.fillMask(words);
        return (words[token >> 6] >> token & 1) != 0;
    }

    /** expr: expr "+" term | term; term: term "*" fact | fact; fact: "(" expr ")" | number. */
    private static Grammar expressions() {
        Grammar.Builder b = Grammar.builder();
        Symbol expr = b.rule("expr");
        Symbol term = b.rule("term");
        Symbol number = b.terminal(Regex.repeat(Regex.byteSet('0', '9'), 1, -1));
        Symbol fact = b.choice(b.sequence(b.literal("("), expr, b.literal(")")), number);
        b.define(expr, b.choice(b.sequence(expr, b.literal("+"), term), term));
        b.define(term, b.choice(b.sequence(term, b.literal("*"), fact), fact));
        return b.build(expr);
    }

    @Test
    void directLeftRecursionIsRead() {
        assertTrue(isText(expressions(), "1+2*(3+45)*6+7"));
        assertFalse(isText(expressions(), "1+2*(3+45"));
        assertFalse(accepts(matcher(expressions()), "1+*"));
        assertFalse(accepts(matcher(expressions()), "1)"));
        assertTrue(isText(expressions(), "((".repeat(400) + "1" + "))".repeat(400)));
    }

    @Test
    void indirectLeftRecursionIsRead() {
        Grammar.Builder b = Grammar.builder();
        Symbol one = b.rule("one");
        Symbol two = b.rule("two");
        b.define(one, b.choice(b.sequence(two, b.literal("a")), b.literal("x")));
        b.define(two, b.choice(b.sequence(one, b.literal("b")), b.literal("y")));
        Grammar grammar = b.build(one);
        assertTrue(isText(grammar, "xbaba"));
        assertTrue(isText(grammar, "yaba"));
        assertFalse(isText(grammar, "xa"));
        assertFalse(isText(grammar, "yb"));
    }

    @Test
    void leftRecursionBehindWhatMayBeEmptyIsRead() {
        Grammar.Builder b = Grammar.builder();
        Symbol list = b.rule("list");
        Symbol maybe = b.repeat(b.literal("-"), 0, 1);
        b.define(list, b.choice(b.sequence(maybe, list, b.literal("a")), b.literal("x")));
        Grammar grammar = b.build(list);
        assertTrue(isText(grammar, "xaaa"));
        assertTrue(isText(grammar, "--xaa"));
        assertFalse(isText(grammar, "--xa"));
    }

    /** What is read does not slow down with the length of what was read. */
    @Test
    void statesOfLongTextsAreFew() {
        Grammar.Builder b = Grammar.builder();
        Symbol sum = b.rule("sum");
        Symbol items = b.rule("items");
        b.define(sum, b.choice(b.sequence(sum, b.literal("+"), sum), b.literal("1")));
        b.define(items, b.sequence(sum, b.repeat(b.sequence(b.literal(","), items), 0, 1)));
        Matcher matcher = matcher(b.build(items));
        assertTrue(accepts(matcher, "1" + "+1".repeat(50_000)));
        assertTrue(accepts(matcher, ",1".repeat(50_000)));
        assertTrue(matcher.mayEnd());
    }

    /** A text of n letters can be read in more ways than there are numbers to count them. */
    @Test
    void ambiguityDoesNotMultiply() {
        Grammar.Builder b = Grammar.builder();
        Symbol s = b.rule("s");
        Symbol a = b.literal("a");
        b.define(
                s,
                b.choice(
                        b.sequence(a, s, b.literal("b")),
                        b.sequence(a, s, b.literal("c")),
                        b.sequence(s, s),
                        b.sequence()));
        Grammar grammar = b.build(s);
        assertTrue(isText(grammar, "a".repeat(60) + "bc".repeat(30)));
        assertFalse(isText(grammar, "a".repeat(60) + "bc".repeat(30) + "b"));
    }

    @Test
    void whatCanNeverBeCompleteIsNotBegun() {
        Grammar.Builder b = Grammar.builder();
        Symbol endless = b.rule("endless");
        b.define(endless, b.sequence(b.literal("a"), endless));
        Regex never = Regex.both(Regex.literal("bc"), Regex.not(Regex.literal("bc")));
        Grammar grammar =
                b.build(
                        b.choice(
                                endless,
                                b.sequence(b.literal("b"), b.terminal(never)),
                                b.terminal(
                                        Regex.both(
                                                Regex.anyOf(
                                                        Regex.literal("cd"), Regex.literal("ce")),
                                                Regex.not(Regex.literal("cd"))))));
        Matcher matcher = matcher(grammar);
        assertEquals("ce", new String(matcher.forced(), StandardCharsets.UTF_8));
        assertFalse(matcher.accept('a'));
        assertFalse(matcher.accept('b'));
        assertTrue(accepts(matcher, "c"));
        assertFalse(matcher.accept('d'));
    }

    @Test
    void aGrammarOfNothingIsRefused() {
        Grammar.Builder b = Grammar.builder();
        Symbol endless = b.rule("endless");
        b.define(endless, b.sequence(b.literal("a"), endless));
        Grammar grammar = b.build(endless);
        assertThrows(GrammarException.class, () -> CompiledGrammar.compile(grammar, vocabulary()));
        assertThrows(
                GrammarException.class,
                () -> CompiledGrammar.compile(Grammar.of(Regex.nothing()), vocabulary()));
    }

    @Test
    void endTokensComeWhereTheTextIsComplete() {
        Matcher matcher = matcher(Grammar.of(Regex.repeat(Regex.literal("ab"), 1, 2)));
        assertFalse(allows(matcher, END));
        assertFalse(matcher.accept(END));
        assertTrue(accepts(matcher, "ab"));
        assertTrue(matcher.mayEnd());
        assertFalse(matcher.mustEnd());
        assertTrue(allows(matcher, END));
        Matcher longer = matcher.copy();
        assertTrue(accepts(longer, "ab"));
        assertTrue(longer.mustEnd());
        assertTrue(matcher.accept(END));
        assertTrue(matcher.mustEnd());
        assertFalse(allows(matcher, 'a'));
        assertTrue(allows(matcher, END));
        assertFalse(matcher.accept('a'));
    }

    @Test
    void aSpecialTokenComesByItsIdAlone() {
        Grammar.Builder b = Grammar.builder();
        Symbol any = b.terminal(Regex.repeat(Regex.anyCodePoint(), 0, -1));
        Matcher text = matcher(b.build(any));
        assertFalse(allows(text, SPECIAL));
        assertFalse(text.accept(SPECIAL));
        Matcher marked =
                matcher(b.build(b.sequence(b.literal("<"), b.token(SPECIAL), b.literal(">"))));
        assertTrue(accepts(marked, "<"));
        assertTrue(allows(marked, SPECIAL));
        assertFalse(allows(marked, '>'));
        assertEquals(0, marked.forced().length);
        assertTrue(marked.accept(SPECIAL));
        assertEquals(">", new String(marked.forced()));
        assertThrows(
                GrammarException.class,
                () -> CompiledGrammar.compile(b.build(b.token(1000)), vocabulary()));
    }

    /** Tokens may be parts of a code point, as those of byte fallback are. */
    @Test
    void aCodePointMayBeReadByteByByte() {
        Grammar grammar = Grammar.of(Regex.repeat(Regex.codePoints(0x20ac, 0x20ac), 1, 1));
        Matcher matcher = matcher(grammar);
        assertEquals("€", new String(matcher.forced(), StandardCharsets.UTF_8));
        assertTrue(matcher.accept(0xe2));
        assertFalse(allows(matcher, 0x81));
        assertTrue(allows(matcher, 0x82));
        assertFalse(matcher.mayEnd());
        assertTrue(matcher.accept(0x82));
        assertTrue(matcher.accept(0xac));
        assertTrue(matcher.mustEnd());
    }

    @Test
    void aTokenMayReachOverSeveralTerminals() {
        Grammar.Builder b = Grammar.builder();
        Symbol space = b.terminal(Regex.repeat(Regex.byteSet(' ', ' '), 0, 2));
        Symbol digits = b.terminal(Regex.repeat(Regex.byteSet('0', '9'), 1, 3));
        Grammar grammar = b.build(b.sequence(b.literal("["), space, digits, space, b.literal("]")));
        Vocabulary vocabulary = vocabulary("[ 1", "[12", "[1234", "[1  ]", "[1   ]", "[ ]", "1]");
        Matcher matcher = CompiledGrammar.compile(grammar, vocabulary).newMatcher();
        boolean[] expected = {true, true, false, true, false, false, false};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], allows(matcher, 258 + i), "word " + i);
            assertEquals(expected[i], matcher.copy().accept(258 + i), "word " + i);
        }
    }

    @Test
    void whoOnlyLooksUpStaysWhereSomethingIsNotKnown() {
        CompiledGrammar grammar =
                CompiledGrammar.compile(expressions(), vocabulary("(12", "(12)*3"));
        Matcher matcher = grammar.newMatcher();
        matcher.lookUpOnly(true);
        assertThrows(NotKnownException.class, () -> matcher.accept(258));
        Matcher other = grammar.newMatcher();
        assertTrue(other.accept(258));
        assertThrows(NotKnownException.class, () -> matcher.accept(259), "half of it is known");
        assertTrue(matcher.accept(258), "it is where it was");
        assertThrows(NotKnownException.class, () -> matcher.accept(')'));
        Matcher copy = matcher.copy();
        assertThrows(NotKnownException.class, () -> copy.accept(')'), "copies are alike");
        matcher.lookUpOnly(false);
        assertTrue(matcher.accept(')'));
        assertTrue(copy.accept(')'), "it is known now");
    }

    @Test
    void copiesGoWaysOfTheirOwn() {
        Matcher matcher = matcher(expressions());
        assertTrue(accepts(matcher, "(1"));
        Matcher copy = matcher.copy();
        assertTrue(accepts(matcher, ")"));
        assertTrue(matcher.mayEnd());
        assertFalse(copy.mayEnd());
        assertTrue(accepts(copy, "+2)"));
        assertFalse(matcher.accept(')'));
    }

    @Test
    void matchersOnManyThreadsShareAGrammar() throws Exception {
        String text = "1+2*(3+45)*6+".repeat(30) + "7";
        for (int round = 0; round < 20; round++) {
            CompiledGrammar grammar =
                    CompiledGrammar.compile(expressions(), vocabulary("1+", "+("));
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Callable<Long>> walks = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    walks.add(() -> walk(grammar.newMatcher(), text));
                }
                List<Future<Long>> results = threads.invokeAll(walks);
                for (Future<Long> result : results) {
                    assertEquals(results.getFirst().get(), result.get());
                }
            }
        }
    }

    /** A sum over all masks on the way. */
    private static long walk(Matcher matcher, String text) {
        long sum = 0;
        long[] words = new long[6];
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            matcher.fillMask(words);
            for (long word : words) {
                sum = sum * 31 + word;
            }
            assertTrue(matcher.accept(value));
        }
        return sum;
    }
}
