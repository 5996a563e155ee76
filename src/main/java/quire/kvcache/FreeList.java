package quire.kvcache;

/**
 * The free blocks in the order of their reuse: a doubly linked list inside two arrays, so that any
 * block can be taken out in constant time and nothing is allocated.
 */
final class FreeList {

    private final int[] next;
    private final int[] previous;
    private final int sentinel;
    private int size;

    /** All of {@code numBlocks} blocks are free, the lowest is used first. */
    FreeList(int numBlocks) {
        sentinel = numBlocks;
        next = new int[numBlocks + 1];
        previous = new int[numBlocks + 1];
        next[sentinel] = sentinel;
        previous[sentinel] = sentinel;
        for (int block = 0; block < numBlocks; block++) {
            addLast(block);
        }
    }

    /** Number of free blocks. */
    int size() {
        return size;
    }

    /** Takes the block that is to be reused first; the list must not be empty. */
    int removeFirst() {
        int block = next[sentinel];
        if (block == sentinel) {
            throw new IllegalStateException("no free block");
        }
        remove(block);
        return block;
    }

    /** Takes a certain block, which must be in the list. */
    void remove(int block) {
        next[previous[block]] = next[block];
        previous[next[block]] = previous[block];
        size--;
    }

    /** The block is reused before all others. */
    void addFirst(int block) {
        insertAfter(sentinel, block);
    }

    /** The block is reused after all others. */
    void addLast(int block) {
        insertAfter(previous[sentinel], block);
    }

    private void insertAfter(int place, int block) {
        previous[block] = place;
        next[block] = next[place];
        previous[next[place]] = block;
        next[place] = block;
        size++;
    }
}
