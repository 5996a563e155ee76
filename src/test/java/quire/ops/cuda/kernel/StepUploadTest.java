package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.emulator.Emulator;

/** A batch is filled anew while the card has not yet begun what it was told before. */
class StepUploadTest {

    private static final BatchLimits LIMITS = new BatchLimits(1, 1, 1, 16);

    @Test
    void aStepThatIsToldLaterChangesNothingOfTheOneBefore() {
        try (Emulator emulator = new Emulator();
                KernelBench bench = new KernelBench(NumberFormat.BF16, 1)) {
            emulator.set("STREAMS", "lazy");
            DeviceBuffer whole = new DeviceBuffer(bench.context, StepMemory.bytes(LIMITS));
            StepMemory memory = new StepMemory(LIMITS, whole);
            DeviceBuffer id = whole.slice(memory.ids() - whole.address(), Integer.BYTES);
            DeviceBuffer seen = new DeviceBuffer(bench.context, 3L * Integer.BYTES);
            BeginStepKernel kernel = new BeginStepKernel(bench.source, memory);
            DeviceBatch batch = new DeviceBatch(bench.context, memory);
            for (int step = 0; step < 3; step++) {
                batch.host().clear();
                batch.host().startSequence(0, new int[] {0}, 1);
                batch.host().addToken(7 + step);
                batch.host().endSequence();
                batch.measure();
                batch.tell(KernelBench.LIMIT, 0);
                batch.upload(bench.stream);
                kernel.run(1);
                memory.isTold();
                bench.stream.copy(
                        id, seen.slice((long) step * Integer.BYTES, Integer.BYTES), Integer.BYTES);
            }
            int[] ids = new int[3];
            bench.stream.read(seen, MemorySegment.ofArray(ids));
            assertArrayEquals(new int[] {7, 8, 9}, ids);
        }
    }
}
