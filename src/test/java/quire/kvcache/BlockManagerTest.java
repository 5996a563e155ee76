package quire.kvcache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.Sequence;

class BlockManagerTest {

    private static final int BLOCK = 4;

    private static Sequence sequence(Optional<String> salt, int... prompt) {
        SamplingRule sampling = new SamplingRule(SamplingParams.greedy(100), EosTokens.of(), 0, 0);
        return new Sequence(0, prompt, sampling, salt, 0);
    }

    private static Sequence sequence(int... prompt) {
        return sequence(Optional.empty(), prompt);
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).toArray();
    }

    private static BlockManager pool(int numBlocks) {
        return new BlockManager(numBlocks, BLOCK, true);
    }

    /** Admits a sequence with all its tokens and says how many were found. */
    private static int admit(BlockManager blocks, Sequence sequence) {
        int found = blocks.findPrefix(sequence);
        assertTrue(blocks.admit(sequence, sequence.numTokens()));
        blocks.register(sequence, sequence.numTokens());
        return found;
    }

    @Test
    void blocksAreHandedOutOnDemand() {
        BlockManager blocks = pool(4);
        Sequence a = sequence(tokens(4));
        admit(blocks, a);
        assertEquals(1, a.blockTable().size());
        assertTrue(blocks.grow(a, 4));
        assertEquals(1, a.blockTable().size());
        assertTrue(blocks.grow(a, 5));
        assertEquals(2, a.blockTable().size());
        assertEquals(2, blocks.numFreeBlocks());
        assertEquals(0.5, blocks.usage());
    }

    @Test
    void aSequenceWithBlocksHasASlotOfItsOwn() {
        BlockManager blocks = pool(8);
        Sequence a = sequence(tokens(4));
        Sequence b = sequence(tokens(5));
        Sequence c = sequence(tokens(6));
        assertEquals(-1, a.blockTable().slot());
        admit(blocks, a);
        admit(blocks, b);
        assertEquals(0, a.blockTable().slot());
        assertEquals(1, b.blockTable().slot());
        blocks.release(a);
        assertEquals(-1, a.blockTable().slot());
        admit(blocks, c);
        assertEquals(0, c.blockTable().slot());
        blocks.release(a);
        admit(blocks, a);
        assertEquals(2, a.blockTable().slot());
    }

    @Test
    void whereBlocksAreTooFewNothingChanges() {
        BlockManager blocks = pool(3);
        Sequence a = sequence(tokens(8));
        admit(blocks, a);
        assertFalse(blocks.grow(a, 17));
        assertEquals(2, a.blockTable().size());
        Sequence b = sequence(tokens(16));
        assertEquals(8, blocks.findPrefix(b));
        assertFalse(blocks.admit(b, 16), "two are shared, two are needed, one is free");
        assertEquals(0, b.blockTable().size());
        assertEquals(1, blocks.references(a.blockTable().id(0)));
        assertEquals(1, blocks.numFreeBlocks());
    }

    @Test
    void foundBlocksThatAreFreeDoNotCountAsFreeForTheRest() {
        BlockManager blocks = pool(3);
        Sequence a = sequence(tokens(8));
        admit(blocks, a);
        blocks.release(a);
        Sequence b = sequence(tokens(13));
        assertEquals(8, blocks.findPrefix(b));
        assertFalse(blocks.admit(b, 13), "three are free, of which two are its own prefix");
        assertTrue(blocks.admit(b, 12));
    }

    @Test
    void fullBlocksAreSharedAndFreedWithTheLastHolder() {
        BlockManager blocks = pool(8);
        Sequence a = sequence(tokens(10));
        Sequence b = sequence(tokens(10));
        assertEquals(0, admit(blocks, a));
        assertEquals(8, admit(blocks, b));
        int shared = a.blockTable().id(1);
        assertEquals(shared, b.blockTable().id(1));
        assertNotEquals(
                a.blockTable().id(2), b.blockTable().id(2), "a part-filled block is its own");
        assertEquals(2, blocks.references(shared));
        blocks.release(a);
        assertEquals(1, blocks.references(shared));
        blocks.release(b);
        assertEquals(0, blocks.references(shared));
        assertEquals(8, blocks.numFreeBlocks());
    }

    @Test
    void theLastTokenIsNeverTakenFromTheCache() {
        BlockManager blocks = pool(8);
        admit(blocks, sequence(tokens(8)));
        assertEquals(4, blocks.findPrefix(sequence(tokens(8))));
        assertEquals(8, blocks.findPrefix(sequence(tokens(9))));
        assertEquals(0, blocks.findPrefix(sequence(tokens(4))));
        assertEquals(4, blocks.findPrefix(sequence(tokens(5))));
    }

    @Test
    void sameTokensAfterAnotherBeginningAreNotShared() {
        BlockManager blocks = pool(8);
        admit(blocks, sequence(1, 2, 3, 4, 5, 6, 7, 8, 9));
        assertEquals(0, blocks.findPrefix(sequence(5, 6, 7, 8, 9)));
        assertEquals(4, blocks.findPrefix(sequence(1, 2, 3, 4, 5, 6, 7, 0, 9)));
    }

    @Test
    void saltsKeepPrefixesApart() {
        BlockManager blocks = pool(9);
        admit(blocks, sequence(Optional.of("a"), tokens(9)));
        assertEquals(0, blocks.findPrefix(sequence(tokens(9))));
        assertEquals(0, blocks.findPrefix(sequence(Optional.of("b"), tokens(9))));
        assertEquals(8, blocks.findPrefix(sequence(Optional.of("a"), tokens(9))));
    }

    @Test
    void withoutPrefixCachingNothingIsFoundOrCounted() {
        BlockManager blocks = new BlockManager(8, BLOCK, false);
        admit(blocks, sequence(tokens(9)));
        assertEquals(0, admit(blocks, sequence(tokens(9))));
        assertEquals(0, blocks.prefixQueries());
        assertFalse(blocks.isFindable(0));
        blocks.forget(sequence(tokens(9)), 0);
    }

    @Test
    void freedBlocksStayFindableUntilTheyAreReusedLastOnesFirst() {
        BlockManager blocks = pool(4);
        Sequence a = sequence(tokens(16));
        admit(blocks, a);
        blocks.release(a);
        Sequence other = sequence(91, 92);
        admit(blocks, other);
        assertEquals(12, blocks.findPrefix(sequence(tokens(17))));
        assertTrue(blocks.grow(other, 5));
        assertEquals(8, blocks.findPrefix(sequence(tokens(17))));
    }

    @Test
    void leastRecentlyFreedPrefixIsReusedFirst() {
        BlockManager blocks = pool(2);
        Sequence a = sequence(1, 1, 1, 1);
        Sequence b = sequence(2, 2, 2, 2);
        admit(blocks, a);
        admit(blocks, b);
        blocks.release(b);
        blocks.release(a);
        admit(blocks, sequence(3));
        assertEquals(0, blocks.findPrefix(sequence(2, 2, 2, 2, 2)));
        assertEquals(4, blocks.findPrefix(sequence(1, 1, 1, 1, 1)));
    }

    @Test
    void blocksThatNobodyCanFindAreReusedFirst() {
        BlockManager blocks = pool(3);
        Sequence a = sequence(1, 1, 1, 1);
        Sequence b = sequence(2, 2);
        admit(blocks, a);
        admit(blocks, b);
        blocks.release(a);
        blocks.release(b);
        admit(blocks, sequence(tokens(7)));
        assertEquals(4, blocks.findPrefix(sequence(1, 1, 1, 1, 1)));
    }

    @Test
    void secondCopyOfABlockContinuesTheChainOfTheFirst() {
        BlockManager blocks = pool(8);
        Sequence a = sequence(tokens(4));
        Sequence b = sequence(tokens(4));
        admit(blocks, a);
        assertEquals(0, admit(blocks, b), "its last token is computed anew");
        assertNotEquals(a.blockTable().id(0), b.blockTable().id(0));
        assertTrue(blocks.isFindable(a.blockTable().id(0)));
        assertFalse(blocks.isFindable(b.blockTable().id(0)));
        for (int token = 4; token < 8; token++) {
            b.appendToken(token);
        }
        assertTrue(blocks.grow(b, 8));
        blocks.register(b, 8);
        assertEquals(8, blocks.findPrefix(sequence(tokens(9))), "one block of each");
    }

    @Test
    void onlyFullBlocksAreRegistered() {
        BlockManager blocks = pool(8);
        Sequence a = sequence(tokens(9));
        assertEquals(0, blocks.findPrefix(a));
        assertTrue(blocks.admit(a, 9));
        blocks.register(a, 7);
        assertEquals(1, a.blockTable().numRegistered());
        assertEquals(4, blocks.findPrefix(sequence(tokens(9))));
        blocks.register(a, 8);
        assertEquals(8, blocks.findPrefix(sequence(tokens(9))));
    }

    @Test
    void forgottenBlocksAreNotFoundButEarlierOnesAre() {
        BlockManager blocks = pool(8);
        Sequence a = sequence(tokens(12));
        admit(blocks, a);
        blocks.forget(a, 4);
        assertEquals(4, blocks.findPrefix(sequence(tokens(13))));
    }

    @Test
    void queriesAndHitsCountTokensOfAdmittedSequences() {
        BlockManager blocks = pool(4);
        admit(blocks, sequence(tokens(9)));
        admit(blocks, sequence(tokens(10)));
        assertEquals(19, blocks.prefixQueries());
        assertEquals(8, blocks.prefixHits());
        Sequence tooLong = sequence(tokens(20));
        blocks.findPrefix(tooLong);
        assertFalse(blocks.admit(tooLong, 20));
        assertEquals(19, blocks.prefixQueries());
    }

    @Test
    void poolOfNothingIsADefect() {
        assertThrows(IllegalArgumentException.class, () -> new BlockManager(0, 4, true));
        assertThrows(IllegalArgumentException.class, () -> new BlockManager(4, 0, true));
        assertEquals(1, new BlockManager(1, 1, true).capacity());
    }
}
