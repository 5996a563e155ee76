package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pulls of other processes: killed, and at the same time. */
class PullProcessTest extends PullsHere {

    private static final int SIZE = 24_000_000;

    private HubFiles files;

    @BeforeEach
    void put() throws IOException {
        files = HubFiles.model("a", SIZE, 1);
        hub.put(REPO, "main", files);
        hub.slowness = 10_000;
    }

    /** Pulls, as a process of its own. */
    public static final class Main {

        public static void main(String[] args) throws InterruptedException {
            HubSettings settings = HubSettings.read(HubSettings.Asked.NOTHING, System.getenv());
            PulledModel pulled = Pull.of(ModelName.parse(args[0]), settings, new PullTest.Heard());
            System.out.println(pulled.fetchedBytes());
        }
    }

    /** The command of a pull as a process of its own. */
    static List<String> command(String repo) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-ea",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                repo);
    }

    static void setEnvironment(ProcessBuilder builder, HubServer hub, Path cache) {
        builder.environment().put("HF_ENDPOINT", hub.url());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().put("HF_HOME", cache.toString());
    }

    private Process process() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(REPO));
        setEnvironment(builder, hub, cache);
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    @Test
    void killedPullIsGoneOnWith() throws Exception {
        for (long enough : new long[] {SIZE / 4, SIZE / 2}) {
            Process killed = process();
            while (hub.sentBytes.get() < enough && killed.isAlive()) {
                Thread.sleep(5);
            }
            killed.destroyForcibly();
            assertTrue(killed.waitFor() != 0, "it was killed before it ended");
        }
        PulledModel pulled = pull(REPO);
        assertArrayEquals(
                files.bytes("model.safetensors"),
                Files.readAllBytes(pulled.path().resolve("model.safetensors")));
        assertTrue(hub.sentBytes.get() <= pulled.bytes() * 5 / 4, hub.sentBytes + " bytes");
        assertTrue(pulled.fetchedBytes() < pulled.bytes() * 3 / 4, pulled + "");
    }

    @Test
    void twoProcessesFetchNothingTwice() throws Exception {
        List<Process> two = List.of(process(), process());
        long fetched = 0;
        for (Process each : two) {
            assertTrue(each.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, each.exitValue());
            fetched += Long.parseLong(new String(each.getInputStream().readAllBytes()).strip());
        }
        assertEquals(hub.sentBytes.get(), fetched);
        assertTrue(fetched > SIZE && fetched < SIZE + 10_000, fetched + " bytes");
    }
}
