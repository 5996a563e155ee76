package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;

/** The cache belongs to Python's {@code huggingface_hub} as much as to us. */
class SharedCacheTest {

    private static final String REPO = "owner/model";
    private static final Path PROGRAM = Path.of("src/test/clients/python/shared_cache.py");

    @TempDir Path cache;
    private HubServer hub;
    private final HubFiles files = HubFiles.model("a", 300_000, 1);

    @BeforeEach
    void start() throws IOException {
        hub = new HubServer();
        hub.put(REPO, "main", files);
    }

    @AfterEach
    void stop() throws IOException {
        hub.close();
    }

    private PulledModel pull(String... more) throws InterruptedException {
        return Pull.of(ModelName.parse(REPO), hub.settings(cache, more), new PullTest.Heard());
    }

    private List<String> python(String offline) throws Exception {
        Path python = Outside.PYTHON_CLIENTS.path().toAbsolutePath();
        ProcessBuilder builder =
                new ProcessBuilder(python.toString(), PROGRAM.toAbsolutePath().toString(), REPO)
                        .directory(cache.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("HF_ENDPOINT", hub.url());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().put("HF_HOME", cache.resolve("home").toString());
        builder.environment().put("HF_HUB_OFFLINE", offline);
        builder.environment().put("HF_HUB_DISABLE_XET", "1");
        builder.environment().put("HF_HUB_DISABLE_TELEMETRY", "1");
        builder.environment().put("HF_HUB_DISABLE_PROGRESS_BARS", "1");
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        Process process = builder.start();
        List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
        return lines;
    }

    private static List<String> found(PulledModel pulled) {
        return List.of(
                "folder " + pulled.path(),
                "refs main",
                "bytes " + pulled.bytes(),
                "files config.json,model.safetensors,tokenizer.json");
    }

    @Test
    void pythonFindsWhatWasPulledWithoutAskingAHub() throws Exception {
        PulledModel pulled = pull();
        int asked = hub.seen.size();
        assertEquals(found(pulled), python("1"));
        assertEquals(asked, hub.seen.size());
        long sent = hub.sentBytes.get();
        assertEquals(found(pulled), python("0"));
        assertEquals(sent, hub.sentBytes.get(), "nor does it fetch anything when it asks");
    }

    @Test
    void whatPythonFetchedIsUsedWithoutAskingAHub() throws Exception {
        List<String> lines = python("0");
        int asked = hub.seen.size();
        PulledModel there = pull("HF_HUB_OFFLINE", "1");
        assertEquals(lines, found(there));
        assertEquals(asked, hub.seen.size());
        assertEquals(0, pull().fetchedBytes());
        Files.delete(cache.resolve("models--owner--model/refs/main"));
        assertEquals(0, pull().fetchedBytes());
    }
}
