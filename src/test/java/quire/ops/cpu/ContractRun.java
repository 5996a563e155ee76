package quire.ops.cpu;

import java.io.PrintWriter;
import java.util.List;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * A program that runs what the kernels promise on every tier, for a JVM that a sanitizer watches:
 * the build's own test process starts others, which do not survive it. See {@code .ci/sanitize}.
 */
final class ContractRun {

    private static final List<Class<?>> TESTS =
            List.of(
                    BoundaryTest.class,
                    PortableContractTest.class,
                    Avx2ContractTest.class,
                    Avx512ContractTest.class,
                    AmxContractTest.class,
                    CpuAttentionTest.class,
                    CpuThreadsTest.class,
                    KernelChoiceTest.class);

    private ContractRun() {}

    public static void main(String[] arguments) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(TESTS.stream().map(DiscoverySelectors::selectClass).toList())
                        .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true));
        System.out.printf(
                "%d tests passed, %d were skipped, %d failed%n",
                summary.getTestsSucceededCount(),
                summary.getTestsAbortedCount() + summary.getTestsSkippedCount(),
                summary.getTestsFailedCount());
        System.exit(
                summary.getTestsFailedCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
