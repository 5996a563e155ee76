package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the root folder, copied beside a Maven that only tells what it was asked for. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the scripts are for POSIX shells")
class ScriptsTest {

    @TempDir Path folder;

    private record Run(int status, String output) {}

    @BeforeEach
    void copy() throws IOException {
        Files.createDirectory(folder.resolve(".mvn"));
        for (String name : List.of("mvnw", "quire", ".mvn/find-jdk.sh")) {
            Files.copy(Path.of(name), folder.resolve(name));
        }
    }

    private void program(String name, String script) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(
                folder.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Run run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", folder.resolve(script).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }

    private String maven(String... arguments) throws Exception {
        program(
                "bin/mvn",
                """
                case $1 in --version) echo 'Apache Maven 3.9.11' ;; *) echo "$@" ;; esac
                """);
        return run("mvnw", arguments).output().strip();
    }

    @Test
    void mavenGetsTheProjectOfTheFolderUnlessAnotherIsNamed() throws Exception {
        String ours = "-f " + folder.toRealPath() + "/pom.xml ";
        assertEquals(ours + "verify", maven("verify"));
        assertEquals("-f other/pom.xml verify", maven("-f", "other/pom.xml", "verify"));
        assertEquals("-fother/pom.xml verify", maven("-fother/pom.xml", "verify"));
        assertEquals("verify --file other/pom.xml", maven("verify", "--file", "other/pom.xml"));
        assertEquals("--file=other/pom.xml verify", maven("--file=other/pom.xml", "verify"));
        assertEquals(ours + "-fae -ff -fn verify", maven("-fae", "-ff", "-fn", "verify"));
    }

    @Test
    void aBuildSaysWhatItIsAtAndWhereItsLogLies() throws Exception {
        program(
                "mvnw",
                """
                echo '[INFO] Downloaded from somewhere: a library'
                echo '[INFO] --- openapi-generator:7.25.0:generate (api) @ quire ---'
                echo '[INFO] --- maven-antrun-plugin:3.1.0:run (cpu-kernels) @ quire ---'
                echo '[INFO] --- compiler:3.14.1:compile (default-compile) @ quire ---'
                echo '[INFO] a line that is for the log alone'
                echo '[INFO] --- quarkus:3.33.2:build (default) @ quire ---'
                mkdir -p target/quarkus-app && : >target/quarkus-app/quarkus-run.jar
                """
                        .replace("target/", folder.toRealPath() + "/target/"));
        Files.createDirectories(folder.resolve("src/main"));
        Files.createFile(folder.resolve("pom.xml"));
        List<String> lines = run("quire", "--version").output().lines().toList();
        Path log = folder.toRealPath().resolve("target/quire-build.log");
        assertTrue(lines.getFirst().startsWith("Building Quire, "), lines.toString());
        assertTrue(lines.getFirst().endsWith("; the log is " + log), lines.toString());
        assertEquals(
                List.of(
                        "  fetching libraries: 1",
                        "  generating the interfaces of the API",
                        "  compiling the kernels",
                        "  compiling the server",
                        "  packaging",
                        "  starting the demo model once, so that later starts are faster"),
                lines.subList(1, 7));
        assertTrue(Files.readString(log).contains("for the log alone"));
    }

    @Test
    void aBuildThatFailsShowsItsErrorsAndWhereTheRestIs() throws Exception {
        program("mvnw", "echo '[INFO] much'\necho '[ERROR] no such symbol'\nexit 1\n");
        Files.createDirectories(folder.resolve("src/main"));
        Run failed = run("quire", "--version");
        assertEquals(1, failed.status());
        List<String> lines = failed.output().lines().toList();
        assertEquals("[ERROR] no such symbol", lines.get(1));
        assertTrue(lines.getLast().startsWith("The build failed; all of its output is in "));
        assertEquals(3, lines.size(), failed.output());
    }

    /** What is said to the server is not said to its build, which would keep it. */
    @Test
    void aBuildHearsNothingOfTheFolderAndTheEnvironmentThatItIsStartedFrom() throws Exception {
        String said = "' >>" + folder.toRealPath() + "/said\n";
        program(
                "mvnw",
                "env | grep -E '^(QUARKUS|SMALLRYE)_"
                        + said
                        + "pwd >>"
                        + folder.toRealPath()
                        + "/said\nmkdir -p target/quarkus-app\n"
                        + ": >target/quarkus-app/quarkus-run.jar\n");
        program("jdk/bin/java", "env | grep '^QUIRE_" + said + "echo ' ready after '\n");
        ProcessBuilder quire = withJdk("serve");
        quire.environment().put("QUARKUS_HTTP_ROOT_PATH", "/x");
        quire.environment().put("SMALLRYE_CONFIG_LOCATIONS", "evil.properties");
        quire.environment().put("QUIRE_HOST", "0.0.0.0");
        Process process = quire.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertEquals(
                List.of(folder.toRealPath().toString(), "QUIRE_HOST=0.0.0.0"),
                Files.readAllLines(folder.resolve("said")),
                output);
    }

    /** The script with the JDK of the folder, whose java the test has made. */
    private ProcessBuilder withJdk(String command) throws IOException {
        program("jdk/bin/javac", "");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        Files.createDirectories(folder.resolve("src/main"));
        Files.write(folder.resolve("pom.xml"), new byte[0]);
        ProcessBuilder quire =
                new ProcessBuilder("sh", folder.resolve("quire").toString(), command)
                        .directory(folder.resolve("jdk").toFile())
                        .redirectErrorStream(true);
        quire.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        return quire;
    }

    @Test
    void onlyCommandsThatComputeGetTheSecondCompiler() throws Exception {
        program("jdk/bin/java", "echo \"$@\"");
        Set<String> computing = new TreeSet<>();
        for (String command :
                List.of(
                        "serve",
                        "run",
                        "chat",
                        "complete",
                        "bench",
                        "pull",
                        "list",
                        "plan",
                        "help",
                        "--version")) {
            ProcessBuilder quire = withJdk(command);
            Files.createDirectories(folder.resolve("target/quarkus-app"));
            Files.write(folder.resolve("target/quarkus-app/quarkus-run.jar"), new byte[0]);
            Process process = quire.start();
            String words =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), words);
            assertTrue(words.endsWith("quarkus-run.jar " + command + "\n"), words);
            if (!words.contains("TieredStopAtLevel")) {
                computing.add(command);
            }
        }
        assertEquals(Set.of("serve", "run", "chat", "complete", "bench", "pull"), computing);
    }
}
