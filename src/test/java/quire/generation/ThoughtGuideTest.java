package quire.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
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
}
