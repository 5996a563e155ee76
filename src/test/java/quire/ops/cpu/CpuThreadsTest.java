package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The workers: they sleep when idle, end with the backend and lose no job. */
final class CpuThreadsTest {

    private static final Path TASKS = Path.of("/proc/self/task");

    private static List<Path> workers() throws IOException {
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return tasks.filter(CpuThreadsTest::isWorker).toList();
        }
    }

    private static boolean isWorker(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip().equals("quire-worker");
        } catch (IOException e) {
            // The thread ended between the listing and the reading.
            return false;
        }
    }

    /** Times that a thread was put on a CPU, of its own will or not. */
    private static long switches(Path task) throws IOException {
        return Files.readAllLines(task.resolve("status")).stream()
                .filter(line -> line.contains("ctxt_switches"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                .sum();
    }

    @Test
    void idleWorkersSleepAndEndWithTheBackend() throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(TASKS), "needs /proc");
        int before = workers().size();
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 4)) {
            assertEquals(before + 3, workers().size());
            work(ops);
            // A sleeping thread is in state S and is never switched to; a spinning one is running
            // or, when preempted, runnable. A busy machine may let a worker begin or spin late, so
            // one rest is asked for, soon.
            for (Path worker : workers()) {
                int looks = 0;
                while (!rests(worker)) {
                    assertTrue(++looks < 100, "an idle worker was woken again and again");
                }
            }
        }
        assertEquals(before, workers().size());
    }

    private static boolean rests(Path worker) throws IOException, InterruptedException {
        long switches = switches(worker);
        Thread.sleep(20);
        return Files.readString(worker.resolve("stat")).contains(") S ")
                && switches == switches(worker);
    }

    private static Tensor stored(int width) {
        long bytes = DType.F32.rowBytes(width) * width;
        return new Tensor(DType.F32, width, width, Arena.ofAuto().allocate(bytes));
    }

    private static void work(Ops ops) {
        Tensor weight = stored(512);
        Matrix x = ops.allocate(DType.F32, 16, 512);
        Matrix out = ops.allocate(DType.F32, 16, 512);
        ops.linear(out, x, ops.placeLinear(List.of(new LinearPart(weight, Optional.empty()))), 16);
    }

    @Test
    void manyShortJobsOnMoreThreadsThanCoresAllFinish() {
        int width = 256;
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 7)) {
            Tensor weight = stored(width);
            Matrix x = ops.allocate(DType.F32, 1, width);
            Matrix out = ops.allocate(DType.F32, 1, width);
            for (int i = 0; i < width; i++) {
                weight.data().setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * width + i, 1f);
            }
            Linear identity = ops.placeLinear(List.of(new LinearPart(weight, Optional.empty())));
            float[] expected = new float[width];
            for (int job = 0; job < 3000; job++) {
                int at = job % width;
                float[] row = new float[width];
                row[at] = job;
                ops.upload(x, 0, new Tensor(DType.F32, 1, width, MemorySegment.ofArray(row)));
                expected[at] = job;
                ops.linear(out, x, identity, 1);
                assertArrayEquals(
                        expected, ops.host(out, 1).data().toArray(ValueLayout.JAVA_FLOAT));
                expected[at] = 0;
            }
        }
    }
}
