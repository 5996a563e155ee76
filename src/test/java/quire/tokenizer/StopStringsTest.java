package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.error.InvalidRequestException;

class StopStringsTest {

    private static final long SEED = 4711;

    @Test
    void textIsCutBeforeTheStopString() {
        StopStrings stops = new StopStrings(List.of("END"), false);
        assertEquals("one ", stops.append("one E"));
        assertEquals("", stops.append("N"));
        assertFalse(stops.isMatched());
        assertEquals("", stops.append("D two"));
        assertEquals(Optional.of("END"), stops.matched());
        assertEquals("", stops.append("three"));
        assertEquals("", stops.finish());
    }

    @Test
    void textIsCutBehindTheStopStringWhereItIsIncluded() {
        StopStrings stops = new StopStrings(List.of("END"), true);
        assertEquals("one EN", stops.append("one EN"), "it is shown in any case");
        assertEquals("D", stops.append("D two"));
        assertEquals(Optional.of("END"), stops.matched());
        assertEquals("", stops.finish());
    }

    @Test
    void whatDoesNotBecomeAStopStringIsReleased() {
        StopStrings stops = new StopStrings(List.of("\n\nUser:"), false);
        assertEquals("a", stops.append("a\n\nUse"));
        assertEquals("\n\nUser ", stops.append("r "));
        assertEquals("b", stops.append("b\n"));
        assertEquals("\n", stops.finish());
        assertEquals(Optional.empty(), stops.matched());
    }

    @Test
    void aStopStringThatOverlapsItselfIsFound() {
        StopStrings stops = new StopStrings(List.of("aab"), false);
        assertEquals("a", stops.append("aaa"));
        assertEquals("", stops.append("b"));
        assertEquals(Optional.of("aab"), stops.matched());
    }

    @Test
    void theStopStringThatIsCompleteFirstWins() {
        StopStrings stops = new StopStrings(List.of("abcd", "bc"), false);
        assertEquals("xa", stops.append("xabcd"));
        assertEquals(Optional.of("bc"), stops.matched());
    }

    @Test
    void ofTwoThatEndTogetherTheLongerWins() {
        StopStrings stops = new StopStrings(List.of("c", "bc"), false);
        assertEquals("xa", stops.append("xabcd"));
        assertEquals(Optional.of("bc"), stops.matched());
    }

    @Test
    void surrogatePairsAreNeverSplit() {
        // Both emoji begin with the same high surrogate.
        StopStrings stops = new StopStrings(List.of("\uD83D\uDE42!"), false);
        assertEquals("\uD83D\uDE43", stops.append("\uD83D\uDE43"));
        assertEquals("", stops.append("\uD83D"));
        assertEquals("", stops.append("\uDE42"));
        assertEquals("\uD83D\uDE42?", stops.append("?"));
        StopStrings half = new StopStrings(List.of("\uDE42"), false);
        assertEquals("\uD83D\uDE42", half.append("\uD83D\uDE42"));
        assertFalse(half.isMatched());
    }

    @Test
    void withoutStopStringsTextPassesAsItIs() {
        StopStrings stops = new StopStrings(List.of(), false);
        String text = "text";
        assertSame(text, stops.append(text));
        assertSame(text, new StopStrings(List.of("#"), false).append(text));
    }

    @Test
    void nothingStopsUntilMatchingIsEnabled() {
        StopStrings stops = new StopStrings(List.of("stop"), false);
        stops.setEnabled(false);
        assertEquals("a stop, a ", stops.append("a stop, a s"));
        assertEquals("", stops.append("to"));
        stops.setEnabled(true);
        assertEquals("", stops.append("p b"));
        assertEquals(Optional.of("stop"), stops.matched());
    }

    @Test
    void aStopStringThatWasCompleteWhileOffIsNotHeldBack() {
        StopStrings stops = new StopStrings(List.of("aa"), false);
        stops.setEnabled(false);
        assertEquals("a", stops.append("aa"), "the second may begin another one");
        stops.setEnabled(true);
        assertEquals("ab", stops.append("b"));
    }

    @Test
    void anEmptyStopStringIsRefused() {
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class,
                        () -> new StopStrings(List.of("a", ""), false));
        assertEquals("stop", refusal.param());
    }

    /** Against the definition, on texts of few characters so that everything overlaps. */
    @Test
    void cutsWhereTheDefinitionSaysHoweverTheTextIsSplit() {
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                stops.add(text(random, 1 + random.nextInt(4)));
            }
            boolean include = random.nextBoolean();
            String text = text(random, random.nextInt(16));
            String what = stops + " in " + text + ", include " + include + ", seed " + SEED;
            StopStrings matcher = new StopStrings(stops, include);
            StringBuilder released = new StringBuilder();
            String seen = "";
            while (seen.length() < text.length() && !matcher.isMatched()) {
                int to = text.offsetByCodePoints(seen.length(), 1);
                while (to < text.length() && random.nextInt(3) > 0) {
                    to = text.offsetByCodePoints(to, 1);
                }
                released.append(matcher.append(text.substring(seen.length(), to)));
                seen = text.substring(0, to);
                checkHeld(matcher, stops, include, seen, released.length(), what);
            }
            Optional<String> stop = first(stops, text);
            assertEquals(stop, matcher.matched(), what);
            released.append(matcher.finish());
            String expected =
                    stop.map(
                                    found -> {
                                        int end = end(stops, text);
                                        return text.substring(
                                                0, include ? end : end - found.length());
                                    })
                            .orElse(text);
            assertEquals(expected, released.toString(), what);
        }
    }

    /** What is held back is the longest end of the text that begins a stop string, no more. */
    private static void checkHeld(
            StopStrings matcher,
            List<String> stops,
            boolean include,
            String seen,
            int numReleased,
            String what) {
        if (matcher.isMatched()) {
            return;
        }
        int longest = 0;
        for (String stop : stops) {
            for (int length = 1; length < stop.length() && !include; length++) {
                if (seen.endsWith(stop.substring(0, length))) {
                    longest = Math.max(longest, length);
                }
            }
        }
        assertEquals(seen.length() - longest, numReleased, what);
    }

    private static int end(List<String> stops, String text) {
        for (int end = 0; end <= text.length(); end++) {
            for (String stop : stops) {
                if (text.substring(0, end).endsWith(stop)) {
                    return end;
                }
            }
        }
        return -1;
    }

    private static Optional<String> first(List<String> stops, String text) {
        int end = end(stops, text);
        if (end < 0) {
            return Optional.empty();
        }
        return stops.stream()
                .filter(text.substring(0, end)::endsWith)
                .reduce((a, b) -> b.length() > a.length() ? b : a);
    }

    private static String text(Random random, int numCharacters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < numCharacters; i++) {
            text.append(
                    List.of("a", "b", "\uD83D\uDE42", "\uD83D\uDE43")
                            .get(
                                    random.nextInt(10) < 8
                                            ? random.nextInt(2)
                                            : 2 + random.nextInt(2)));
        }
        return text.toString();
    }

    @Test
    void aLongTextOfAlmostMatchesIsReadInLinearTime() {
        StopStrings stops = new StopStrings(List.of("a".repeat(1000) + "b"), false);
        String piece = "a".repeat(1000);
        int numReleased = 0;
        for (int i = 0; i < 1000; i++) {
            numReleased += stops.append(piece).length();
        }
        assertEquals(999_000, numReleased);
        assertTrue(stops.finish().length() == 1000);
    }
}
