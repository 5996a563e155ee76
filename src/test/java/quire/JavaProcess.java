package quire;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A JVM of its own, for tests of what lasts as long as a process or depends on how it began. */
public final class JavaProcess {

    private static final int LIMIT_SECONDS = 300;

    /** How it ended, and all that it printed. */
    public record Ended(int exitCode, String output) {}

    private final Class<?> program;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> options = new ArrayList<>();
    private List<String> launcher = List.of();
    private String classPath = ofTheTests();

    private JavaProcess(Class<?> program) {
        this.program = program;
    }

    /** Runs the {@code main} of a class, with the class path of the tests. */
    public static JavaProcess of(Class<?> program) {
        return new JavaProcess(program);
    }

    /** The class path of the tests. */
    public static String ofTheTests() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** What of it the engine needs in a plain program. */
    public static List<Path> ofTheEngine() {
        return Stream.of(ofTheTests().split(File.pathSeparator))
                .filter(entry -> entry.matches(".*(target/|/jackson|/djl/|/jcuda|/jspecify).*"))
                .map(Path::of)
                .toList();
    }

    /** Variables beside those of this process. */
    public JavaProcess environment(Map<String, String> variables) {
        environment.putAll(variables);
        return this;
    }

    /** A system property. */
    public JavaProcess property(String name, String value) {
        return option("-D" + name + "=" + value);
    }

    /** Something else that is said to the JVM. */
    public JavaProcess option(String option) {
        options.add(option);
        return this;
    }

    /** A command that gets the one that starts the JVM as its last arguments. */
    public JavaProcess launchedBy(String... command) {
        launcher = List.of(command);
        return this;
    }

    /** Folders and jars in place of the tests' own. */
    public JavaProcess classPath(List<Path> entries) {
        classPath =
                entries.stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator));
        return this;
    }

    /** Runs it to its end, or for {@value #LIMIT_SECONDS} seconds. */
    public Ended run(String... arguments) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command =
                Stream.of(
                                launcher,
                                List.of(
                                        java.toString(),
                                        "-cp",
                                        classPath,
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-XX:TieredStopAtLevel=1",
                                        "-Xmx512m"),
                                options,
                                List.of(program.getName()),
                                Arrays.asList(arguments))
                        .flatMap(List::stream)
                        .toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        Thread watchdog = Thread.ofVirtual().start(() -> endWhenLate(process));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        watchdog.interrupt();
        return new Ended(code, output);
    }

    private static void endWhenLate(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
