package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.error.HubException;

/**
 * The headers of files that stay where they are. Here a header is the bytes in front of some place.
 */
class OutlineTest extends PullsHere {

    private static final int SIZE = 3 << 20;

    @TempDir Path folders;
    private Path folder;

    /** How long a header is; what else is needed. */
    private int headerBytes = 1000;

    private List<HeaderReading.Extent> more = List.of();

    private Path outline(String name, String... settings) throws IOException, InterruptedException {
        folder = Files.createTempDirectory(folders, "plan");
        return Pull.outline(
                ModelName.parse(name),
                hub.settings(cache, settings),
                folder,
                (beginning, fileBytes) -> {
                    assertEquals(SIZE, fileBytes);
                    boolean isHere = beginning.toFile().length() >= headerBytes;
                    return isHere ? Optional.of(more) : Optional.empty();
                },
                heard);
    }

    private String refusal(String name, String... settings) {
        return assertThrows(HubException.class, () -> outline(name, settings)).getMessage();
    }

    private HubFiles quantised() {
        HubFiles files = HubFiles.at("a").with("README.md", "# a");
        for (String type : List.of("Q8_0", "Q4_K_M", "Q2_K")) {
            files.with("model-" + type + ".gguf", SIZE, type.hashCode());
        }
        hub.put(REPO, "main", files);
        return files;
    }

    private static void assertHas(byte[] whole, Path path, int first, int end) throws IOException {
        assertArrayEquals(
                Arrays.copyOfRange(whole, first, end),
                Arrays.copyOfRange(Files.readAllBytes(path), first, end));
    }

    @Test
    void oneMebibyteOfTheUsualQuantisationIsFetchedAndNothingWritten() throws Exception {
        HubFiles files = quantised();
        Path path = outline(REPO);
        assertEquals("model-Q4_K_M.gguf", folder.relativize(path).toString());
        assertEquals(SIZE, Files.size(path));
        assertHas(files.bytes("model-Q4_K_M.gguf"), path, 0, 1 << 20);
        assertEquals(1 << 20, hub.sentBytes.get());
        assertFalse(Files.exists(cache.resolve("models--owner--model")), "the cache has it");
        assertEquals(
                List.of(
                        "owner/model: Q4_K_M of Q4_K_M, Q8_0, Q2_K; owner/model:TAG chooses"
                                + " another"),
                heard.facts());
    }

    @Test
    void tagChoosesAndAnUnknownOneListsWhatThereIs() throws Exception {
        HubFiles files = quantised();
        assertHas(files.bytes("model-Q2_K.gguf"), outline(REPO + ":q2_k"), 0, 1 << 20);
        assertEquals(
                "owner/model has no 'Q5_0'; it has Q4_K_M, Q8_0, Q2_K.", refusal(REPO + ":Q5_0"));
    }

    @Test
    void headerThatGoesOnIsFetchedOnAndSoIsWhatElseIsNeeded() throws Exception {
        HubFiles files = quantised();
        headerBytes = (1 << 20) + 1;
        more = List.of(new HeaderReading.Extent(SIZE - 500, SIZE - 100));
        Path path = outline(REPO);
        assertHas(files.bytes("model-Q4_K_M.gguf"), path, 0, SIZE);
        // The second request would go to four times the first, which is beyond the file's end.
        assertEquals(SIZE, hub.sentBytes.get());
    }

    @Test
    void whatElseIsNeededIsFetchedAlone() throws Exception {
        HubFiles files = quantised();
        more = List.of(new HeaderReading.Extent(SIZE - 500, SIZE - 100));
        Path path = outline(REPO);
        byte[] whole = files.bytes("model-Q4_K_M.gguf");
        assertHas(whole, path, SIZE - 500, SIZE - 100);
        assertArrayEquals(
                new byte[100], Arrays.copyOfRange(Files.readAllBytes(path), SIZE - 100, SIZE));
        assertEquals((1 << 20) + 400, hub.sentBytes.get());
    }

    @Test
    void fileThatIsHeaderAlone() throws Exception {
        quantised();
        headerBytes = SIZE + 1;
        assertEquals(
                "model-Q4_K_M.gguf of owner/model cannot be read without its weights: its header"
                        + " has no end in 3.00 MiB; choose another file or repository.",
                refusal(REPO));
    }

