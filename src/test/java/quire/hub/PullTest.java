package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.error.HubException;

/** Models come whole and right, or one sentence says why not. */
class PullTest extends PullsHere {

    private static void assertIs(byte[] bytes, Path file) throws IOException {
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void modelLiesWherePythonLooksForIt() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        PulledModel pulled = pull(REPO);
        Path folder = cache.resolve("models--owner--model");
        assertEquals(folder.resolve("snapshots").resolve(files.commit), pulled.path());
        assertEquals(files.commit, Files.readString(folder.resolve("refs/main")));
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertEquals(
                Path.of("../../blobs", files.etag("config.json")),
                Files.readSymbolicLink(pulled.path().resolve("config.json")));
        assertEquals(List.of("config.json", "model.safetensors", "tokenizer.json"), names(pulled));
        assertEquals(3, Files.list(folder.resolve("blobs")).count(), "nothing else is left");
        assertEquals(pulled.bytes(), hub.sentBytes.get());
    }

    private static List<String> names(PulledModel pulled) throws IOException {
        try (Stream<Path> entries = Files.list(pulled.path())) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void secondPullFetchesNothing() throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        pull(REPO);
        long sent = hub.sentBytes.get();
        assertEquals(0, pull(REPO).fetchedBytes());
        assertEquals(sent, hub.sentBytes.get());
    }

