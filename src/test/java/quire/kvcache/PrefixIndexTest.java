package quire.kvcache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixIndexTest {

    @Test
    void blockIsFoundByItsTokensAndItsParent() {
        PrefixIndex index = new PrefixIndex(4, 2);
        int[] tokens = {1, 2, 3, 4};
        long first = index.add(3, 0, tokens, 0);
        long second = index.add(1, first, tokens, 2);
        assertEquals(3, index.find(0, tokens, 0));
        assertEquals(1, index.find(first, tokens, 2));
        assertEquals(-1, index.find(second, tokens, 2), "another parent");
        assertEquals(-1, index.find(0, tokens, 2), "another parent");
        assertEquals(-1, index.find(0, new int[] {1, 3}, 0), "other tokens");
        assertEquals(2, index.size());
    }

    @Test
    void removedBlockIsNotFoundAndItsIdIsNeverUsedAgain() {
        PrefixIndex index = new PrefixIndex(4, 2);
        int[] tokens = {1, 2};
        long first = index.add(3, 0, tokens, 0);
        index.remove(3);
        assertFalse(index.contains(3));
        assertEquals(-1, index.find(0, tokens, 0));
        index.remove(3);
        assertEquals(0, index.size());
        assertNotEquals(first, index.add(3, 0, tokens, 0));
    }

    @Test
    void behavesLikeAMapEvenWhenBucketsAreCrowded() {
        for (int seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            int numBlocks = 1 + random.nextInt(40);
            int blockSize = 1 + random.nextInt(3);
            PrefixIndex index = new PrefixIndex(numBlocks, blockSize);
            Map<List<Long>, Integer> model = new HashMap<>();
            Map<Integer, List<Long>> keyOfBlock = new HashMap<>();
            for (int i = 0; i < 3000; i++) {
                int[] tokens = random.ints(blockSize, 0, 4).toArray();
                long parent = random.nextInt(6) - 1;
                List<Long> key =
                        IntStream.range(-1, blockSize)
                                .mapToObj(t -> t < 0 ? parent : (long) tokens[t])
                                .toList();
                int block = random.nextInt(numBlocks);
                assertEquals(
                        model.getOrDefault(key, -1), index.find(parent, tokens, 0), "seed " + seed);
                if (keyOfBlock.containsKey(block)) {
                    model.remove(keyOfBlock.remove(block));
                    index.remove(block);
                } else if (!model.containsKey(key)) {
                    model.put(key, block);
                    keyOfBlock.put(block, key);
                    index.add(block, parent, tokens, 0);
                    assertTrue(index.contains(block));
                }
                assertEquals(model.size(), index.size(), "seed " + seed);
            }
        }
    }
}
