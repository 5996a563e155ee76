package quire.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Languages against their definition: sets of the strings of up to some letters a and b. */
class RegexTest {

    /** Strings up to this many letters are compared. */
    private static final int LONGEST = 7;

    private static final List<String> ALL = all();

    /** A language and those of its strings that are not too long. */
    private record Both(Regex regex, Set<String> strings) {}

    private static List<String> all() {
        List<String> all = new ArrayList<>(List.of(""));
        for (int i = 0; all.get(i).length() < LONGEST; i++) {
            all.add(all.get(i) + "a");
            all.add(all.get(i) + "b");
        }
        return all;
    }

    private static Set<String> seq(Set<String> one, Set<String> other) {
        Set<String> strings = new HashSet<>();
        for (String head : one) {
            for (String tail : other) {
                if (head.length() + tail.length() <= LONGEST) {
                    strings.add(head + tail);
                }
            }
        }
        return strings;
    }

    private static Both random(Random random, int depth) {
        if (depth == 0) {
            return leaf(random);
        }
        Both one = random(random, depth - 1);
        Set<String> strings;
        switch (random.nextInt(6)) {
            case 0 -> {
                Both other = random(random, depth - 1);
                return new Both(Regex.seq(one.regex, other.regex), seq(one.strings, other.strings));
            }
            case 1 -> {
                Both other = random(random, depth - 1);
                strings = new HashSet<>(one.strings);
                strings.addAll(other.strings);
                return new Both(Regex.anyOf(one.regex, other.regex), strings);
            }
            case 2 -> {
                Both other = random(random, depth - 1);
                strings = new HashSet<>(one.strings);
                strings.retainAll(other.strings);
                return new Both(Regex.both(one.regex, other.regex), strings);
            }
            case 3 -> {
                strings = new HashSet<>(ALL);
                strings.removeAll(one.strings);
                return new Both(Regex.not(one.regex), strings);
            }
            case 4 -> {
                return repeated(random, one);
            }
            default -> {
                return leaf(random);
            }
        }
    }

    private static Both leaf(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> new Both(Regex.empty(), Set.of(""));
            case 1 -> new Both(Regex.nothing(), Set.of());
            case 2 -> new Both(Regex.byteSet('a', 'b'), Set.of("a", "b"));
            case 3 ->
                    new Both(
                            Regex.anyOf(
                                    Regex.literal("ab"), Regex.literal("a"), Regex.literal("bb")),
                            Set.of("ab", "a", "bb"));
            default -> {
                String text = ALL.get(random.nextInt(15));
                yield new Both(Regex.literal(text), Set.of(text));
            }
        };
    }

    private static Both repeated(Random random, Both one) {
        int min = random.nextInt(3);
        int max = random.nextBoolean() ? -1 : min + random.nextInt(3);
        Set<String> strings = new HashSet<>();
        Set<String> power = Set.of("");
        for (int count = 0; count <= (max < 0 ? min + LONGEST : max); count++) {
            if (count >= min) {
                strings.addAll(power);
            }
            power = seq(power, one.strings);
        }
        return new Both(Regex.repeat(one.regex, min, max), strings);
    }

    @Test
    void languagesAreThoseOfTheirDefinition() {
        for (int seed = 0; seed < 700; seed++) {
            Both both = random(new Random(seed), 4);
            for (String text : ALL) {
                assertEquals(
                        both.strings.contains(text),
                        both.regex.matches(text.getBytes()),
                        "seed " + seed + ": '" + text + "' in " + both.regex);
            }
            if (!both.strings.isEmpty()) {
                assertFalse(both.regex.isNothing(), "seed " + seed + ": " + both.regex);
            } else if (!both.regex.isNothing()) {
                assertTrue(hasLongString(both.regex), "seed " + seed + ": " + both.regex);
            }
        }
    }

    /** Whether there is a string with other letters, or of more of them. */
    private static boolean hasLongString(Regex regex) {
        Dfa dfa = new Dfa();
        Budget budget = new Budget();
        DfaState state = dfa.start(regex, budget);
        byte[] text = new byte[100];
        for (int i = 0; i < text.length; i++) {
            int value = 0;
            DfaState best = DfaState.DEAD;
            for (int next = 0; next < 256; next++) {
                DfaState to = dfa.next(state, next, budget);
                if (to != DfaState.DEAD && to.regex.shortest < best.regex.shortest) {
                    best = to;
                    value = next;
                }
            }
            text[i] = (byte) value;
            state = best;
            if (state.nullable) {
                return regex.matches(Arrays.copyOf(text, i + 1));
            }
        }
        return false;
    }

    @Test
    void codePointsAreTheirUtf8() {
        Random random = new Random(5);
        int[] edges = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
        for (int round = 0; round < 200; round++) {
            int one = round < 100 ? random.nextInt(0x110000) : edges[round % 10];
            int other = round < 100 ? random.nextInt(0x110000) : edges[round / 10 % 10];
            int from = Math.min(one, other);
            int to = Math.max(one, other);
            Regex regex = Regex.codePoints(from, to);
            for (int i = 0; i < 300; i++) {
                int near = edges[i % 10] + random.nextInt(5) - 2;
                int point = i < 50 ? near : i < 60 ? from + i - 55 : random.nextInt(0x110000);
                if (point < 0 || point > 0x10ffff || point >= 0xd800 && point < 0xe000) {
                    continue;
                }
                byte[] bytes = Character.toString(point).getBytes(StandardCharsets.UTF_8);
                assertEquals(point >= from && point <= to, regex.matches(bytes), "" + point);
            }
        }
        byte[] surrogate = {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
        assertFalse(Regex.anyCodePoint().matches(surrogate));
        assertFalse(Regex.anyCodePoint().matches(new byte[] {(byte) 0xc0, (byte) 0x80}));
    }

    @Test
    void aTableOfWordsIsAnyOfThem() {
        Regex[] words = new Regex[100_000];
        for (int i = 0; i < words.length; i++) {
            words[i] = Regex.literal("word " + i * 7);
        }
        Regex any = Regex.anyOf(words);
        assertTrue(any.matches("word 7".getBytes()));
        assertTrue(any.matches("word 699993".getBytes()));
        assertFalse(any.matches("word 8".getBytes()));
        assertFalse(any.matches("word ".getBytes()));
        assertTrue(Regex.both(any, Regex.not(any)).isNothing());
    }

    @Test
    void equalLanguagesOfOneShapeAreEqual() {
        Regex one = Regex.anyOf(Regex.byteSet('a', 'c'), Regex.literal("xy"), Regex.empty());
        Regex other = Regex.anyOf(Regex.empty(), Regex.literal("xy"), Regex.byteSet('a', 'c'));
        assertEquals(one, other);
        assertEquals(one.hashCode(), other.hashCode());
    }

    @Test
    void depthAndCountsAreLimited() {
        Regex deep = Regex.literal("a");
        for (int i = 0; i < 900; i++) {
            deep = Regex.repeat(Regex.seq(deep, Regex.literal("b")), 0, 2);
            if (deep.depth > 990) {
                break;
            }
        }
        Regex inner = deep;
        assertThrows(
                GrammarLimitException.class,
                () -> {
                    Regex deeper = inner;
                    for (int i = 0; i < 2000; i++) {
                        deeper = Regex.repeat(Regex.seq(deeper, Regex.literal("b")), 0, 2);
                    }
                });
        assertThrows(GrammarException.class, () -> Regex.repeat(inner, 3, 2));
        assertThrows(GrammarException.class, () -> Regex.repeat(inner, -1, 2));
    }
}
