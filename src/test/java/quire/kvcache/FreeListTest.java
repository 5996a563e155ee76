package quire.kvcache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FreeListTest {

    @Test
    void freshListGivesTheLowestBlockFirst() {
        FreeList free = new FreeList(3);
        assertEquals(0, free.removeFirst());
        assertEquals(1, free.removeFirst());
        assertEquals(2, free.removeFirst());
        assertThrows(IllegalStateException.class, free::removeFirst);
    }

    @Test
    void behavesLikeAListUnderRandomUse() {
        for (int seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            int numBlocks = 1 + random.nextInt(20);
            FreeList free = new FreeList(numBlocks);
            List<Integer> model = new ArrayList<>();
            List<Integer> taken = new ArrayList<>();
            for (int block = 0; block < numBlocks; block++) {
                model.add(block);
            }
            for (int i = 0; i < 2000; i++) {
                use(random, free, model, taken);
                assertEquals(model.size(), free.size(), "seed " + seed);
            }
            for (int block : model) {
                assertEquals(block, free.removeFirst(), "seed " + seed);
            }
        }
    }

    private static void use(
            Random random, FreeList free, List<Integer> model, List<Integer> taken) {
        if (!model.isEmpty() && random.nextBoolean()) {
            int block = model.get(random.nextInt(model.size()));
            if (random.nextBoolean()) {
                block = model.getFirst();
                assertEquals(block, free.removeFirst());
            } else {
                free.remove(block);
            }
            model.remove(Integer.valueOf(block));
            taken.add(block);
        } else if (!taken.isEmpty()) {
            int block = taken.remove(random.nextInt(taken.size()));
            if (random.nextBoolean()) {
                free.addFirst(block);
                model.addFirst(block);
            } else {
                free.addLast(block);
                model.addLast(block);
            }
        }
    }
}
