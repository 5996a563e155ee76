package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hubs that lie, and hubs that want what is not theirs. */
class HostileHubTest extends PullsHere {

    @Test
    void tokenStaysAtTheHub() throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        hub.gate(REPO);
        pull(REPO, "HF_TOKEN", "hf_secret");
        assertTrue(hub.seen.stream().anyMatch(request -> !request.atOrigin()));
        assertEquals(0, hub.leaks());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://localhost/x",
                "http://user:secret@localhost/x",
                "http://[",
                "x y",
                "/owner/model/resolve/main/config.json"
            })
    void redirectsThatLeadNowhereAreNotFollowed(String location) {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        hub.location = location;
        String sentence = refused(REPO, "HF_HUB_DOWNLOAD_TIMEOUT", "1");
        assertTrue(sentence.contains("the hub redirects "), sentence);
        assertFalse(sentence.contains("secret"), sentence);
        assertEquals(0, hub.sentBytes.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3600", "Fri, 31 Dec 2100 23:59:59 GMT"})
    void hubThatWantsALongPauseIsNotWaitedFor(String retryAfter) {
        hub.put(REPO, "main", HubFiles.model("a", 300_000, 1));
        hub.faults = path -> HubFault.TOO_MANY;
        hub.retryAfter = retryAfter;
        String sentence = refused(REPO);
        assertTrue(sentence.contains("the hub wants a pause of "), sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../evil.json",
                "/etc/evil.json",
                "a/../../evil.json",
                "a//config.json",
                "..\\..\\evil.json",
                "evil\u001b[2Jconfig.json",
                "config.json/evil"
            })
    void namesThatLeadElsewhereAreRefused(String name) throws Exception {
        hub.put(REPO, "main", HubFiles.model("a", 2000, 1).with(name, "evil"));
        String sentence = refused(REPO);
        assertTrue(sentence.contains("the hub lists the file '"), sentence);
        assertFalse(sentence.contains("\u001b"), sentence);
        assertFalse(Files.exists(cache.resolve("models--owner--model/snapshots")));
        assertEquals(0, hub.sentBytes.get());
    }

    @Test
    void commitsAndHashesThatAreNoneAreRefused() {
        hub.put(REPO, "main", HubFiles.model("a", 2000, 1));
        hub.listing = "{\"sha\":\"../../x\",\"siblings\":[]}";
        assertTrue(refused(REPO).contains("names the commit '../../x', which is none"));
        hub.listing =
                "{\"sha\":\""
                        + "0".repeat(40)
                        + "\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1,\"blobId\":"
                        + "\"../../../evil\"}]}";
        assertTrue(refused(REPO).contains("with the hash '../../../evil'"));
        hub.listing = "{\"sha\":";
        assertTrue(refused(REPO).contains("list of files cannot be read"));
        assertFalse(Files.exists(cache.resolve("models--owner--model/snapshots")));
    }

    @Test
    void linkInTheSnapshotIsNotFollowed(@TempDir Path elsewhere) throws Exception {
        HubFiles files = HubFiles.at("gguf").with("Q4_K_M/model-Q4_K_M.gguf", 3000, 1);
        hub.put(REPO, "main", files);
        Path snapshot = cache.resolve("models--owner--model/snapshots").resolve(files.commit);
        Files.createDirectories(snapshot);
        Files.createSymbolicLink(snapshot.resolve("Q4_K_M"), elsewhere);
        assertTrue(refused(REPO).contains("is no folder of the cache's own"));
        assertEquals(0, Files.list(elsewhere).count());
    }

    @Test
    void moreThanTheDiskHasIsRefusedBeforeTheFirstByte() {
        hub.put(REPO, "main", HubFiles.model("a", 2000, 1));
        hub.listing =
                "{\"sha\":\""
                        + "0".repeat(40)
                        + "\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1,\"blobId\":\""
                        + "0".repeat(40)
                        + "\"},{\"rfilename\":\"model.safetensors\",\"size\":9000000000000000000,"
                        + "\"lfs\":{\"sha256\":\""
                        + "0".repeat(64)
                        + "\"}}]}";
        String sentence = refused(REPO);
        assertTrue(sentence.contains("owner/model needs 7.81 EiB more in " + cache), sentence);
        assertEquals(0, hub.sentBytes.get());
    }
}
