package quire.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Hostile grammars: each is refused or served within a second or so, and harms no other. */
class GrammarLimitTest {

    /** A second on a quiet machine; tests have no quiet one. */
    private static final long MAX_MILLIS = 10_000;

    private static final int LETTERS = 3;

    /** Tokens are all strings of up to six letters a, b and c, with an end behind them. */
    private static final Vocabulary VOCABULARY = vocabulary();

    private static Vocabulary vocabulary() {
        byte[][] tokens = new byte[1093][];
        tokens[1092] = null;
        int id = 0;
        byte[][] last = {{}};
        for (int length = 1; length <= 6; length++) {
            byte[][] next = new byte[last.length * LETTERS][];
            for (int i = 0; i < next.length; i++) {
                next[i] = Arrays.copyOf(last[i / LETTERS], length);
                next[i][length - 1] = (byte) ('a' + i % LETTERS);
                tokens[id++] = next[i];
            }
            last = next;
        }
        return Vocabulary.of(tokens, new int[] {1092});
    }

    private static long[] mask(Matcher matcher) {
        long[] words = new long[VOCABULARY.words()];
        matcher.fillMask(words);
        return words;
    }

    /** Walks at random for a while, each step and the compiling within the time. */
    private static Matcher walk(Grammar grammar, int steps) {
        long[] time = {System.nanoTime()};
        Matcher matcher = CompiledGrammar.compile(grammar, VOCABULARY).newMatcher();
        Random random = new Random(3);
        for (int step = 0; step < steps && !matcher.mustEnd(); step++) {
            long[] words = mask(matcher);
            int token = random.nextInt(1092);
            while ((words[token >> 6] >> token & 1) == 0) {
                token = (token + 1) % 1093;
            }
            assertTrue(matcher.accept(token));
            time = inTime(time);
        }
        return matcher;
    }

    private static long[] inTime(long[] since) {
        long now = System.nanoTime();
        assertTrue((now - since[0]) / 1_000_000 < MAX_MILLIS, "took " + (now - since[0]) + " ns");
        return new long[] {now};
    }

    private static void refused(Executable work) {
        long[] time = {System.nanoTime()};
        assertThrows(GrammarLimitException.class, work);
        inTime(time);
    }

    private static final Regex LETTER = Regex.byteSet('a', 'c');

    /** The letter n before the last is an a, or the one before that is a b: 3^n states at most. */
    private static Regex exponential(int n) {
        Regex before = Regex.repeat(LETTER, 0, -1);
        return Regex.anyOf(
                Regex.seq(before, Regex.literal("a"), Regex.repeat(LETTER, n, n)),
                Regex.seq(before, Regex.literal("b"), Regex.repeat(LETTER, n + 1, n + 1)));
    }

    @Test
    void exponentialAutomataGrowOnlyWhereTextsGo() {
        walk(Grammar.of(exponential(40)), 200);
        walk(Grammar.of(exponential(20_000)), 50);
    }

    @Test
    void whoeverExhaustsTheBudgetFailsAloneAndStaysWhereItWas() {
        Grammar.Builder b = Grammar.builder();
        Symbol hard = longChain(b);
        Symbol easy = b.terminal(Regex.repeat(Regex.literal("ac"), 1, -1));
        // Longer than a token, so that nobody looks behind it who has not begun it.
        Symbol far = b.literal("bbbbbbbb");
        CompiledGrammar grammar =
                CompiledGrammar.compile(b.build(b.choice(b.sequence(far, hard), easy)), VOCABULARY);
        Matcher bad = grammar.newMatcher();
        for (int i = 0; i < 7; i++) {
            assertTrue(bad.accept(1));
        }
        Matcher good = grammar.newMatcher();
        for (int i = 0; i < 5; i++) {
            refused(() -> bad.accept(1));
            refused(() -> mask(bad));
            assertFalse(bad.accept(0));
            assertFalse(bad.mayEnd());
            assertTrue(good.accept(0) && good.accept(2) && good.mayEnd());
            mask(good);
        }
    }

    /** Rules each of which begins with the next one in two ways. */
    private static Symbol longChain(Grammar.Builder b) {
        Symbol[] rules = new Symbol[100_000];
        Arrays.setAll(rules, i -> b.rule("r" + i));
        for (int i = 0; i < rules.length; i++) {
            Symbol next = i + 1 < rules.length ? rules[i + 1] : b.literal("c");
            b.define(rules[i], i % 2 == 0 ? next : b.choice(next, b.sequence(next, next)));
        }
        return rules[0];
    }

    @Test
    void intersectionsThatAreHardToDecideAreRefused() {
        Regex[] parts = new Regex[12];
        int[] primes = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
        Regex all = Regex.repeat(LETTER, 1, -1);
        for (int i = 0; i < parts.length; i++) {
            all = Regex.both(all, Regex.repeat(Regex.repeat(LETTER, primes[i], primes[i]), 1, -1));
        }
        Regex hard = all;
        refused(() -> CompiledGrammar.compile(Grammar.of(hard), VOCABULARY));
    }

    @Test
    void aHundredThousandAlternativesAreOne() {
        Grammar.Builder b = Grammar.builder();
        Symbol[] words = new Symbol[100_000];
        Random random = new Random(1);
        for (int i = 0; i < words.length; i++) {
            words[i] = b.literal(SlowGrammar.letters(random, 1 + random.nextInt(30)));
        }
        walk(b.build(b.choice(words)), 40);
    }

