package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collection;
import quire.kvcache.BlockManager;
import quire.scheduler.Snapshot.Cells;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/** What each block is, put together from what a watcher was told. */
final class Picture {

    private int[] cells = {};

    void take(Cells told) {
        if (told.isWhole()) {
            cells = new int[told.numBlocks()];
        }
        assertEquals(cells.length, told.numBlocks());
        int last = -1;
        for (int i = 0; i < told.blocks().length; i++) {
            assertEquals(Math.max(last, told.blocks()[i] - 1), told.blocks()[i] - 1, "ascending");
            last = told.blocks()[i];
            cells[last] = told.now()[i];
        }
    }

    int[] cells() {
        return cells;
    }

    /** Compares it with what the block manager says of each block by itself. */
    void check(BlockManager blocks, Collection<Sequence> live) {
        int[] expected = new int[blocks.numBlocks()];
        for (int block = 0; block < expected.length; block++) {
            expected[block] =
                    switch (blocks.references(block)) {
                        case 0 -> blocks.isFindable(block) ? Snapshot.CACHED : Snapshot.FREE;
                        case 1 -> Snapshot.LEAVING;
                        default -> Snapshot.SHARED;
                    };
        }
        for (Sequence sequence : live) {
            int size = sequence.blockTable().size();
            for (int i = 0; sequence.status() == SequenceStatus.RUNNING && i < size; i++) {
                int block = sequence.blockTable().id(i);
                if (blocks.references(block) == 1) {
                    expected[block] = Snapshot.FIRST_SLOT + sequence.blockTable().slot();
                }
            }
        }
        assertArrayEquals(expected, cells);
    }
}