    @Test
    void eachPartHasItsOwn() throws Exception {
        HubFiles files = HubFiles.at("a");
        List<String> parts = new ArrayList<>();
        for (int part = 1; part <= 3; part++) {
            parts.add("big-Q4_K_M-0000%d-of-00003.gguf".formatted(part));
            files.with("Q4_K_M/" + parts.getLast(), SIZE, part);
        }
        hub.put(REPO, "main", files);
        assertEquals(parts.getFirst(), outline(REPO).getFileName().toString());
        for (String part : parts) {
            Path path = folder.resolve(part);
            assertHas(files.bytes("Q4_K_M/" + part), path, 0, 1 << 17);
            assertEquals(SIZE, Files.size(path));
        }
        assertEquals((1 << 20) + 2 * (1 << 17), hub.sentBytes.get());
    }

    @Test
    void whatIsInTheCacheIsNotFetched() throws Exception {
        quantised();
        Path pulled = pull(REPO).path();
        long sent = hub.sentBytes.get();
        assertEquals(pulled, outline(REPO));
        assertEquals(pulled, outline(REPO, "HF_HUB_OFFLINE", "1"));
        assertEquals(sent, hub.sentBytes.get());
        hub.close();
        assertEquals(pulled, outline(REPO + ":Q4_K_M", "HF_HUB_DOWNLOAD_TIMEOUT", "1"));
        assertTrue(
                refusal(REPO + ":Q8_0", "HF_HUB_OFFLINE", "1")
                        .startsWith("owner/model:Q8_0 is not in " + cache));
    }

    @Test
    void aPullOfTheSameRepositoryIsNotWaitedFor() throws Exception {
        quantised();
        HubCache held = new HubCache(cache, ModelName.parse(REPO));
        RepoLock lock = RepoLock.take(held.lockFile(), () -> {});
        try (lock) {
            assertEquals(SIZE, Files.size(outline(REPO)));
        }
    }

    @Test
    void tokenIsForTheHubAlone() throws Exception {
        quantised();
        hub.gate(REPO);
        assertTrue(refusal(REPO).startsWith("owner/model is gated: accept its terms at "));
        outline(REPO, "HF_TOKEN", "hf_secret");
        assertEquals(0, hub.leaks());
        assertTrue(hub.seen.stream().anyMatch(request -> !request.atOrigin()), "no redirect");
    }

    @ParameterizedTest
    @EnumSource(HubFault.class)
    void faultThatPassesIsRiddenOut(HubFault fault) throws Exception {
        HubFiles files = quantised();
        List<String> struck = new ArrayList<>();
        hub.faults =
                path -> {
                    synchronized (struck) {
                        struck.add(path);
                        return struck.size() == 1 ? fault : HubFault.NONE;
                    }
                };
        // Nothing says what a header's bytes are: who reads it finds what is wrong.
        if (!fault.isLie()) {
            assertHas(files.bytes("model-Q4_K_M.gguf"), outline(REPO), 0, 1 << 20);
        }
    }

    @Test
    void hubThatNeverAnswersEndsInASentence() throws IOException {
        quantised();
        hub.faults = path -> path.endsWith(".gguf") ? HubFault.SERVER_ERROR : HubFault.NONE;
        String sentence = refusal(REPO);
        assertTrue(
                sentence.startsWith(
                        "the header of model-Q4_K_M.gguf of owner/model could not be fetched in 6"
                                + " tries; the last one: the hub answered with 5"),
                sentence);
        assertTrue(sentence.endsWith(". Try again later."), sentence);
    }

    @Test
    void foldersOfSafetensorsHaveTheirConfigurationAlone() throws Exception {
        HubFiles files = HubFiles.model("a", 300_000, 1).with("x-Q4_K_M.gguf", SIZE, 1);
        hub.put(REPO, "main", files);
        Path config = outline(REPO);
        assertArrayEquals(files.bytes("config.json"), Files.readAllBytes(config));
        assertEquals(SIZE, Files.size(outline(REPO + ":Q4_K_M")));
        hub.put("owner/none", "main", HubFiles.at("b").with("README.md", "# b"));
        assertEquals(
                "owner/none has neither config.json nor GGUF files, which say what a model takes;"
                        + " choose another repository, or give a file on this machine.",
                refusal("owner/none"));
    }
}
