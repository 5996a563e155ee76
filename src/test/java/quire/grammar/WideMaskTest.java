package quire.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Masks over vocabularies large enough for all ways of computing them, against what is accepted
 * token by token.
 */
class WideMaskTest {

    private static final Regex LETTER = Regex.byteSet('a', 'c');

    private static Vocabulary vocabulary(int longest) {
        return vocabulary(longest, "abc");
    }

    /** All strings of one to {@code longest} of three letters, the end before them. */
    private static Vocabulary vocabulary(int longest, String letters) {
        int size = 1;
        for (int length = 1, power = 3; length <= longest; length++, power *= 3) {
            size += power;
        }
        byte[][] tokens = new byte[size][];
        tokens[0] = null;
        byte[][] last = {{}};
        for (int length = 1, id = 1; length <= longest; length++) {
            byte[][] next = new byte[last.length * 3][];
            for (int i = 0; i < next.length; i++) {
                next[i] = Arrays.copyOf(last[i / 3], length);
                next[i][length - 1] = (byte) letters.charAt(i % 3);
                tokens[id++] = next[i];
            }
            last = next;
        }
        return Vocabulary.of(tokens, new int[] {0});
    }

    private static void walk(Grammar grammar, Vocabulary vocabulary, int steps, int check) {
        Matcher matcher = CompiledGrammar.compile(grammar, vocabulary).newMatcher();
        Random random = new Random(4);
        long[] words = new long[vocabulary.words()];
        for (int step = 0; step < steps && !matcher.mustEnd(); step++) {
            matcher.fillMask(words);
            int next = -1;
            for (int i = 0; i < check; i++) {
                int token = 1 + (i < 200 ? i : random.nextInt(vocabulary.size() - 1));
                boolean allowed = (words[token >> 6] >> token & 1) != 0;
                assertEquals(
                        matcher.copy().accept(token),
                        allowed,
                        "step " + step + ", token " + new String(vocabulary.bytes(token)));
                if (allowed && (next < 0 || random.nextInt(8) == 0)) {
                    next = token;
                }
            }
            assertEquals(matcher.mayEnd(), (words[0] & 1) != 0);
            assertTrue(matcher.accept(next));
        }
    }

    /** Strings of counted letters, whose counts are above, at and below a token's length. */
    @Test
    void countsMatterWhereTokensReachThem() {
        Vocabulary vocabulary = vocabulary(6);
        for (int max = 1; max < 20; max++) {
            for (int min = 0; min <= max; min += 3) {
                Grammar.Builder b = Grammar.builder();
                Symbol counted = b.terminal(Regex.repeat(LETTER, min, max));
                Symbol pair = b.sequence(counted, b.literal("ab"), counted);
                walk(b.build(b.choice(b.sequence(pair, b.literal("c")), pair)), vocabulary, 8, 400);
            }
        }
    }

    @Test
    void conjunctionsOfCountsAreTakenAsTheyAre() {
        Regex counted = Regex.repeat(LETTER, 8, 9);
        Regex pairs = Regex.repeat(Regex.anyOf(Regex.literal("ab"), Regex.literal("ca")), 0, -1);
        walk(Grammar.of(Regex.both(counted, pairs)), vocabulary(6), 8, 1092);
        walk(Grammar.of(Regex.both(counted, Regex.not(pairs))), vocabulary(6), 8, 1092);
    }

    /** Free text that a word ends: the terminal may end after each letter. */
    @Test
    void terminalsThatMayEndAnywhereAreWalkedAsAWhole() {
        Grammar.Builder b = Grammar.builder();
        Symbol text = b.terminal(Regex.repeat(LETTER, 0, -1));
        Symbol rule = b.rule("rule");
        b.define(rule, b.choice(b.literal("cab"), b.sequence(b.literal("b"), rule)));
        walk(b.build(b.sequence(text, rule)), vocabulary(10), 6, 1000);
        Symbol few = b.terminal(Regex.repeat(Regex.byteSet('a', 'b'), 0, -1));
        walk(b.build(b.sequence(few, rule)), vocabulary(10), 6, 1000);
    }

    private static final Regex CHARACTER = Regex.byteSet(' ', '!', '#', '~');
    private static final Regex QUOTE = Regex.literal("\"");

    /** Terminals that are as others in most places are walked where they are not. */
    @Test
    void namesThatAreExcludedMatterWhereTheyAre() {
        Regex string = Regex.seq(Regex.repeat(CHARACTER, 0, -1), QUOTE);
        Regex names =
                Regex.anyOf(
                        Regex.literal("ab\""),
                        Regex.literal("abba\""),
                        Regex.literal("\""),
                        Regex.literal("bbbbbbbbb\""));
        Grammar.Builder b = Grammar.builder();
        Symbol other = b.terminal(Regex.both(string, Regex.not(names)));
        Symbol name = b.sequence(b.terminal(names), b.literal("ab"));
        Symbol behind = b.sequence(other, b.literal("ba\""), other, b.literal("a"));
        walk(b.build(b.choice(behind, name)), vocabulary(9, "ab\""), 12, 3000);
    }

    @Test
    void countedStringsAreOthersNearTheirEndsAlone() {
        Vocabulary vocabulary = vocabulary(9, "ab\"");
        for (int max = 1; max < 12; max++) {
            for (int min = 0; min <= max; min += 2) {
                Regex text = Regex.repeat(CHARACTER, min, max);
                Regex maybe = Regex.repeat(Regex.seq(CHARACTER, CHARACTER), 0, max / 2);
                Grammar.Builder b = Grammar.builder();
                Symbol one = b.terminal(Regex.seq(text, QUOTE));
                Symbol two = b.terminal(Regex.seq(maybe, QUOTE, text, QUOTE));
                Symbol all = b.sequence(one, two, b.repeat(b.literal("a"), 0, 1));
                walk(b.build(all), vocabulary, 8, 600);
            }
        }
    }
}
