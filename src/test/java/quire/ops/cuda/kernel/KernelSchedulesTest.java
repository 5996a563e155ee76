package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import quire.Outside;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.EmulatedCuda.Ended;

/**
 * Kernels are right in whatever order their blocks and warps run, whenever their copies land, and
 * however a tensor core rounds: what {@link KernelEdgesTest} asks, asked again where the emulated
 * card goes about it otherwise; and what {@link StepMemoryTest} asks.
 */
class KernelSchedulesTest {

    /** Runs the tests of the edges on the emulated card that the first argument names. */
    static final class Edges {
        public static void main(String[] arguments) {
            System.setProperty("quire.cuda.emulator", arguments[0]);
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(
                                            DiscoverySelectors.selectClass(KernelEdgesTest.class),
                                            DiscoverySelectors.selectClass(StepMemoryTest.class))
                                    .build(),
                            listener);
            TestExecutionSummary summary = listener.getSummary();
            summary.printFailuresTo(new PrintWriter(System.out, true));
            boolean right =
                    summary.getTestsFailedCount() == 0 && summary.getTestsSucceededCount() > 0;
            System.exit(right ? 0 : 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"reverse, pairs, 0, now", "3, card, 0, now", "4, card, 1, late"})
    void theEdgesHoldInEachScheduleAndRounding(
            String schedule, String sums, String races, String stores) throws Exception {
        Ended ended =
                EmulatedCuda.inProcessOfItsOwn(
                        Edges.class,
                        Map.of(
                                "QUIRE_EMULATOR_SCHEDULE", schedule,
                                "QUIRE_EMULATOR_SUMS", sums,
                                "QUIRE_EMULATOR_RACES", races,
                                "QUIRE_EMULATOR_STORES", stores),
                        Outside.CUDA_EMULATOR.path().toAbsolutePath().toString());
        assertEquals(0, ended.exitCode(), ended.output());
    }
}
