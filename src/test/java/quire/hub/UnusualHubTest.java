package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hubs, repositories and caches that are not as most are, and yet as they may be. */
class UnusualHubTest extends PullsHere {

    private static final int SIZE = 300_000;

    private PulledModel pullAt(String revision) throws InterruptedException {
        HubSettings usual = hub.settings(cache);
        HubSettings asked =
                new HubSettings(
                        usual.endpoint(),
                        usual.token(),
                        usual.cache(),
                        usual.offline(),
                        revision,
                        usual.patience(),
                        usual.proxies());
        return Pull.of(ModelName.parse(REPO), asked, heard);
    }

    @ParameterizedTest
    @ValueSource(strings = {"refs/pr/1", "feature/half-precision", "v1.0"})
    void revisionsMayHaveSlashes(String revision) throws Exception {
        hub.put(REPO, "main", HubFiles.model("main", 5000, 1));
        HubFiles wanted = HubFiles.model("wanted", SIZE, 2);
        hub.put(REPO, revision, wanted);
        Path model = pullAt(revision).path();
        assertArrayEquals(
                wanted.bytes("model.safetensors"),
                Files.readAllBytes(model.resolve("model.safetensors")));
        Path refs = cache.resolve("models--owner--model/refs");
        assertEquals(wanted.commit, Files.readString(refs.resolve(revision)));
        hub.close();
        assertEquals(model, pullAt(revision).path(), "the cache knows the revision");
    }

    @Test
    void repositoryWithoutFilesIsASentence() throws IOException {
        hub.put(REPO, "main", HubFiles.at("nothing"));
        String said = refused(REPO);
        assertTrue(said.startsWith("owner/model has "), said);
        assertFalse(said.contains("null"), said);
        assertEquals(List.of(), models());
    }

    private List<Path> models() throws IOException {
        try (Stream<Path> all = Files.walk(cache)) {
            return all.filter(path -> path.getFileName().toString().endsWith(".safetensors"))
                    .toList();
        }
    }

    @Test
    void tenThousandFilesBesideThoseThatAreNeededStayAtTheHub() throws Exception {
        HubFiles files = HubFiles.model("many", SIZE, 3);
        IntStream.range(0, 10_000)
                .forEach(i -> files.with("checkpoints/step-" + i + "/trainer.txt", "x"));
        hub.put(REPO, "main", files);
        Path model = pull(REPO).path();
        try (Stream<Path> all = Files.walk(model)) {
            assertTrue(all.filter(Files::isRegularFile).count() < 10);
        }
        assertTrue(hub.sentBytes.get() < 1.1 * (SIZE + 6000), hub.sentBytes + " bytes");
    }

    @Test
    void namesThatDifferByCaseAloneAreTwo() throws Exception {
        HubFiles files = HubFiles.model("case", SIZE, 4).with("Config.json", "{}");
        hub.put(REPO, "main", files);
        Path model = pull(REPO).path();
        assertArrayEquals(
                files.bytes("config.json"), Files.readAllBytes(model.resolve("config.json")));
    }

    @Test
    void hubThatClosesAfterEachAnswerIsAskedAnew() throws Exception {
        hub.protocol = "HTTP/1.0";
        HubFiles files = HubFiles.model("old", 40 << 20, 5);
        hub.put(REPO, "main", files);
        Path model = pull(REPO).path();
        assertArrayEquals(
                files.bytes("model.safetensors"),
                Files.readAllBytes(model.resolve("model.safetensors")));
        assertTrue(hub.sentBytes.get() < 1.1 * (40 << 20), hub.sentBytes + " bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/models", "FILE", "FILE/below"})
    void cacheThatCannotBeWrittenIsASentence(String place) throws IOException {
        hub.put(REPO, "main", HubFiles.model("main", 5000, 1));
        Path file = Files.createFile(cache.resolve("file"));
        String root = place.replace("FILE", file.toString());
        String said = refused(REPO, "HF_HUB_CACHE", root);
        assertTrue(said.contains(root), said);
        assertFalse(said.contains("Exception"), said);
        assertEquals(0, hub.sentBytes.get());
    }
}
