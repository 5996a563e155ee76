package quire.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class RowWorkersTest {

    private static final int MAX_ROWS = 40;
    private static final int MAX_THREADS = 4;

    @Test
    void everyRowOfEveryJobIsDoneOnceAndSeenByTheCaller() {
        int[] done = new int[MAX_ROWS];
        AtomicIntegerArray busy = new AtomicIntegerArray(MAX_THREADS);
        try (RowWorkers workers =
                new RowWorkers(
                        MAX_THREADS,
                        (row, worker) -> {
                            assertEquals(1, busy.incrementAndGet(worker), "two of one number");
                            done[row]++;
                            busy.decrementAndGet(worker);
                        })) {
            Random random = new Random(3);
            for (int job = 0; job < 20_000; job++) {
                Arrays.fill(done, 0);
                int rows = random.nextInt(MAX_ROWS + 1);
                workers.run(rows, 1 + random.nextInt(MAX_THREADS));
                int[] expected = new int[MAX_ROWS];
                Arrays.fill(expected, 0, rows, 1);
                assertArrayEquals(expected, done, "job " + job);
            }
        }
    }

    @Test
    void whatATaskThrowsReachesTheCallerAndTheNextJobRuns() {
        int[] done = new int[MAX_ROWS];
        try (RowWorkers workers =
                new RowWorkers(
                        2,
                        (row, worker) -> {
                            done[row]++;
                            if (row == 13 && done[row] == 1) {
                                throw new IllegalStateException("planted");
                            }
                        })) {
            assertThrows(IllegalStateException.class, () -> workers.run(MAX_ROWS, 2));
            Arrays.fill(done, 1);
            workers.run(MAX_ROWS, 2);
            assertEquals(2 * MAX_ROWS, Arrays.stream(done).sum());
        }
    }
}
