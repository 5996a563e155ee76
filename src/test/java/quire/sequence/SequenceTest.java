package quire.sequence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;

class SequenceTest {

    private static SamplingRule sampling(int maxTokens) {
        return new SamplingRule(SamplingParams.greedy(maxTokens), EosTokens.of(), 0, 0);
    }

    private static Sequence sequence(int... prompt) {
        return new Sequence(7, prompt, sampling(1_000_000));
    }

    @Test
    void promptIsCopied() {
        int[] prompt = {1, 2, 3};
        Sequence sequence = sequence(prompt);
        prompt[0] = 9;
        assertEquals(1, sequence.tokenId(0));
        assertEquals(3, sequence.numTokens());
        assertEquals(0, sequence.numOutputTokens());
        assertEquals(SequenceStatus.WAITING, sequence.status());
    }

    @Test
    void emptyPromptIsADefect() {
        assertThrows(IllegalArgumentException.class, () -> sequence());
    }

    @Test
    void outputGrowsAsLongAsItMust() {
        for (int maxTokens : new int[] {1, 255, 256, 257, 5000}) {
            Sequence sequence = new Sequence(7, new int[] {1, 2, 3}, sampling(maxTokens));
            for (int i = 0; i < maxTokens; i++) {
                sequence.appendToken(100 + i);
            }
            int[] output = Arrays.copyOfRange(sequence.tokenIds(), 3, sequence.numTokens());
            assertArrayEquals(IntStream.range(100, 100 + maxTokens).toArray(), output);
        }
    }

    @Test
    void preemptionKeepsTokensAndForgetsWhatIsComputed() {
        Sequence sequence = sequence(1, 2, 3);
        sequence.start(2);
        sequence.advance(3, 0);
        sequence.appendToken(4);
        sequence.preempt();
        assertEquals(SequenceStatus.WAITING, sequence.status());
        assertEquals(4, sequence.numTokens());
        assertEquals(0, sequence.numComputedTokens());
        assertEquals(1, sequence.numPreemptions());
        sequence.start(0);
        assertEquals(2, sequence.numCachedTokens(), "the first admission counts");
    }

    @Test
    void sequenceFinishesOnceWithItsReasons() {
        Sequence sequence = sequence(1);
        assertFalse(sequence.isFinished());
        assertEquals(Optional.empty(), sequence.finishReason());
        sequence.finish(FinishReason.STOP, Optional.of(new StopReason.Token(5)));
        assertTrue(sequence.isFinished());
        assertEquals(Optional.of(FinishReason.STOP), sequence.finishReason());
        assertEquals(Optional.of(new StopReason.Token(5)), sequence.stopReason());
        assertThrows(
                IllegalStateException.class,
                () -> sequence.finish(FinishReason.ABORT, Optional.empty()));
    }

    @Test
    void textOfASequenceHasNoTokens() {
        assertEquals("sequence 7 (WAITING, 2 + 0 tokens)", sequence(123456, 654321).toString());
    }

    @Test
    void saltedChainsBeginApartFromIdsOfBlocks() {
        long plain = sequence(1).blockTable().prefixId();
        long salted =
                new Sequence(1, new int[] {1}, sampling(1), Optional.of("a"), 0)
                        .blockTable()
                        .prefixId();
        long other =
                new Sequence(1, new int[] {1}, sampling(1), Optional.of("b"), 0)
                        .blockTable()
                        .prefixId();
        assertEquals(0, plain);
        assertTrue(salted < 0 && other < 0, "ids of blocks are positive");
        assertNotEquals(salted, other);
    }

    @Test
    void blockTableGrowsAndStartsOver() {
        BlockTable table = sequence(1).blockTable();
        for (int i = 0; i < 100; i++) {
            table.append(3 * i);
        }
        table.register(55);
        assertEquals(100, table.size());
        assertEquals(297, table.id(99));
        assertEquals(297, table.ids()[99]);
        assertEquals(1, table.numRegistered());
        assertEquals(55, table.prefixId());
        table.clear();
        assertEquals(0, table.size());
        assertEquals(0, table.numRegistered());
        assertEquals(0, table.prefixId());
    }

    @Test
    void finishReasonsHaveTheirNamesOnTheWire() {
        assertEquals("stop", FinishReason.STOP.wireName());
        assertEquals("length", FinishReason.LENGTH.wireName());
        assertEquals("abort", FinishReason.ABORT.wireName());
        assertEquals("error", FinishReason.ERROR.wireName());
    }
}
