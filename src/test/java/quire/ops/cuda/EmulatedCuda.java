package quire.ops.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import quire.Outside;
import quire.ops.cuda.driver.CudaDriver;
import quire.ops.cuda.driver.Device;

/**
 * The CUDA driver that interprets kernels on this machine's processor, for tests. A process has one
 * driver, whose faults last as long as the process: a test that provokes one, or that sets what the
 * driver reads from its environment, runs in a process of its own.
 */
public final class EmulatedCuda {
    private static final int LIMIT_SECONDS = 300;

    /** How a process of its own ended, and all that it printed. */
    public record Ended(int exitCode, String output) {}

    private EmulatedCuda() {}

    /** The card in this process, or a test that is skipped. */
    public static Device device() {
        return device(Outside.CUDA_EMULATOR.path());
    }

    /** The card that the driver in that file shows. */
    public static Device device(Path library) {
        return switch (CudaDriver.load(library)) {
            case CudaDriver.Loaded loaded -> loaded.devices().getFirst();
            case CudaDriver.Refused no -> throw new AssertionError(no.reason());
        };
    }

    /**
     * Runs the {@code main} of a class in a process of its own, with the class path of the tests.
     *
     * @param environment variables beside those of this process
     */
    public static Ended inProcessOfItsOwn(
            Class<?> program, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx512m",
                                program.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        Thread watchdog =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                                            process.destroyForcibly();
                                        }
                                    } catch (InterruptedException ended) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        watchdog.interrupt();
        return new Ended(code, output);
    }
}
