package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;

/** A plain program whose one dependency is {@code quire-engine}. */
class PlainHostIT {

    private static final int MAX_JARS = 8;
    private static final long MAX_BYTES = 23_000_000;

    private static final Path FOLDER = Path.of("target/hosts/quire-engine");
    private static final Path LIB = FOLDER.resolve("lib");
    private static final Path CLASSES = FOLDER.resolve("classes");
    private static final Path ENGINE = LIB.resolve("quire-engine-" + PlainProgram.VERSION + ".jar");
    private static final Path README = Path.of("README.md");
    private static final String DEMO = "models/quire-demo";
    private static final String SIX_TOKENS = " there was a little otter named";
    private static final String ANSWER = "The capital of France is Paris.";

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

    /** What the driver has for the kernels on trial, which the kit alone runs. */
    private static final Set<String> FOR_THE_KIT = Set.of("quire.ops.cuda.driver.TensorMap");

    private static final Pattern NEEDED =
            Pattern.compile("^ +(quire\\S+) +-> (quire\\S+) ", Pattern.MULTILINE);

    @BeforeAll
    static void build() throws Exception {
        PlainProgram.build("plain");
    }

    @Test
    void hasFewAndSmallJars() throws IOException {
        List<Path> jars = PlainProgram.jars(LIB);
        assertTrue(jars.contains(ENGINE), jars::toString);
        assertTrue(jars.size() <= MAX_JARS, jars::toString);
        long bytes = jars.stream().mapToLong(PlainHostIT::size).sum();
        assertTrue(bytes <= MAX_BYTES, () -> bytes + " bytes in " + jars);
    }

    /** What the tests of the server show is so for programs with the same libraries. */
    @Test
    void librariesAreThoseOfTheServer() throws IOException {
        List<String> server = new ArrayList<>();
        for (String folder : List.of("main", "boot")) {
            PlainProgram.jars(Path.of("target/quarkus-app/lib", folder))
                    .forEach(jar -> server.add(jar.getFileName().toString()));
        }
        for (Path jar : PlainProgram.jars(LIB)) {
            String name = jar.getFileName().toString();
            assertTrue(
                    jar.equals(ENGINE) || server.stream().anyMatch(one -> one.endsWith("." + name)),
                    name);
        }
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
        List<Path> others = new ArrayList<>(PlainProgram.jars(LIB));
        others.remove(ENGINE);
        String path = PlainProgram.classPath(others);
        String output =
                output(
                        "jdeps",
                        "--multi-release",
                        "base",
                        "-cp",
                        path,
                        "--missing-deps",
                        ENGINE.toString());
        Map<String, Set<String>> missing = new TreeMap<>();
        for (Matcher line = NOT_FOUND.matcher(output); line.find(); ) {
            missing.computeIfAbsent(line.group(2), library -> new TreeSet<>()).add(line.group(1));
        }
        assertEquals(ADDED, missing);
    }

