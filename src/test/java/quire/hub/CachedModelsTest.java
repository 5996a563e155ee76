package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.HubException;

class CachedModelsTest {

    @TempDir Path cache;
    private HubServer hub;
    private CachedModels models;

    @BeforeEach
    void start() throws IOException {
        hub = new HubServer();
        models = new CachedModels(cache);
    }

    @AfterEach
    void stop() throws IOException {
        hub.close();
    }

    private PulledModel pull(String name) throws InterruptedException {
        return Pull.of(ModelName.parse(name), hub.settings(cache), new PullTest.Heard());
    }

    private List<String> names() {
        return models.all().stream().map(model -> model.name().toString()).toList();
    }

    private long remove(String name) {
        return models.remove(ModelName.parse(name));
    }

    private String refused(String name) {
        return assertThrows(HubException.class, () -> remove(name)).getMessage();
    }

    @Test
    void emptyCacheHasNothing() {
        assertEquals(List.of(), new CachedModels(cache.resolve("none")).all());
    }

    @Test
    void modelsAreListedAndGo() throws Exception {
        hub.put("owner/b", "main", HubFiles.model("b", 3000, 1));
        hub.put("owner/a", "main", HubFiles.model("a", 3000, 2));
        PulledModel b = pull("owner/b");
        pull("owner/a");
        assertEquals(List.of("owner/a", "owner/b"), names());
        CachedModel listed = models.all().get(1);
        assertEquals(b.bytes(), listed.bytes());
        assertTrue(listed.whole());
        assertEquals(b.bytes() + 40, remove("owner/b"), "the branch's commit goes as well");
        assertEquals(List.of("owner/a"), names());
        assertFalse(Files.exists(cache.resolve("models--owner--b")));
        assertTrue(refused("owner/b").contains("'quire list' shows what is"));
    }

    @Test
    void quantisationsAreModelsOfTheirOwn() throws Exception {
        byte[] shared = new byte[2000];
        HubFiles files =
                HubFiles.at("gguf")
                        .with("m-Q4_K_M.gguf", 5000, 1)
                        .with("m-Q8_0.gguf", shared)
                        .with("m-F16.gguf", shared);
        hub.put("owner/gguf", "main", files);
        pull("owner/gguf");
        pull("owner/gguf:Q8_0");
        Path f16 = pull("owner/gguf:F16").path();
        assertEquals(List.of("owner/gguf:F16", "owner/gguf:Q4_K_M", "owner/gguf:Q8_0"), names());
        assertEquals(5000, remove("owner/gguf:q4_k_m"));
        assertEquals(0, remove("owner/gguf:Q8_0"), "another file holds the bytes");
        assertEquals(2000, Files.size(f16));
        assertTrue(refused("owner/gguf:Q8_0").contains("is not in " + cache));
        remove("owner/gguf:F16");
        assertEquals(List.of(), names());
    }

    @Test
    void pullThatWasCutIsListedAsSuch() throws Exception {
        hub.put("owner/a", "main", HubFiles.model("a", 3000, 1));
        hub.faults = path -> path.startsWith("model") ? HubFault.CUT : HubFault.NONE;
        assertThrows(HubException.class, () -> pull("owner/a"));
        CachedModel cut = models.all().getFirst();
        assertFalse(cut.whole());
        assertTrue(cut.bytes() > 0);
        remove("owner/a");
        assertEquals(List.of(), names());
    }

    @Test
    void linksThatLeadOutAreRemovedAndNotFollowed(@TempDir Path elsewhere) throws Exception {
        HubFiles files = HubFiles.at("gguf").with("m-Q4_K_M.gguf", 5000, 1);
        hub.put("owner/gguf", "main", files);
        Path gguf = pull("owner/gguf").path();
        Path kept = Files.writeString(elsewhere.resolve("kept.gguf"), "kept");
        Files.createSymbolicLink(gguf.resolveSibling("m-Q8_0.gguf"), kept);
        Files.createSymbolicLink(gguf.resolveSibling("folder"), elsewhere);
        remove("owner/gguf:Q8_0");
        remove("owner/gguf");
        assertEquals("kept", Files.readString(kept));
        assertEquals(List.of(), names());
    }

    @Test
    void modelThatIsBeingPulledStays() throws Exception {
        hub.put("owner/a", "main", HubFiles.model("a", 3000, 1));
        pull("owner/a");
        Path lock = new HubCache(cache, ModelName.parse("owner/a")).lockFile();
        RepoLock held = RepoLock.tryTake(lock).orElseThrow();
        try (held) {
            assertTrue(refused("owner/a").startsWith("owner/a is being pulled"));
        }
        remove("owner/a");
    }
}
