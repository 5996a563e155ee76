package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import quire.Embedded;
import quire.JavaProcess;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;

/**
 * What a model leaves of itself in a process when it is closed: nothing, however often it is
 * loaded. As many loads as {@code -Dquire.loads} says, of the model {@code -Dquire.loads.model}.
 */
class LoadAndCloseTest {

    private static final int LOADS = Integer.getInteger("quire.loads", 100);
    private static final String MODEL =
            System.getProperty("quire.loads.model", "models/quire-demo");
    private static final int LOADS_ON_A_CARD = 6;
    private static final int LAST_SECONDS = 30;
    private static final Path PROCESS = Path.of("/proc/self");

    /** For what the JVM does meanwhile, whose compiler's threads come and go. */
    private static final int OTHER_THREADS = 4;

    private static final int OTHER_MAPPINGS = 16;

    /** A model that stays mapped, or an engine's memory, would be more after two loads. */
    private static final long OTHER_ADDRESSES_KB = 16 << 10;

    /** What the C library frees goes back to the system, as far as it is large. */
    private static final Map<String, String> GIVES_BACK =
            Map.of("MALLOC_ARENA_MAX", "1", "MALLOC_MMAP_THRESHOLD_", "131072");

    /** What the system has of this process. */
    private record Figures(long threads, long descriptors, long mappings, long addressesKb) {

        static Figures now() throws IOException {
            return new Figures(
                    count(PROCESS.resolve("task")),
                    count(PROCESS.resolve("fd")),
                    Files.readAllLines(PROCESS.resolve("maps")).size(),
                    Files.readAllLines(PROCESS.resolve("status")).stream()
                            .filter(line -> line.startsWith("VmSize:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow());
        }

        private static long count(Path folder) throws IOException {
            try (Stream<Path> all = Files.list(folder)) {
                return all.count();
            }
        }

        boolean isWithin(Figures earlier) {
            return threads <= earlier.threads + OTHER_THREADS
                    && descriptors <= earlier.descriptors
                    && mappings <= earlier.mappings + OTHER_MAPPINGS
                    && addressesKb <= earlier.addressesKb + OTHER_ADDRESSES_KB;
        }
    }

    /** Loads, generates and closes, over and over; after the first tenth nothing may grow. */
    public static final class Lives {
        private Lives() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            int lives = Integer.parseInt(arguments[0]);
            int first = Math.max(3, lives / 10);
            for (int i = 0; i < first; i++) {
                live(arguments[1], arguments[2]);
            }
            Figures before = Figures.now();
            for (int i = first; i < lives; i++) {
                live(arguments[1], arguments[2]);
            }
            Figures after = Figures.now();
            List<String> ours = new ArrayList<>();
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                // The last one's end by themselves.
                if (thread.getName().startsWith("quire")
                        && !thread.join(Duration.ofSeconds(LAST_SECONDS))) {
                    ours.add(thread.getName());
                }
            }
            System.out.println(before + " " + after + " threads of ours: " + ours);
            System.out.println(after.isWithin(before) && ours.isEmpty() ? "flat" : "grown");
        }

        public static void live(String model, String backend) {
            BackendChoice choice = BackendChoice.valueOf(backend);
            EngineConfig config =
                    EngineConfig.builder(Path.of(model))
                            .backend(choice)
                            .emulate(choice == BackendChoice.CUDA)
                            .maxModelLength(256)
                            .maxNumSequences(4)
                            .maxNumBatchedTokens(256)
                            .kvCacheMemoryBytes(32L << 20)
                            .build();
            try (LLM llm = Embedded.load(config)) {
                llm.generate("Once upon a time ".repeat(20), SamplingParams.greedy(4));
            }
        }
    }

    private static String run(Class<?> program, String... arguments) throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(PROCESS.resolve("fd")), "needs /proc");
        JavaProcess.Ended ended =
                JavaProcess.of(program)
                        .classPath(JavaProcess.ofTheEngine())
                        .environment(GIVES_BACK)
                        .property("quire.cuda.library", "none")
                        // What is only softly held goes when memory is short; here it always is.
                        .option("-XX:SoftRefLRUPolicyMSPerMB=0")
                        .run(arguments);
        assertEquals(0, ended.exitCode(), ended.output());
        return ended.output();
    }

    private static void assertFlat(String output) {
        assertTrue(output.lines().anyMatch("flat"::equals), output);
    }

    @Test
    void aHundredLoadsAndClosesLeaveTheProcessAsItWas() throws Exception {
        Outside.CPU_KERNELS.path();
        assertFlat(run(Lives.class, Integer.toString(LOADS), MODEL, "CPU"));
    }

    @Test
    void soDoSomeOnACard() throws Exception {
        Outside.CUDA_EMULATOR.path();
        assertFlat(run(Lives.class, Integer.toString(LOADS_ON_A_CARD), MODEL, "CUDA"));
    }

    /** Two at once in class loaders of their own, which are gone when their models are closed. */
    public static final class Redeployed {
        private Redeployed() {}

        public static void main(String[] arguments) throws Exception {
            List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
            List<Thread> users = new ArrayList<>();
            for (String backend : arguments) {
                URLClassLoader loader = new URLClassLoader(path(), null);
                loaders.add(new WeakReference<>(loader));
                users.add(Thread.ofPlatform().start(() -> live(loader, backend)));
            }
            for (Thread user : users) {
                user.join();
            }
            users.clear();
            for (int i = 0; i < 100 && loaders.stream().anyMatch(one -> one.get() != null); i++) {
                System.gc();
                Thread.sleep(20);
            }
            loaders.forEach(one -> System.out.println(one.get() == null ? "gone" : "held"));
        }

        private static URL[] path() throws IOException {
            List<URL> path = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                path.add(Path.of(entry).toUri().toURL());
            }
            return path.toArray(URL[]::new);
        }

        private static void live(URLClassLoader loader, String backend) {
            try (loader) {
                Class.forName(Lives.class.getName(), true, loader)
                        .getMethod("live", String.class, String.class)
                        .invoke(null, "models/quire-demo", backend);
                System.out.println("lived");
            } catch (IOException | ReflectiveOperationException e) {
                e.printStackTrace(System.out);
            }
        }
    }

    @Test
    void everyClassLoaderHasItsOwnAndGoesWhenItIsClosed() throws Exception {
        Outside.CPU_KERNELS.path();
        String output = run(Redeployed.class, "CPU", "CPU", "REFERENCE");
        assertEquals(3, output.lines().filter("lived"::equals).count(), output);
        assertEquals(3, output.lines().filter("gone"::equals).count(), output);
    }

    /** JCuda's library holds its classes for ever, so that their loaders stay. */
    @Test
    void everyClassLoaderHasItsOwnOnACard() throws Exception {
        Outside.CUDA_EMULATOR.path();
        String output = run(Redeployed.class, "CUDA", "CUDA");
        assertEquals(2, output.lines().filter("lived"::equals).count(), output);
    }
}
