package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.Interrupts;
import quire.cli.talk.Pty;
import quire.golden.GoldenData;
import quire.hub.HubFault;
import quire.hub.HubFiles;
import quire.hub.HubServer;

/** Models by name, as somebody at a command line meets them. */
class ServeByNameIT extends ServerProcess {

    private static final String REPO = "owner/demo";

    private HubServer hub;
    private Map<String, String> environment;

    @BeforeEach
    void startHub() throws IOException {
        hub = new HubServer();
        hub.put(REPO, "main", HubFiles.of("demo", Path.of("models/quire-demo")));
        environment =
                Map.of(
                        "HF_ENDPOINT",
                        hub.url(),
                        "HF_HOME",
                        folder.resolve("home").toString(),
                        "NO_PROXY",
                        "*",
                        "HF_HUB_DOWNLOAD_TIMEOUT",
                        "60");
    }

    @AfterEach
    void stopHub() throws IOException {
        hub.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private HttpResponse<String> get(String address) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(address)));
    }

    @Test
    void serverAnswersWhileItsModelIsDownloadedAndServesItThen() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        hub.faults =
                path -> {
                    try {
                        if (path.equals("model.safetensors")) {
                            checked.await();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return HubFault.NONE;
                };
        String address = "http://127.0.0.1:" + freePort();
        String port = address.substring(address.lastIndexOf(':') + 1);
        start(
                environment,
                "serve",
                REPO,
                "--port",
                port,
                "--kv-cache-memory-bytes",
                "64M",
                "--download-dir",
                folder.resolve("cache").toString());
        String health = "";
        while (!health.contains("The model " + REPO + " is being downloaded: 2% of 11.3 MiB")) {
            try {
                HttpResponse<String> response = get(address + "/health");
                assertEquals(503, response.statusCode());
                health = response.body();
            } catch (ConnectException e) {
                assertTrue(server.isAlive(), () -> String.join("\n", log));
            }
            Thread.sleep(20);
        }
        assertEquals(200, get(address + "/q/health/live").statusCode());
        HttpResponse<String> models = get(address + "/v1/models");
        assertEquals(200, models.statusCode());
        assertEquals(REPO, MAPPER.readTree(models.body()).at("/data/0/id").asText());
        HttpResponse<String> early =
                send(
                        HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                                .header("Content-Type", "application/json")
                                .POST(
                                        BodyPublishers.ofString(
                                                "{\"model\": \""
                                                        + REPO
                                                        + "\", \"prompt\": \"Once\"}")));
        assertEquals(503, early.statusCode());
        assertTrue(early.headers().firstValue("Retry-After").isPresent());
        HttpResponse<Stream<String>> watching =
                http.send(
                        HttpRequest.newBuilder(URI.create(address + "/engine/live")).build(),
                        BodyHandlers.ofLines());
        Iterator<String> frames = watching.body().iterator();
        JsonNode loading = MAPPER.readTree(frames.next());
        assertEquals("loading", loading.get("state").asText());
        assertTrue(loading.get("message").asText().contains("being downloaded: "), loading + "");
        checked.countDown();
        assertEquals(REPO, awaitReady().group(2));
        JsonNode frame = loading;
        while (frame.get("state").asText().equals("loading")) {
            frame = MAPPER.readTree(frames.next());
        }
        assertEquals(REPO, frame.at("/engine/model").asText());
        watching.body().close();
        JsonNode answer =
                complete(
                        address + "/v1",
                        "{\"model\": \"" + REPO + "\", \"prompt\": \"Once\", \"max_tokens\": 4}");
        assertEquals(REPO, answer.get("model").asText());
        assertTrue(Files.exists(folder.resolve("cache/models--owner--demo/refs/main")));
        assertEquals("", Files.readString(errors()));
    }

    @Test
    void modelThatCannotBeHadEndsTheProcessWithOneSentence() throws Exception {
        hub.gate(REPO);
        String gated = failure(environment, "serve", REPO, "--port", "0");
        assertTrue(gated.contains("owner/demo is gated: accept its terms at " + hub.url()), gated);
        String missing = failure(environment, "serve", "owner/dem", "--port", "0");
        assertTrue(missing.contains("owner/dem is not at 127.0.0.1, or it is private"), missing);
        String revision = failure(environment, "serve", REPO, "--port", "0", "--revision", "../x");
        assertTrue(revision.contains("the revision '../x' is not the name of a branch"), revision);
    }

    private List<String> run(String... args) throws Exception {
        log.clear();
        start(environment, args);
        assertEquals(0, awaitEnd(), () -> String.join("\n", log));
        return List.copyOf(log);
    }

    @Test
    void commandsPullListAndRemove() throws Exception {
        Path cache = folder.resolve("home/hub");
        List<String> pulled = run("pull", REPO);
        assertEquals(1, pulled.size(), "standard output has the path alone");
        assertTrue(pulled.getFirst().startsWith(cache + "/models--owner--demo/snapshots/"));
        String said = Files.readString(errors());
        assertTrue(said.contains("owner/demo: 5 files of 11.3 MiB, 11.3 MiB fetched in "), said);
        assertFalse(said.contains("\u001b") || said.contains("\r"), "no terminal, no bar");
        List<String> listed = run("list");
        assertEquals(2, listed.size());
        assertTrue(
                listed.get(1).matches("owner/demo +11\\.3 MiB +20\\d\\d-\\d\\d-\\d\\d"),
                listed + "");
        assertEquals("weights       BF16 11.0 MiB", run("show", REPO).get(4));
        assertEquals(List.of("owner/demo removed, 11.3 MiB free"), run("rm", REPO));
        assertEquals(1, run("list").size());
        String plan = String.join("\n", run("plan", REPO, "--gpu", "H200"));
        assertTrue(plan.startsWith("owner/demo: Qwen2ForCausalLM, 5.8 million parameters"), plan);
        run("rm", REPO);
        String gone = failure(environment, "rm", REPO);
        assertEquals(
                "quire: owner/demo is not in " + cache + "; 'quire list' shows what is.", gone);
    }

    @Test
    void filesOfAQuantisationArePlannedByTheirHeaders() throws Exception {
        Path file = GoldenData.gguf().resolve("quire-demo-Q4_K_M.gguf");
        hub.put("owner/GGUF", "main", HubFiles.at("gguf").with("demo-Q4_K_M.gguf", file));
        String plan = String.join("\n", run("plan", "owner/GGUF:Q4_K_M", "--gpu", "H200"));
        String local = String.join("\n", run("plan", file.toString(), "--gpu", "H200"));
        assertEquals(local.replace(file.toString(), "owner/GGUF:Q4_K_M"), plan);
        assertEquals(1 << 20, hub.sentBytes.get());
        assertFalse(Files.exists(folder.resolve("home/hub")), "the cache is as it was");
    }

    @Test
    void terminalShowsABarWhileTheServersModelComes() throws Exception {
        hub.slowness = 10_000;
        List<String> command = javaCommand();
        command.addAll(List.of("serve", REPO, "--port", "0", "--kv-cache-memory-bytes", "64M"));
        Map<String, String> seen = new HashMap<>(environment);
        seen.put("TERM", "xterm");
        try (Pty terminal = new Pty()) {
            terminal.start(command, seen);
            terminal.await(" is in ");
            String bar = terminal.screen();
            assertTrue(bar.contains("\r\u001b[K[####"), bar);
            assertTrue(bar.contains("% of 11.3 MiB, "), bar);
            String behind = bar.substring(bar.lastIndexOf("[####"));
            assertTrue(behind.contains("\r\u001b[K"), "nothing of the bar is left: " + bar);
            terminal.await("ready after ");
            assertFalse(terminal.screen().contains("being downloaded: "), terminal.screen());
        }
    }

    @Test
    void interruptedPullSaysHowToGoOnAndTheNextFetchesTheRest() throws Exception {
        hub.slowness = 4_000;
        Interrupts.areHeard();
        start(environment, "pull", REPO);
        // What a young program has not read yet is lost, and is not its fault.
        while (kept() < 2_000_000 && server.isAlive()) {
            Thread.sleep(5);
        }
        hub.slowness = 10;
        while (hub.sentBytes.get() - kept() > 500_000 && server.isAlive()) {
            Thread.sleep(5);
        }
        String pid = Long.toString(server.pid());
        assertEquals(0, new ProcessBuilder("kill", "-INT", pid).start().waitFor());
        assertEquals(130, awaitEnd());
        assertEquals(List.of(), log);
        String said = Files.readString(errors());
        assertEquals(
                "stopped; what came is kept: 'quire pull owner/demo' goes on from here\n", said);
        long before = hub.sentBytes.get();
        assertTrue(before < 9_000_000, before + " bytes: it ended before it was told");
        hub.slowness = 0;
        run("pull", REPO);
        long all = 11_900_000;
        assertTrue(hub.sentBytes.get() <= all * 11 / 10, hub.sentBytes + " bytes");
    }

    /** Bytes that the journal of the pull says are on the disk: a long a range, behind three. */
    private long kept() throws IOException {
        Path home = Files.createDirectories(folder.resolve("home"));
        long sum = 0;
        try (Stream<Path> all = Files.walk(home)) {
            for (Path file : all.filter(f -> f.toString().endsWith(".quire-done")).toList()) {
                ByteBuffer journal = ByteBuffer.wrap(Files.readAllBytes(file));
                for (int at = 3 * Long.BYTES;
                        at + Long.BYTES <= journal.limit();
                        at += Long.BYTES) {
                    sum += journal.getLong(at);
                }
            }
        } catch (UncheckedIOException | NoSuchFileException e) {
            // A file is whole, and its journal gone.
        }
        return sum;
    }
}