    @Test
    void aHundredThousandRulesThatBeginAlikeAreOneToo() {
        Grammar.Builder b = Grammar.builder();
        Symbol[] rules = new Symbol[100_000];
        Symbol list = b.rule("list");
        for (int i = 0; i < rules.length; i++) {
            rules[i] = b.sequence(b.literal("a"), list, b.literal("b" + i % 10));
        }
        b.define(list, b.choice(b.literal("c"), b.literal("a")));
        long[] time = {System.nanoTime()};
        CompiledGrammar.compile(b.build(b.choice(rules)), VOCABULARY).newMatcher();
        inTime(time);
    }

    @Test
    void chainsOfRulesMayBeLong() {
        Grammar.Builder b = Grammar.builder();
        Grammar grammar = b.build(longChain(b));
        refused(() -> walk(grammar, 100));
        Grammar.Builder plain = Grammar.builder();
        Symbol[] units = new Symbol[100_000];
        Arrays.setAll(units, i -> plain.rule("u" + i));
        for (int i = 0; i < units.length; i++) {
            Symbol next = i + 1 < units.length ? units[i + 1] : plain.literal("c");
            plain.define(units[i], next);
        }
        walk(plain.build(units[0]), 2);
    }

    @Test
    void tenMegabytesAreRead() {
        byte[] text = new byte[10_000_000];
        Random random = new Random(2);
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) ('a' + random.nextInt(3));
        }
        walk(Grammar.of(Regex.bytes(text)), 2000);
    }

    @Test
    void partsMayNotLieTooDeepInOneAnother() {
        Grammar.Builder b = Grammar.builder();
        refused(
                () -> {
                    Symbol deep = b.literal("a");
                    for (int i = 0; i < 100_000; i++) {
                        deep = b.repeat(b.sequence(deep, b.literal("b")), 0, 1);
                    }
                });
    }

    /** What is not refused for its depth is followed on a thread's usual stack. */
    @Test
    void theDeepestPartsFitTheStack() throws InterruptedException {
        Grammar.Builder b = Grammar.builder();
        Symbol symbol = b.literal("a");
        Regex regex = Regex.literal("a");
        for (int i = 0; i < Symbol.MAX_DEPTH / 2 - 1; i++) {
            symbol = b.choice(b.sequence(b.literal("a"), symbol), b.token(5));
        }
        while (regex.depth < Regex.MAX_DEPTH - 5) {
            Regex longer = Regex.seq(Regex.literal("a"), regex);
            Regex other = Regex.both(longer, Regex.not(Regex.literal("aa")));
            regex = Regex.anyOf(other, Regex.literal("b"));
        }
        Grammar grammar = b.build(b.choice(symbol, b.terminal(regex)));
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(null, () -> walk(grammar, 3), "usual stack", 1 << 20);
        thread.setUncaughtExceptionHandler((ended, why) -> failure.set(why));
        thread.start();
        thread.join();
        assertFalse(failure.get() instanceof StackOverflowError, "" + failure.get());
    }

    @Test
    void countsMayBeAnyNumber() {
        walk(Grammar.of(Regex.repeat(LETTER, 1_000_000_000, 2_000_000_000)), 3000);
        Grammar.Builder b = Grammar.builder();
        Symbol nested = b.rule("nested");
        b.define(
                nested,
                b.choice(b.sequence(b.literal("a"), nested, b.literal("b")), b.literal("c")));
        walk(b.build(b.repeat(nested, 1_000_000, 1_000_000_000)), 3000);
    }

    /** What matchers found out is forgotten now and then, and nobody notices. */
    @Test
    void aLongTextDoesNotFillTheMemory() {
        Grammar.Builder b = Grammar.builder();
        Symbol tree = b.rule("tree");
        b.define(
                tree,
                b.choice(
                        b.sequence(b.literal("a"), tree, b.literal("b")),
                        b.sequence(b.literal("b"), tree, b.literal("a")),
                        b.literal("c")));
        CompiledGrammar grammar =
                CompiledGrammar.compile(
                        b.build(b.sequence(tree, b.repeat(tree, 10, 100_000))), VOCABULARY);
        Matcher waiting = grammar.newMatcher();
        assertTrue(waiting.accept(0));
        Matcher matcher = grammar.newMatcher();
        long most = 0;
        long before = 0;
        boolean forgot = false;
        for (int i = 0; i < 2_500; i++) {
            mask(matcher);
            assertTrue(matcher.accept(i * 7 % 13 % 2));
            long bytes = grammar.bytes();
            forgot |= bytes < before / 2;
            before = bytes;
            most = Math.max(most, bytes);
        }
        assertTrue(forgot, "never forgot: " + most + " bytes");
        assertTrue(most < 60L << 20, most + " bytes");
        // One that waited all the time goes on where it was.
        assertTrue(waiting.accept(2));
        assertTrue(waiting.accept(1));
        assertFalse(waiting.mayEnd());
        int end = 2_500;
        assertTrue(matcher.accept(2));
        for (int i = end - 1; i >= 0; i--) {
            assertTrue(matcher.accept(1 - i * 7 % 13 % 2), "at " + i);
        }
        for (int i = 0; i < 10; i++) {
            assertFalse(matcher.mayEnd());
            assertTrue(matcher.accept(2));
        }
        assertTrue(matcher.mayEnd());
        assertEquals(0, matcher.forced().length);
    }
}
