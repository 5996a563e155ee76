package quire.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.error.QuireException;
import quire.sampling.TokenMask;
import quire.sequence.Guide;

class ThoughtGuideTest {

    private static final int OPEN = 7;
    private static final int[] CLOSE = {70, 71, 70, 72};

    private static ThoughtGuide guide(int maxTokens, int... open) {
        return new ThoughtGuide(new ThoughtLimit(maxTokens, open, CLOSE), 130, Guide.NONE);
    }

    private static void accept(Guide guide, int... tokens) {
        for (int token : tokens) {
            assertSame(TokenMask.ANY, guide.words());
            guide.accept(token);
        }
    }

    private static void forced(Guide guide, int... tokens) {
        for (int token : tokens) {
            long[] words = guide.words();
            long[] expected = new long[3];
            expected[token / 64] = 1L << token % 64;
            assertArrayEquals(expected, words);
            guide.accept(token);
        }
    }

    @Test
    void thoughtOfThePromptEndsAfterItsTokens() {
        for (int budget : new int[] {0, 1, 9}) {
            Guide guide = guide(budget);
            accept(guide, new int[budget]);
            forced(guide, CLOSE);
            accept(guide, 1, OPEN, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        }
    }

    @Test
    void thoughtThatEndsByItselfIsLeftAlone() {
        Guide guide = guide(6);
        accept(guide, 1, 2, 70, 71, 70, 72, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void beginningOfItsEndIsGoneOnWith() {
        Guide guide = guide(2);
        accept(guide, 1, 70);
        forced(guide, 71, 70, 72);
        accept(guide, 9, 9, 9);
        Guide other = guide(2);
        accept(other, 1, 2);
        forced(other, CLOSE);
    }

    @Test
    void endThatAnswersItselfIsFound() {
        Guide guide = guide(6);
        // 70 71 70 71 70 72: the end begins within what looked like one.
        accept(guide, 70, 71, 70, 71, 70, 72, 1, 1, 1, 1, 1, 1);
    }

    @Test
    void thoughtOfTheAnswerIsCountedFromItsMarkOn() {
        Guide guide = guide(2, OPEN);
        accept(guide, 3, OPEN, 1, 1);
        forced(guide, CLOSE);
        accept(guide, 1, 1, 1);
    }

    @Test
    void whatReadsLikeAThoughtWithinAnAnswerIsNone() {
        Guide guide = guide(1, OPEN);
        accept(guide, 1, 2, 3, 4, 5, 6, OPEN, 1, 1, 1, 1);
        assertEquals(Guide.Progress.OPEN, guide.progress());
    }

    /** A guide that says what the test tells it to. */
    private static final class Told implements Guide {

        private long[] words = ANY;
        private int[] forced = NO_TOKENS;
        private final List<Integer> accepted = new ArrayList<>();

        @Override
        public void accept(int token) {
            accepted.add(token);
        }

        @Override
        public long[] words() {
            return words;
        }

        @Override
        public void settle() {}

        @Override
        public Progress progress() {
            return Progress.OPEN;
        }

        @Override
        public int[] takeForced() {
            return forced;
        }

        @Override
        public boolean willCall() {
            return false;
        }

        @Override
        public Optional<QuireException> failure() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    @Test
    void endOfAThoughtWaitsForTheOtherGuideAsEveryTokenDoes() {
        Told beyond = new Told();
        Guide guide = new ThoughtGuide(new ThoughtLimit(1, new int[0], CLOSE), 130, beyond);
        accept(guide, 5);
        beyond.words = TokenMask.NOT_READY;
        assertSame(TokenMask.NOT_READY, guide.words());
        beyond.words = TokenMask.ANY;
        forced(guide, CLOSE);
        assertEquals(List.of(5, 70, 71, 70, 72), beyond.accepted);
    }

    @Test
    void endThatTheOtherGuideDoesNotAllowComesAsSoonAsItDoes() {
        Told beyond = new Told();
        Guide guide = new ThoughtGuide(new ThoughtLimit(0, new int[0], CLOSE), 130, beyond);
        beyond.words = new long[] {-1, ~(1L << 70), -1};
        assertSame(beyond.words, guide.words());
        guide.accept(69);
        beyond.words = new long[] {0, 1L << 70, 0};
        forced(guide, 70);
    }

    @Test
    void whatTheOtherGuideForcesCounts() {
        Told beyond = new Told();
        beyond.forced = new int[] {8, 9};
        Guide guide =
                new ThoughtGuide(new ThoughtLimit(1, new int[] {OPEN, 8, 9}, CLOSE), 130, beyond);
        accept(guide, OPEN);
        assertArrayEquals(new int[] {8, 9}, guide.takeForced());
        accept(guide, 1);
        forced(guide, 70);
        beyond.forced = new int[] {71, 70};
        assertArrayEquals(new int[] {71, 70}, guide.takeForced());
        forced(guide, 72);
        accept(guide, 1, 1, 1);
    }
}