    @Test
    void engineHasNoClassThatItsApiDoesNotReach() throws IOException {
        Map<String, Set<String>> needs = new TreeMap<>();
        String output = output("jdeps", "-verbose:class", "-filter:none", ENGINE.toString());
        for (Matcher line = NEEDED.matcher(output); line.find(); ) {
            needs.computeIfAbsent(line.group(1), type -> new TreeSet<>()).add(line.group(2));
        }
        Set<String> unreached = new TreeSet<>();
        try (JarFile jar = new JarFile(ENGINE.toFile())) {
            jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name -> name.replace(".class", "").replace('/', '.'))
                    .forEach(unreached::add);
        }
        Deque<String> reached = new ArrayDeque<>();
        unreached.stream().filter(PlainHostIT::isOfTheApi).forEach(reached::add);
        while (!reached.isEmpty()) {
            String type = reached.remove();
            if (unreached.remove(type)) {
                reached.addAll(needs.getOrDefault(type, Set.of()));
            }
        }
        assertEquals(FOR_THE_KIT, unreached);
    }

    private static boolean isOfTheApi(String type) {
        try {
            return type.matches("quire\\.\\w+")
                    && Modifier.isPublic(
                            Class.forName(type, false, PlainHostIT.class.getClassLoader())
                                    .getModifiers());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void hostGeneratesAndItsLogStaysItsOwn() throws Exception {
        Outside.CPU_KERNELS.path();
        assertAnswers(
                PlainProgram.java(
                        Map.of(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        PlainProgram.classPath(PlainProgram.jars(LIB), CLASSES),
                        "plain.Main",
                        DEMO));
    }

    @Test
    void hostGeneratesWithQuireOnItsModulePath() throws Exception {
        Outside.CPU_KERNELS.path();
        assertAnswers(
                PlainProgram.java(
                        Map.of(),
                        "--module-path",
                        LIB.toString(),
                        "--add-modules",
                        "quire,com.fasterxml.jackson.databind",
                        "--enable-native-access=quire,ai.djl.tokenizers",
                        "-cp",
                        CLASSES.toString(),
                        "plain.Main",
                        DEMO));
    }

    private static void assertAnswers(PlainProgram.Ended ended) {
        assertEquals(
                List.of(
                        "generate: there was a little otter named Max, who lived in a",
                        "chat: " + ANSWER,
                        "stream: " + ANSWER,
                        "together: [" + ANSWER + "]",
                        "cancelled: true",
                        "closed: this LLM is closed"),
                ended.output());
        assertEquals(
                List.of(
                        "plain.jul INFO before",
                        "plain.system INFO before",
                        "plain.jul INFO after",
                        "plain.system INFO after"),
                ended.errors());
    }

    @Test
    void warningsReachTheHostsLog(@TempDir Path model) throws Exception {
        Outside.CPU_KERNELS.path();
        for (Path file : Files.newDirectoryStream(Path.of(DEMO))) {
            Files.copy(file, model.resolve(file.getFileName()));
        }
        Files.writeString(model.resolve("chat_template.jinja"), "{% unless %}");
        PlainProgram.Ended ended = once(Map.of(), LIB, model.toString(), "CPU");
        assertEquals(1, ended.errors().size(), ended::toString);
        assertTrue(
                ended.errors()
                        .getFirst()
                        .startsWith("quire.engine WARNING the model's chat template is not usable"),
                ended::toString);
        assertEquals(SIX_TOKENS, ended.output().getLast());
    }

    /** On the emulated card, which is found as a real one would be. */
    @Test
    void cardsNeedAnArtifactMoreAndAreRefusedWithItsNameWithoutIt() throws Exception {
        Path driver = Outside.CUDA_EMULATOR.path().toAbsolutePath().getParent();
        Map<String, String> found = Map.of("LD_LIBRARY_PATH", driver.toString());
        PlainProgram.Ended refused = once(found, LIB, DEMO, "CUDA");
        assertEquals(1, refused.output().size(), refused::toString);
        assertTrue(
                refused.output()
                        .getFirst()
                        .matches("OptionException: .*the artifact quire-cuda brings them.*"),
                refused::toString);

        PlainProgram.build("plain", "-Dquire.artifact=quire-cuda");
        Path cuda = Path.of("target/hosts/quire-cuda/lib");
        PlainProgram.Ended answered = once(found, cuda, DEMO, "CUDA");
        assertTrue(answered.output().getFirst().startsWith("cuda ("), answered::toString);
        assertEquals(SIX_TOKENS, answered.output().getLast());
        assertEquals(List.of(), answered.errors());
    }

    private static PlainProgram.Ended once(
            Map<String, String> environment, Path jars, String model, String backend)
            throws Exception {
        return PlainProgram.java(
                environment,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                PlainProgram.classPath(PlainProgram.jars(jars), CLASSES),
                "plain.Once",
                model,
                backend);
    }

    @Test
    void programOfTheReadmeRunsAsItStands() throws Exception {
        Outside.CPU_KERNELS.path();
        String program = readme("java");
        String name = program.replaceFirst("(?s).*?\\bclass (\\w+).*", "$1");
        Path source = FOLDER.resolve("readme").resolve(name + ".java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, program);
        String jars = PlainProgram.classPath(PlainProgram.jars(LIB));
        String classes = source.resolveSibling("classes").toString();
        assertEquals(
                "",
                output("javac", "-Xlint:all", "-Werror", "-cp", jars, "-d", classes, source + ""));
        PlainProgram.Ended ended =
                PlainProgram.java(
                        Map.of(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        PlainProgram.classPath(PlainProgram.jars(LIB), Path.of(classes)),
                        name);
        assertTrue(String.join("\n", ended.output()).contains(ANSWER), ended::toString);
        assertEquals(List.of(), ended.errors());
    }

    @Test
    void readmeHasTheCoordinates() throws IOException {
        String xml = readme("xml").replaceAll("\\s", "");
        assertEquals(
                "<dependency><groupId>quire</groupId><artifactId>quire-engine</artifactId><version>"
                        + PlainProgram.VERSION
                        + "</version></dependency>",
                xml);
        String gradle = "implementation(\"quire:quire-engine:" + PlainProgram.VERSION + "\")";
        assertTrue(Files.readString(README).contains(gradle), gradle);
    }

    /** The first block of that language in the README's part for Java programs. */
    private static String readme(String language) throws IOException {
        Matcher block =
                Pattern.compile(
                                "\n## Inside a Java program\n.*?\n```" + language + "\n(.*?)```",
                                Pattern.DOTALL)
                        .matcher(Files.readString(README));
        assertTrue(block.find(), language);
        return block.group(1);
    }

    /** What a tool of the JDK writes. */
    private static String output(String tool, String... arguments) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output, true);
        ToolProvider.findFirst(tool).orElseThrow().run(writer, writer, arguments);
        return output.toString();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
