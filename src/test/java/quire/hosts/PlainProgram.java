package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Builds plain Java programs with Quire in them, and runs them. */
final class PlainProgram {

    static final String VERSION = System.getProperty("quire.version");

    private static final Path REPOSITORY = Path.of("target/hosts/repository").toAbsolutePath();

    /** What a process wrote, once it has ended well. */
    record Ended(List<String> output, List<String> errors) {}

    private PlainProgram() {}

    /**
     * Compiles a project of {@code src/test/hosts} afresh. Maven takes Quire from the repository
     * below target and writes to that alone; what it only reads lies in the user's.
     */
    static void build(String name, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "mvnw", "--batch-mode", "--quiet"));
        command.addAll(
                List.of(
                        "-f",
                        "src/test/hosts/" + name + "/pom.xml",
                        "-Dmaven.repo.local=" + REPOSITORY,
                        "-Dmaven.repo.local.tail=" + System.getProperty("quire.maven.repository"),
                        "-Dquire.version=" + VERSION));
        command.addAll(List.of(options));
        command.addAll(List.of("clean", "compile"));
        Ended maven = run(Map.of("JAVA_HOME", System.getProperty("java.home")), command);
        assertEquals(List.of(), maven.output());
    }

    /** Runs a Java program. */
    static Ended java(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx1g",
                                "-Djava.util.logging.SimpleFormatter.format=%3$s %4$s %5$s%n"));
        command.addAll(List.of(arguments));
        return run(environment, command);
    }

    static String classPath(List<Path> jars, Path... others) {
        return Stream.concat(jars.stream(), Stream.of(others))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    static List<Path> jars(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static Ended run(Map<String, String> environment, List<String> command)
            throws Exception {
        Path errors = Files.createTempFile("quire-host-", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            List<String> output = process.inputReader(StandardCharsets.UTF_8).lines().toList();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES), () -> "it does not end: " + command);
            Ended ended = new Ended(output, Files.readAllLines(errors));
            assertEquals(0, process.exitValue(), () -> command + " failed: " + ended);
            return ended;
        } finally {
            Files.delete(errors);
        }
    }
}
