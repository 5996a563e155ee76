package quire.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.error.InvalidRequestException;

/** What requests do to logits before a token is chosen, and in which order. */
class LogitChangeTest {

    private static final float NONE = Float.NEGATIVE_INFINITY;

    private static SamplingParamsBuilder greedy() {
        return SamplingParams.builder().maxTokens(1000).temperature(0);
    }

    private static SamplingState state(
            SamplingParamsBuilder params, BadWords words, int[] ending, int... output) {
        SamplingState state = new SamplingState();
        int[] tokens = new int[1 + output.length];
        System.arraycopy(output, 0, tokens, 1, output.length);
        SamplingRule rule = new SamplingRule(params.build(), words, EosTokens.of(ending), 0, 0);
        state.belongTo(0, rule, tokens, 1, tokens.length);
        return state;
    }

    private static SamplingState state(SamplingParamsBuilder params, int... output) {
        return state(params, BadWords.NONE, new int[0], output);
    }

    private static float[] changed(SamplingState state, float... logits) {
        LogitRow row = new LogitRow(logits.length);
        row.load(MemorySegment.ofArray(logits), 0);
        state.change(row);
        return Arrays.copyOf(row.values(), row.size());
    }

    @Test
    void biasIsAddedAndTokensOfNoVocabularyArePassedOver() {
        SamplingState state = state(greedy().logitBias(Map.of(0, 2.5, 2, -100.0, 99, 1.0)));
        assertArrayEquals(new float[] {3.5f, 1, -99}, changed(state, 1, 1, 1));
        assertTrue(state.needsLogits());
        float[] odd = changed(state, Float.NaN, 0, NONE);
        assertTrue(Float.isNaN(odd[0]));
        assertEquals(NONE, odd[2]);
    }

    @Test
    void allowedTokensAreAllThatIsLeft() {
        SamplingState state = state(greedy().allowedTokenIds(List.of(1, 64, 1, 130)));
        float[] logits = new float[150];
        float[] left = changed(state, logits);
        for (int id = 0; id < left.length; id++) {
            assertEquals(id == 1 || id == 64 || id == 130 ? 0 : NONE, left[id], "token " + id);
        }
        assertTrue(state.needsLogits());
    }

    @Test
    void aBadWordsLastTokenIsOutWhereTheRestWasJustSaid() {
        BadWords words = BadWords.of(List.of(new int[] {4}, new int[] {1, 2}, new int[] {1, 1, 3}));
        int[] none = {};
        float[] row = {0, 0, 0, 0, 0};
        assertArrayEquals(
                new float[] {0, 0, 0, 0, NONE}, changed(state(greedy(), words, none), row));
        assertArrayEquals(
                new float[] {0, 0, NONE, 0, NONE}, changed(state(greedy(), words, none, 1), row));
        assertArrayEquals(
                new float[] {0, 0, NONE, NONE, NONE},
                changed(state(greedy(), words, none, 0, 1, 1), row));
        assertArrayEquals(
                new float[] {0, 0, 0, 0, NONE},
                changed(state(greedy(), words, none, 1, 1, 0), row));
    }

    /** The prompt's end is no part of what was said. */
    @Test
    void aBadWordDoesNotBeginInThePrompt() {
        BadWords words = BadWords.of(List.of(new int[] {0, 1}));
        assertArrayEquals(new float[] {0, 0}, changed(state(greedy(), words, new int[0]), 0, 0));
    }

    @Test
    void greedyNeedsLogitsOnlyWhereABadWordIsDue() {
        BadWords words = BadWords.of(List.of(new int[] {1, 2}));
        SamplingState state = state(greedy(), words, new int[0]);
        assertFalse(state.needsLogits());
        state.addOutput(1);
        assertTrue(state.needsLogits());
        state.addOutput(0);
        assertFalse(state.needsLogits());
    }

    @Test
    void theLongestBadWordIsSeenAmongManyTokens() {
        Random random = new Random(3);
        int[] longest = random.ints(BadWords.MAX_TOKENS, 0, 3).toArray();
        BadWords words = BadWords.of(List.of(longest));
        SamplingState state = state(greedy(), words, new int[0]);
        for (int i = 0; i < 200; i++) {
            state.addOutput(random.nextInt(3));
        }
        int last = longest[longest.length - 1];
        for (int i = 0; i < longest.length - 1; i++) {
            assertEquals(0, changed(state, 0, 0, 0)[last], "after " + i);
            state.addOutput(longest[i]);
        }
        assertEquals(NONE, changed(state, 0, 0, 0)[last]);
    }

    @Test
    void badWordsBeyondTheLimitsAreRefused() {
        BadWords.of(List.of(new int[BadWords.MAX_TOKENS]));
        assertThrows(
                InvalidRequestException.class,
                () -> BadWords.of(List.of(new int[BadWords.MAX_TOKENS + 1])));
        int[] words = new int[BadWords.MAX_ENCODED / 2 - 1];
        BadWords.of(Arrays.stream(words).mapToObj(zero -> new int[1]).toList());
        List<int[]> more =
                Arrays.stream(new int[words.length + 1]).mapToObj(zero -> new int[1]).toList();
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> BadWords.of(more));
        assertEquals("bad_words", refusal.param());
    }

    /** Bias comes before penalties, and lifts nothing that is forbidden. */
    @Test
    void changesComeInTheirOrder() {
        SamplingState state =
                state(
                        greedy().logitBias(Map.of(0, 4.0, 1, 100.0, 2, 100.0, 3, 100.0))
                                .repetitionPenalty(2)
                                .minTokens(9)
                                .allowedTokenIds(List.of(0, 2, 3)),
                        BadWords.of(List.of(new int[] {2})),
                        new int[] {3},
                        0);
        assertArrayEquals(new float[] {1, NONE, NONE, NONE}, changed(state, -2, 0, 0, 0));
    }
}
