package quire.kvcache;

import java.util.BitSet;
import quire.sequence.BlockTable;

/**
 * The blocks that changed hands since somebody looked. They are noted for one watcher at a time, by
 * a bit each, and for nobody as long as nobody watches. For the block manager's owner.
 */
public final class ChangedBlocks {

    private static final Object NOBODY = new Object();

    private final BitSet changed = new BitSet();
    private Object watcher = NOBODY;

    /**
     * Notes for this watcher from now on; one for whom it did before has to begin again.
     *
     * @return false, with nothing changed, where it does already
     */
    public boolean begin(Object newWatcher) {
        if (watcher == newWatcher) {
            return false;
        }
        watcher = newWatcher;
        changed.clear();
        return true;
    }

    /** Notes no more, if it is for this watcher. */
    public void end(Object oldWatcher) {
        if (watcher == oldWatcher) {
            watcher = NOBODY;
        }
    }

    /** Blocks that changed hands since the last call, ascending. */
    public int[] take() {
        int[] blocks = new int[changed.cardinality()];
        int block = -1;
        for (int i = 0; i < blocks.length; i++) {
            block = changed.nextSetBit(block + 1);
            blocks[i] = block;
        }
        changed.clear();
        return blocks;
    }

    void note(int block) {
        if (watcher != NOBODY) {
            changed.set(block);
        }
    }

    /** Notes the blocks of one who keeps them for now, but runs no more. */
    public void note(BlockTable table) {
        for (int i = 0; watcher != NOBODY && i < table.size(); i++) {
            changed.set(table.id(i));
        }
    }
}
