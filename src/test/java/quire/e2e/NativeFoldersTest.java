package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Embedded;
import quire.JavaProcess;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.QuireException;
import quire.natives.NativeFile;

/**
 * Where shared libraries can be unpacked and where not: the program runs from the next folder, or
 * says in a sentence why it cannot; it never computes slowly unasked, and leaves nothing behind.
 * Each in a process of its own, as a library is loaded once.
 */
class NativeFoldersTest {

    private static final String CPU = "backend cpu";
    private static final String REFERENCE = "backend reference (plain Java)";
    private static final String TEMPORARY = "java.io.tmpdir";

    @TempDir Path folder;
    private Path temp;
    private Path home;
    private Path noFolder;

    /** Loads the demo model on each backend that is named, and tells what became of it. */
    public static final class Start {
        private Start() {}

        public static void main(String[] backends) {
            // The JDK's own, which come when they are first asked for.
            TimeZone.getDefault();
            System.getLogger("quire").isLoggable(System.Logger.Level.INFO);
            Properties before = (Properties) System.getProperties().clone();
            for (String name : backends) {
                BackendChoice backend = BackendChoice.valueOf(name.replace("OR_REFERENCE", "AUTO"));
                EngineConfig config =
                        EngineConfig.builder(Path.of("models/quire-demo"))
                                .backend(backend)
                                .fallBackToReference(name.equals("OR_REFERENCE"))
                                .emulate(backend == BackendChoice.CUDA)
                                .maxModelLength(64)
                                .maxNumSequences(2)
                                .maxNumBatchedTokens(64)
                                .kvCacheMemoryBytes(4L << 20)
                                .build();
                try (LLM llm = Embedded.load(config)) {
                    llm.generate("Once upon a time", SamplingParams.greedy(2));
                    System.out.println("backend " + llm.info().backend());
                } catch (QuireException e) {
                    System.out.println("refused: " + e.getMessage());
                }
            }
            Set<Map.Entry<Object, Object>> changed =
                    new HashSet<>(System.getProperties().entrySet());
            changed.removeAll(before.entrySet());
            System.out.println("properties changed: " + changed);
        }
    }

    @BeforeEach
    void lay() throws IOException {
        Outside.CPU_KERNELS.path();
        temp = Files.createDirectory(folder.resolve("temp"));
        home = Files.createDirectory(folder.resolve("home"));
        noFolder = Files.writeString(folder.resolve("no-folder"), "");
    }

    /** A start with these for the system's folder of temporary files and the user's home. */
    private static JavaProcess start(Path temp, String home) {
        return JavaProcess.of(Start.class)
                .classPath(JavaProcess.ofTheEngine())
                .property(TEMPORARY, temp.toString())
                .property("user.home", home)
                .property("quire.cuda.library", "none")
                .environment(Map.of("XDG_CACHE_HOME", ""));
    }

    private static String output(JavaProcess process, String... backends) throws Exception {
        JavaProcess.Ended ended = process.run(backends);
        assertEquals(0, ended.exitCode(), ended.output());
        assertSays("properties changed: []", ended.output());
        return ended.output();
    }

