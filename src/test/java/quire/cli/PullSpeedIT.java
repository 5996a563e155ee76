package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.hub.HubFiles;
import quire.hub.HubServer;

/**
 * One big file by {@code quire pull} beside curl, from one server to one disk, in turn. Prints how
 * fast each was, from the command to its end; asserts on bytes and memory.
 */
class PullSpeedIT extends ServerProcess {

    private static final int MEGABYTES = Integer.getInteger("quire.pull.megabytes", 100);
    private static final int PAIRS = Integer.getInteger("quire.pull.pairs", 1);
    private static final String REPO = "owner/big";
    private static final String FILE = "model.safetensors";
    private static final long NOISE_KIB = 24 << 10;

    private HubServer hub;

    @BeforeEach
    void startHub() throws IOException {
        hub = new HubServer();
        javaOptions = List.of("-Xmx64m");
    }

    @AfterEach
    void stopHub() throws IOException {
        hub.close();
    }

    /** Lets the hub have a file of random bytes. */
    private Path put(int megabytes) throws IOException {
        Path file = folder.resolve("big-" + megabytes);
        byte[] million = new byte[1_000_000];
        Random random = new Random(megabytes);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < megabytes; i++) {
                random.nextBytes(million);
                out.write(million);
            }
        }
        HubFiles files = HubFiles.at("big-" + megabytes);
        byte[] config = Files.readAllBytes(Path.of("models/quire-demo/config.json"));
        hub.put(REPO, "main", files.with("config.json", config).with(FILE, file));
        return file;
    }

    /**
     * Makes the system have as much memory at hand for the next file as for any other: what a file
     * gave back a moment ago.
     */
    private void warm(Path file) throws IOException {
        Path copy = folder.resolve("copy");
        Files.copy(file, copy);
        Files.delete(copy);
    }

    /** The most memory that a pull had in RAM, in KiB. */
    private long pull(Path file) throws Exception {
        warm(file);
        Path cache = folder.resolve("cache");
        start(
                Map.of("NO_PROXY", "*", "HF_ENDPOINT", hub.url(), "HF_HOME", cache.toString()),
                "pull",
                REPO);
        Path status = Path.of("/proc/" + server.pid() + "/status");
        long peak = 0;
        while (server.isAlive()) {
            try (Stream<String> lines = Files.lines(status)) {
                peak =
                        lines.filter(line -> line.startsWith("VmHWM:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                                .findFirst()
                                .orElse(peak);
            } catch (IOException e) {
                // It ended, or this system has no such file.
            }
            Thread.sleep(10);
        }
        assertEquals(0, awaitEnd(), () -> String.join("\n", log));
        Path pulled = Path.of(log.getLast()).resolve(FILE);
        assertEquals(-1, Files.mismatch(file, pulled));
        remove(cache);
        return peak;
    }

    private double seconds(ProcessBuilder command) throws Exception {
        long start = System.nanoTime();
        Process process = command.redirectError(errors().toFile()).start();
        assertEquals(0, process.waitFor(), () -> command.command() + "");
        return (System.nanoTime() - start) / 1e9;
    }

    private double curlSeconds(Path file) throws Exception {
        warm(file);
        Path out = folder.resolve("curled");
        String address = hub.url() + "/" + REPO + "/resolve/main/" + FILE;
        double seconds =
                seconds(
                        new ProcessBuilder(
                                Outside.CURL.path().toString(),
                                "-sL",
                                "-o",
                                out.toString(),
                                address));
        assertEquals(MEGABYTES * 1_000_000L, Files.size(out));
        Files.delete(out);
        return seconds;
    }

    private double pullSeconds(Path file) throws Exception {
        warm(file);
        Path cache = folder.resolve("cache");
        List<String> command = javaCommand();
        command.addAll(List.of("pull", REPO));
        ProcessBuilder pull = new ProcessBuilder(command);
        pull.environment()
                .putAll(
                        Map.of(
                                "NO_PROXY",
                                "*",
                                "HF_ENDPOINT",
                                hub.url(),
                                "HF_HOME",
                                cache.toString()));
        pull.redirectOutput(folder.resolve("pulled").toFile());
        double seconds = seconds(pull);
        remove(cache);
        return seconds;
    }

    private static void remove(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void pullIsComparedWithCurl() throws Exception {
        javaOptions = List.of();
        Path file = put(MEGABYTES);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            boolean curlFirst = i % 2 == 0;
            double before = curlFirst ? curlSeconds(file) : 0;
            double ours = pullSeconds(file);
            double curls = curlFirst ? before : curlSeconds(file);
            ratios.add(curls / ours);
            System.out.printf(
                    Locale.ROOT,
                    "%d MB: curl %.2f s, quire pull %.2f s, %.2f of curl's speed%n",
                    MEGABYTES,
                    curls,
                    ours,
                    curls / ours);
        }
        ratios.sort(null);
        System.out.printf(Locale.ROOT, "median: %.2f%n", ratios.get(ratios.size() / 2));
    }

    @Test
    void memoryDoesNotGrowWithTheFile() throws Exception {
        long small = pull(put(MEGABYTES / 10));
        long large = pull(put(MEGABYTES));
        System.out.printf("peak of memory: %d KiB, then %d KiB%n", small, large);
        assertTrue(large <= small + NOISE_KIB, large + " KiB, " + small + " for a tenth");
    }
}
