package quire.grammar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Masks of random grammars over random vocabularies, against a recognizer of another kind. */
class MaskTest {

    private static final int END = 0;
    private static final int SPECIAL = 1;
    private static final int GRAMMARS = Integer.getInteger("quire.grammar.cases", 100);

    /** End and special tokens, each letter, and some longer ones, one of them twice. */
    private static byte[][] vocabulary(Random random) {
        List<byte[]> tokens = new ArrayList<>();
        tokens.add(null);
        tokens.add(null);
        for (String letter : List.of("a", "b", "c", "d")) {
            tokens.add(letter.getBytes());
        }
        for (int i = 0; i < 20; i++) {
            tokens.add(SlowGrammar.letters(random, 1 + random.nextInt(5)).getBytes());
        }
        tokens.add(tokens.getLast());
        return tokens.toArray(byte[][]::new);
    }

    @Test
    void masksAreTheTokensThatLeaveABeginning() {
        for (int seed = 0; seed < GRAMMARS; seed++) {
            Random random = new Random(seed);
            byte[][] tokens = vocabulary(random);
            Vocabulary vocabulary = Vocabulary.of(tokens, new int[] {END});
            SlowGrammar slow =
                    SlowGrammar.random(random, 1 + random.nextInt(4), new int[] {SPECIAL});
            Grammar grammar = slow.grammar();
            if (!slow.prune()) {
                assertThrows(
                        GrammarException.class,
                        () -> CompiledGrammar.compile(grammar, vocabulary),
                        "seed " + seed);
                continue;
            }
            CompiledGrammar compiled = CompiledGrammar.compile(grammar, vocabulary);
            for (int text = 0; text < 3; text++) {
                walk(compiled, tokens, slow, random, "seed " + seed);
            }
        }
    }

    /** What one matcher has worked out another one finds, and nothing else. */
    @Test
    void whoOnlyLooksUpFindsWhatOthersWorkedOut() {
        int notKnown = 0;
        for (int seed = 0; seed < GRAMMARS; seed++) {
            Random random = new Random(seed);
            Vocabulary vocabulary = Vocabulary.of(vocabulary(random), new int[] {END});
            SlowGrammar slow =
                    SlowGrammar.random(random, 1 + random.nextInt(4), new int[] {SPECIAL});
            if (!slow.prune()) {
                continue;
            }
            CompiledGrammar compiled = CompiledGrammar.compile(slow.grammar(), vocabulary);
            Matcher works = compiled.newMatcher();
            Matcher looks = compiled.newMatcher();
            looks.lookUpOnly(true);
            for (int step = 0; step < 8; step++) {
                String place = "seed " + seed + ", step " + step;
                long[] early = {-1};
                boolean known = isKnown(() -> looks.fillMask(early));
                notKnown += known ? 0 : 1;
                long[] words = {-1};
                works.fillMask(words);
                if (known) {
                    assertEquals(words[0], early[0], place);
                }
                looks.fillMask(early);
                assertEquals(words[0], early[0], place);
                byte[] forced = works.forced();
                assertArrayEquals(forced, looks.forced(), place);
                int token = random.nextInt(vocabulary.size());
                boolean accepted = works.accept(token);
                assertEquals(accepted, looks.accept(token), place);
                assertEquals(works.mustEnd(), looks.mustEnd(), place);
            }
        }
        assertTrue(notKnown > GRAMMARS / 4, "nothing had to be worked out");
    }

    private static boolean isKnown(Runnable operation) {
        try {
            operation.run();
            return true;
        } catch (NotKnownException e) {
            return false;
        }
    }

    private static void walk(
            CompiledGrammar compiled,
            byte[][] tokens,
            SlowGrammar slow,
            Random random,
            String seed) {
        Matcher matcher = compiled.newMatcher();
        SlowGrammar.Reading reading = slow.new Reading();
        for (int step = 0; step < 8; step++) {
            String place = seed + ", step " + step;
            assertEquals(reading.complete(), matcher.mayEnd(), place);
            assertEquals(reading.complete() && !reading.goesOn(), matcher.mustEnd(), place);
            long[] words = {-1};
            matcher.fillMask(words);
            List<Integer> allowed = new ArrayList<>();
            for (int id = 0; id < tokens.length; id++) {
                boolean expected = id == END ? reading.complete() : mayFollow(reading, tokens[id]);
                assertEquals(expected, (words[0] >> id & 1) != 0, place + ", token " + id);
                if (!expected) {
                    assertFalse(matcher.accept(id), place);
                } else if (id != END) {
                    allowed.add(id);
                }
            }
            assertEquals(0, words[0] >>> tokens.length, place);
            forcedBytesAreTheOnlyOnes(matcher, reading, place);
            if (allowed.isEmpty()) {
                assertTrue(matcher.mustEnd(), place);
                return;
            }
            int next = allowed.get(random.nextInt(allowed.size()));
            assertTrue(matcher.copy().accept(next), place);
            assertTrue(matcher.accept(next), place);
            reading = read(reading, tokens[next]);
        }
    }

    private static boolean mayFollow(SlowGrammar.Reading reading, byte[] token) {
        return read(reading, token).isBeginning();
    }

    private static SlowGrammar.Reading read(SlowGrammar.Reading reading, byte[] token) {
        if (token == null) {
            return reading.after(256 + SPECIAL);
        }
        SlowGrammar.Reading at = reading;
        for (byte letter : token) {
            at = at.after(letter);
        }
        return at;
    }

    private static void forcedBytesAreTheOnlyOnes(
            Matcher matcher, SlowGrammar.Reading reading, String place) {
        SlowGrammar.Reading at = reading;
        byte[] forced = matcher.forced();
        for (int i = 0; i <= Math.min(forced.length, 20); i++) {
            List<Integer> letters = new ArrayList<>();
            for (int letter : new int[] {'a', 'b', 'c', 256 + SPECIAL}) {
                if (at.after(letter).isBeginning()) {
                    letters.add(letter);
                }
            }
            if (i == forced.length) {
                assertTrue(at.complete() || letters.size() != 1 || letters.getFirst() > 255, place);
                return;
            }
            assertFalse(at.complete(), place);
            assertEquals(List.of((int) forced[i]), letters, place);
            at = at.after(forced[i]);
        }
    }
}
