package quire.ops.cuda.kernel;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.ops.cuda.EmulatedTests;

/**
 * Kernels are right in whatever order their blocks and warps run, whenever their copies land, and
 * however a tensor core rounds: what {@link KernelEdgesTest} and {@link StepMemoryTest} ask, asked
 * again where the emulated card goes about it otherwise.
 */
class KernelSchedulesTest {

    @ParameterizedTest
    @CsvSource({"reverse, pairs, 0, now", "3, card, 0, now", "4, card, 1, late"})
    void theEdgesHoldInEachScheduleAndRounding(
            String schedule, String sums, String races, String stores) throws Exception {
        EmulatedTests.assertPass(
                List.of(KernelEdgesTest.class, StepMemoryTest.class),
                Map.of(
                        "QUIRE_EMULATOR_SCHEDULE", schedule,
                        "QUIRE_EMULATOR_SUMS", sums,
                        "QUIRE_EMULATOR_RACES", races,
                        "QUIRE_EMULATOR_STORES", stores));
    }
}