    private static void assertSays(String wanted, String output) {
        assertTrue(output.contains(wanted), output);
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).map(Path::toString).toList();
        }
    }

    @Test
    void theReferenceMustBeAskedForWhereThereAreNoKernelsForTheMachine() throws Exception {
        Path note = folder.resolve("none/native/libquire_cpu.txt");
        Files.createDirectories(note.getParent());
        Files.writeString(note, "not built: no C compiler was found");
        List<Path> classPath = new ArrayList<>(List.of(folder.resolve("none")));
        classPath.addAll(JavaProcess.ofTheEngine());
        String output =
                output(
                        start(temp, home.toString()).classPath(classPath),
                        "AUTO",
                        "CPU",
                        "REFERENCE",
                        "OR_REFERENCE");
        List<String> lines =
                output.lines().filter(line -> line.matches("(refused|backend).*")).toList();
        assertEquals(
                List.of(
                        "refused: no backend computes this model on this machine (cuda: no NVIDIA"
                                + " driver: none is not here or cannot be loaded; cpu: this program was"
                                + " built without CPU kernels: no C compiler was found). The reference"
                                + " engine would, many times slower, if it is asked for: backend"
                                + " reference",
                        "refused: backend cpu cannot run here: this program was built without CPU"
                                + " kernels: no C compiler was found",
                        REFERENCE,
                        REFERENCE),
                lines);
    }

    @Test
    void nothingIsLeftAndNoPropertyChanges() throws Exception {
        assertSays(CPU, output(start(temp, home.toString()), "AUTO"));
        assertEquals(List.of(), files(temp));
        assertEquals(List.of(), files(home));
    }

    @Test
    void aCardLeavesNothingAndChangesNoPropertyEither() throws Exception {
        Outside.CUDA_EMULATOR.path();
        assertSays("backend cuda", output(start(temp, home.toString()), "CUDA"));
        assertEquals(List.of(), files(temp));
        assertEquals(List.of(), files(home));
    }

    @Test
    void theUsersCacheIsTakenWhereTheTemporaryFolderCannotHoldIt() throws Exception {
        assertSays(CPU, output(start(noFolder, home.toString()), "AUTO"));
        assertSays(CPU, output(start(folder.resolve("missing"), home.toString()), "AUTO"));
        assertEquals(List.of(), files(home));
    }

    @Test
    void withoutAHomeTheNamedFolderIsTaken() throws Exception {
        Path named = folder.resolve("named");
        String output =
                output(
                        start(noFolder, "?").property(NativeFile.PROPERTY, named.toString()),
                        "AUTO");
        assertSays(CPU, output);
        assertEquals(List.of(), files(named));
    }

    @Test
    void whereNoFolderWillDoASentenceNamesThemAndTheWayOut() throws Exception {
        String output = output(start(noFolder, "?"), "OR_REFERENCE");
        assertSays("refused: ", output);
        assertSays(noFolder + " cannot hold it", output);
        assertSays(NativeFile.PROPERTY, output);
    }

    @Test
    void aTemporaryFolderThatLetsNothingRunIsLeftForTheNext() throws Exception {
        String mount = "mount -t tmpfs -o noexec none " + temp + " && exec \"$@\"";
        assertSays(CPU, output(mounted(start(temp, home.toString()), mount), "AUTO"));
        String output = output(mounted(start(temp, "?"), mount), "OR_REFERENCE");
        assertSays("refused: ", output);
        assertSays(temp.toString(), output);
        assertSays("does not let it run", output);
    }

    /** As an image does that is run with a root that nobody can write to. */
    @Test
    void filesBesideTheirJarsNeedNoFolderToWriteTo() throws Exception {
        String readOnly = "mount -o remount,bind,ro / && exec \"$@\"";
        JavaProcess process = start(temp, home.toString()).classPath(laidOut());
        assertSays(CPU, output(mounted(process, readOnly), "AUTO"));
        assertSays("refused: ", output(mounted(start(temp, home.toString()), readOnly), "AUTO"));
    }

    /** The same where the system lends no mounts. */
    @Test
    void filesBesideTheirJarsAreTakenBeforeAnythingIsUnpacked() throws Exception {
        assertSays(CPU, output(start(noFolder, "?").classPath(laidOut()), "AUTO"));
    }

    private static JavaProcess mounted(JavaProcess process, String script) {
        return process.launchedBy(
                Outside.MOUNTS.path().toString(), "-Urm", "sh", "-c", script, "sh");
    }

    /** A class path of jars in one folder, with the libraries for this machine beside them. */
    private List<Path> laidOut() throws IOException {
        Path app = Files.createDirectory(folder.resolve("app"));
        List<Path> entries = new ArrayList<>();
        for (Path entry : JavaProcess.ofTheEngine()) {
            if (entry.endsWith("target/classes")) {
                entries.add(packed(entry, app.resolve("quire.jar")));
            } else if (entry.getFileName().toString().startsWith("tokenizers-")) {
                Path jar = Files.copy(entry, app.resolve(entry.getFileName()));
                entries.add(jar);
                layOut(jar, app);
            } else {
                entries.add(entry);
            }
        }
        layOut(app.resolve("quire.jar"), app);
        return entries;
    }

    private static Path packed(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file);
                Stream<Path> all = Files.walk(classes)) {
            zip.setLevel(1);
            for (Path path : new TreeSet<>(all.filter(Files::isRegularFile).toList())) {
                zip.putNextEntry(new ZipEntry(classes.relativize(path).toString()));
                Files.copy(path, zip);
            }
        }
        return jar;
    }

    private static void layOut(Path jar, Path folder) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (ZipEntry entry : file.stream().toList()) {
                if (entry.getName().matches("native/.*linux-x86_64.*\\.so")) {
                    Path target = folder.resolve(entry.getName());
                    Files.createDirectories(target.getParent());
                    Files.copy(file.getInputStream(entry), target);
                }
            }
        }
    }
}
