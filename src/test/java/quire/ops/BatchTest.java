package quire.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What a batch takes in is sound, so that no operation needs to look at it again. */
class BatchTest {

    private static final BatchLimits LIMITS = new BatchLimits(40, 2, 3, 8);

    private final Batch batch =
            new Batch(LIMITS, MemorySegment.ofArray(new int[(int) Batch.bytes(LIMITS) / 4]));

    @Test
    void theGreatestBlockAndPositionAreThoseOfAllItsSequences() {
        batch.clear();
        assertEquals(-1, batch.greatestBlock());
        assertEquals(-1, batch.greatestPosition());
        batch.startSequence(7, new int[] {5, 9, 100}, 2);
        batch.addToken(1);
        batch.addToken(1);
        batch.endSequence();
        batch.startSequence(0, new int[] {3}, 1);
        batch.addToken(1);
        batch.endSequence();
        assertEquals(9, batch.greatestBlock());
        assertEquals(8, batch.greatestPosition());
        batch.clear();
        batch.startSequence(0, new int[] {4}, 1);
        batch.addToken(1);
        batch.endSequence();
        assertEquals(4, batch.greatestBlock());
        assertEquals(0, batch.greatestPosition());
    }

    @Test
    void aTokenNeedsABlockAndNothingIsNegative() {
        batch.clear();
        int[] negative = {2, -1};
        assertThrows(IllegalArgumentException.class, () -> batch.startSequence(0, negative, 2));
        assertThrows(
                IllegalArgumentException.class, () -> batch.startSequence(-1, new int[] {0}, 1));
        batch.startSequence(7, new int[] {0, 1}, 1);
        batch.addToken(1);
        assertThrows(IllegalStateException.class, () -> batch.addToken(1));
    }
}
