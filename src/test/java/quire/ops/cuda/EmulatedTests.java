package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import quire.JavaProcess;
import quire.Outside;

/** Classes of tests, run in a process of their own on an emulated card with other settings. */
public final class EmulatedTests {

    private EmulatedTests() {}

    /**
     * @param settings variables that the emulated driver reads
     */
    public static void assertPass(List<Class<?>> tests, Map<String, String> settings)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>();
        arguments.add(Outside.CUDA_EMULATOR.path().toAbsolutePath().toString());
        tests.forEach(one -> arguments.add(one.getName()));
        JavaProcess.Ended ended =
                JavaProcess.of(EmulatedTests.class)
                        .environment(settings)
                        .run(arguments.toArray(String[]::new));
        assertEquals(0, ended.exitCode(), () -> settings + "\n" + ended.output());
    }

    /** Runs the tests of the classes that all arguments but the first name, on its driver. */
    public static void main(String[] arguments) {
        System.setProperty("quire.cuda.emulator", arguments[0]);
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(
                                        Arrays.stream(arguments)
                                                .skip(1)
                                                .map(DiscoverySelectors::selectClass)
                                                .toList())
                                .build(),
                        listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true));
        boolean right = summary.getTestsFailedCount() == 0 && summary.getTestsSucceededCount() > 0;
        System.exit(right ? 0 : 1);
    }
}
