package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.Outside;

/** A plain program whose one dependency is {@code quire-engine}. */
class PlainHostIT {

    private static final int MAX_JARS = 8;
    private static final long MAX_BYTES = 23_000_000;

    private static final Path FOLDER = Path.of("target/hosts/quire-engine");
    private static final Path ENGINE =
            FOLDER.resolve("lib/quire-engine-" + PlainProgram.VERSION + ".jar");

    /** Libraries that a program may add, with the packages that use them then. */
    private static final Map<String, Set<String>> ADDED =
            Map.of(
                    "jcuda", Set.of("quire.ops.cuda.driver"),
                    "jcuda.driver", Set.of("quire.ops.cuda.driver"),
                    "io.micrometer", Set.of("quire", "quire.metrics"));

    /** The package of a class, and the first two words of the name of one that it lacks. */
    private static final Pattern NOT_FOUND =
            Pattern.compile(
                    "^ +([a-z.]+)\\.[A-Z]\\S* +-> ([a-z]+(?:\\.[a-z0-9]+)?)\\S* +not found",
                    Pattern.MULTILINE);

    @BeforeAll
    static void build() throws Exception {
        PlainProgram.build("plain", "compile");
    }

    @Test
    void hasFewAndSmallJars() throws IOException {
        List<Path> jars = PlainProgram.jars(FOLDER.resolve("lib"));
        assertTrue(jars.contains(ENGINE), jars::toString);
        assertTrue(jars.size() <= MAX_JARS, jars::toString);
        long bytes = jars.stream().mapToLong(PlainHostIT::size).sum();
        assertTrue(bytes <= MAX_BYTES, () -> bytes + " bytes in " + jars);
    }

    @Test
    void engineHasClassesAndKernelsAndNothingForAHostToStumbleOver() throws IOException {
        try (JarFile jar = new JarFile(ENGINE.toFile())) {
            List<String> others =
                    jar.stream()
                            .filter(entry -> !entry.isDirectory())
                            .map(entry -> entry.getName())
                            .filter(name -> !name.matches("quire/.*\\.class|native/.*"))
                            .sorted()
                            .toList();
            assertEquals(List.of("META-INF/LICENSE", "META-INF/MANIFEST.MF"), others);
            assertEquals(
                    "quire",
                    jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
        }
    }

    /**
     * No class asks for one that is in neither the JDK nor the jars, but for what a program adds
     * that wants more.
     */
    @Test
    void engineNeedsNothingThatItsPomDoesNotBring() throws IOException {
        List<String> command = new ArrayList<>(List.of("--multi-release", "base", "-cp"));
        command.add(
                PlainProgram.jars(FOLDER.resolve("lib")).stream()
                        .filter(jar -> !jar.equals(ENGINE))
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator)));
        command.addAll(List.of("--missing-deps", ENGINE.toString()));
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output, true);
        ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(writer, writer, command.toArray(String[]::new));
        Map<String, Set<String>> missing = new TreeMap<>();
        for (Matcher line = NOT_FOUND.matcher(output.toString()); line.find(); ) {
            missing.computeIfAbsent(line.group(2), library -> new TreeSet<>()).add(line.group(1));
        }
        assertEquals(ADDED, missing);
    }

    @Test
    void hostGeneratesAndItsLogStaysItsOwn() throws Exception {
        Outside.CPU_KERNELS.path();
        List<Path> classPath = new ArrayList<>(PlainProgram.jars(FOLDER.resolve("lib")));
        classPath.add(FOLDER.resolve("classes"));
        PlainProgram.Ended ended =
                PlainProgram.java(Map.of(), classPath, "plain.Main", "models/quire-demo");
        String answer = "The capital of France is Paris.";
        assertEquals(
                List.of(
                        "generate: there was a little otter named Max, who lived in a",
                        "chat: " + answer,
                        "stream: [The][ capital][ of][ France][ is][ Paris][.]",
                        "together: [" + answer + "]"),
                ended.output());
        assertEquals(
                List.of(
                        "plain.jul INFO before",
                        "plain.system INFO before",
                        "plain.jul INFO after",
                        "plain.system INFO after"),
                ended.errors());
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