    @Test
    void filesThatTwoCommitsShareComeOnce() throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        pull(REPO);
        HubFiles moved = HubFiles.model("b", 300_000, 1);
        hub.put(REPO, "main", moved);
        PulledModel pulled = pull(REPO);
        assertEquals(moved.bytes("config.json").length, pulled.fetchedBytes());
        assertIs(moved.bytes("config.json"), pulled.path().resolve("config.json"));
    }

    @Test
    void mainThatMovesMeanwhileGivesTheFilesOfOneCommit() throws Exception {
        HubFiles first = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", first);
        hub.faults =
                path -> {
                    hub.put(REPO, "main", HubFiles.model("b", 400_000, 2));
                    return HubFault.NONE;
                };
        PulledModel pulled = pull(REPO);
        assertEquals(first.commit, pulled.commit());
        assertIs(first.bytes("config.json"), pulled.path().resolve("config.json"));
        assertIs(first.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
    }

    @Test
    void manyRangesMakeOneFile() throws Exception {
        HubFiles files = HubFiles.model("a", 40_000_001, 1);
        hub.put(REPO, "main", files);
        PulledModel pulled = pull(REPO);
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertEquals(pulled.bytes(), hub.sentBytes.get());
        assertTrue(
                hub.seen.stream().filter(r -> r.header("range").isPresent()).count() > 4,
                "in parts");
    }

    @Test
    void hubWithoutRangesGivesTheFileInOnePiece() throws Exception {
        HubFiles files = HubFiles.model("a", 40_000_001, 1);
        hub.put(REPO, "main", files);
        hub.faults = path -> HubFault.NO_RANGES;
        PulledModel pulled = pull(REPO);
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertEquals(pulled.bytes(), hub.sentBytes.get());
    }

    @Test
    void configurationComesAloneAndHidesNoModel() throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        PulledModel pulled = pull(REPO);
        HubFiles moved = HubFiles.model("b", 300_000, 2);
        hub.put(REPO, "main", moved);
        long sent = hub.sentBytes.get();
        Path config = Pull.configuration(ModelName.parse(REPO), hub.settings(cache), heard);
        assertIs(moved.bytes("config.json"), config);
        assertEquals(sent + moved.bytes("config.json").length, hub.sentBytes.get());
        assertEquals(pulled.path(), pull(REPO, "HF_HUB_OFFLINE", "1").path());
    }

    @Test
    void emptyFileIsAFile() throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 2000, 1).with("merges.txt", ""));
        assertEquals(0, Files.size(pull(REPO).path().resolve("merges.txt")));
    }

    @Test
    void hubThatListsNoHashesIsAskedForEach() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        hub.listsBlobs = false;
        PulledModel pulled = pull(REPO);
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertTrue(
                Files.exists(
                        cache.resolve("models--owner--model/blobs/" + files.etag("config.json"))));
    }

    @ParameterizedTest
    @EnumSource(HubFault.class)
    void faultThatPassesIsRiddenOut(HubFault fault) throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        List<String> struck = new ArrayList<>();
        hub.faults =
                path -> {
                    synchronized (struck) {
                        boolean twice = struck.stream().filter(path::equals).count() == 2;
                        if (twice || !path.equals("model.safetensors")) {
                            return HubFault.NONE;
                        }
                        struck.add(path);
                        return fault;
                    }
                };
        if (fault.isLie()) {
            String sentence = refused(REPO);
            assertTrue(sentence.contains("other bytes than the hub promises"), sentence);
            assertTrue(sentence.contains("model.safetensors of owner/model"), sentence);
            assertFalse(Files.exists(cache.resolve("models--owner--model/refs/main")));
            struck.add("model.safetensors");
        }
        PulledModel pulled = pull(REPO);
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        long allowed = fault.isLie() ? 2 * pulled.bytes() : pulled.bytes() * 11 / 10;
        boolean sendsMore = fault == HubFault.WRONG_SIZE || fault == HubFault.RESET;
        assertTrue(sendsMore || hub.sentBytes.get() <= allowed, hub.sentBytes + " bytes");
    }

    @ParameterizedTest
    @EnumSource(
            value = HubFault.class,
            names = {"NO_ANSWER", "SERVER_ERROR", "TOO_MANY", "WRONG_SIZE", "NOT_SATISFIABLE"})
    void faultThatStaysIsASentence(HubFault fault) {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        hub.faults = path -> path.equals("model.safetensors") ? fault : HubFault.NONE;
        String sentence = refused(REPO);
        assertTrue(sentence.startsWith("model.safetensors of owner/model could not be"), sentence);
        assertTrue(sentence.contains("pull again"), sentence);
    }

    @Test
    void refusalsSayTheWayOut() {
        hub.put(REPO, "main", HubFiles.model("a", 2000, 1));
        hub.put("owner/gated", "main", HubFiles.model("a", 2000, 1));
        hub.gate("owner/gated");
        String gated = refused("owner/gated");
        assertTrue(gated.contains("accept its terms at " + hub.url() + "/owner/gated"), gated);
        assertTrue(gated.contains("HF_TOKEN"), gated);
        String wrong = refused("owner/gated", "HF_TOKEN", "hf_other");
        assertTrue(wrong.contains("the given token may not read it yet"), wrong);
        assertFalse(wrong.contains("hf_other"), wrong);
        String missing = refused("owner/modl");
        assertTrue(missing.contains("owner/modl is not at 127.0.0.1, or it is private"), missing);
        HubSettings.Asked asked =
                new HubSettings.Asked(
                        java.util.Optional.of("v9"),
                        java.util.Optional.of(cache),
                        java.util.Optional.empty());
        HubSettings other = HubSettings.read(asked, java.util.Map.of("HF_ENDPOINT", hub.url()));
        assertFalse(Files.exists(cache.resolve("models--owner--modl")), "nothing is left of it");
        String revision =
                assertThrows(HubException.class, () -> Pull.of(ModelName.parse(REPO), other, heard))
                        .getMessage();
        assertTrue(revision.contains("owner/model has no revision 'v9'"), revision);
    }

    @Test
    void twoPullsAtOnceFetchNothingTwice() throws Exception {
        HubFiles files = HubFiles.model("a", 3_000_000, 1);
        hub.put(REPO, "main", files);
        hub.slowness = 10_000;
        Callable<PulledModel> pull = () -> pull(REPO);
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            for (Future<PulledModel> each : two.invokeAll(List.of(pull, pull))) {
                assertIs(
                        files.bytes("model.safetensors"),
                        each.get().path().resolve("model.safetensors"));
            }
        }
        assertEquals(3_000_000 + 5000 + files.bytes("config.json").length, hub.sentBytes.get());
        assertTrue(heard.facts().toString().contains("another process pulls it"), heard + "");
    }

    @Test
    void whatTheCacheHasIsEnoughOffline() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        assertTrue(refused(REPO, "HF_HUB_OFFLINE", "1").contains("HF_HUB_OFFLINE forbids"));
        PulledModel pulled = pull(REPO);
        int asked = hub.seen.size();
        assertEquals(pulled.path(), pull(REPO, "HF_HUB_OFFLINE", "1").path());
        assertEquals(asked, hub.seen.size());
        hub.faults = path -> HubFault.TOO_MANY;
        assertEquals(pulled.path(), pull(REPO).path());
        assertTrue(heard.facts().toString().contains("that the cache has is used"));
        Files.delete(pulled.path().resolve("model.safetensors"));
        assertTrue(refused(REPO, "HF_HUB_OFFLINE", "1").contains("is not in " + cache));
    }

    @Test
    void damagedJournalBeginsAnew() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        Path blobs = Files.createDirectories(cache.resolve("models--owner--model/blobs"));
        String hash = files.etag("model.safetensors");
        Files.write(blobs.resolve(hash + ".quire-part"), new byte[100_000]);
        Files.write(blobs.resolve(hash + ".quire-done"), new byte[77]);
        assertIs(files.bytes("model.safetensors"), pull(REPO).path().resolve("model.safetensors"));
    }

    @Test
    void blobOfTheWrongSizeIsFetchedAnew() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
        PulledModel pulled = pull(REPO);
        Path blob = pulled.path().resolve("model.safetensors").toRealPath();
        Files.write(blob, new byte[10]);
        assertIs(files.bytes("model.safetensors"), pull(REPO).path().resolve("model.safetensors"));
        assertTrue(Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS));
    }

    /** What a pull said. */
    static final class Heard implements PullListener {

        private final List<String> facts = new ArrayList<>();

        @Override
        public synchronized void said(String fact) {
            facts.add(fact);
        }

        @Override
        public void advanced(long doneBytes, long totalBytes) {
            assertTrue(doneBytes <= totalBytes, doneBytes + " of " + totalBytes);
        }

        synchronized List<String> facts() {
            return List.copyOf(facts);
        }

        @Override
        public String toString() {
            return facts().toString();
        }
    }
}
