package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;

/** Disks that had room when a pull began and take no more in the middle of it. */
class FullDiskTest extends PullsHere {

    private static final int SIZE = 24_000_000;
    private static final String WEIGHTS = "model.safetensors";

    /** Waits in a shell until the disk has that many KiB of the weights. */
    private static final String AWAIT_HALF =
            "until [ \"$(du -k \"$HF_HOME\" | tail -n 1 | cut -f 1)\" -gt 8000 ]; do sleep 0.05; done\n";

    @TempDir Path other;
    private HubFiles files;

    @BeforeEach
    void put() throws IOException {
        files = HubFiles.model("a", SIZE, 1);
        hub.put(REPO, "main", files);
        hub.slowness = 20_000;
    }

    /** What a script said that gets a pull as its arguments, with the cache in $HF_HOME. */
    private List<String> said(List<String> shell, String script) throws Exception {
        List<String> command = new ArrayList<>(shell);
        command.addAll(List.of("sh", "-c", script, "sh"));
        command.addAll(PullProcessTest.command(REPO));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        PullProcessTest.setEnvironment(builder, hub, cache);
        builder.environment().put("EXPECTED", other.resolve("expected").toString());
        Files.write(other.resolve("expected"), files.bytes(WEIGHTS));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said.lines().toList();
    }

    private static String line(List<String> said, String begin) {
        return said.stream()
                .filter(line -> line.startsWith(begin))
                .findFirst()
                .orElseThrow(() -> new AssertionError(begin + " in " + said));
    }

    private static long number(List<String> said, String begin) {
        return Long.parseLong(line(said, begin).substring(begin.length()));
    }

    @Test
    void pullGoesOnWhenThereIsRoomAgain() throws Exception {
        Path unshare = Outside.MOUNTS.path();
        List<String> said =
                said(
                        List.of(unshare.toString(), "-Urm"),
                        """
                        mount -t tmpfs -o size=64m none "$HF_HOME" || exit 9
                        "$@" &
                        pull=$!
                        """
                                + AWAIT_HALF
                                + """
                                dd if=/dev/zero of="$HF_HOME/other" bs=64k 2>/dev/null
                                wait $pull
                                echo "first $?"
                                rm "$HF_HOME/other"
                                find "$HF_HOME" -name '*model.safetensors' -o -path '*snapshots*'
                                echo "fetched $("$@")"
                                cmp "$HF_HOME"/models--*/snapshots/*/model.safetensors "$EXPECTED" &&
                                    echo same
                                """);
        assertNotEquals(0, number(said, "first "), said + "");
        assertTrue(said.contains("same"), said + "");
        assertTrue(number(said, "fetched ") < SIZE - 4_000_000, said + "");
        assertTrue(said.stream().noneMatch(line -> line.contains("/snapshots/")), said + "");
        String sentence = line(said, "Exception in thread");
        assertTrue(sentence.contains("does not take the files of owner/model"), sentence);
        assertTrue(sentence.contains("No space left on device. What came is kept"), sentence);
    }

    @Test
    void fileThatIsTooLargeForItsDiskIsASentence() throws Exception {
        List<String> said =
                said(
                        List.of(),
                        """
                        (ulimit -f 16000; exec "$@")
                        echo "first $?"
                        echo "fetched $("$@")"
                        """);
        assertNotEquals(0, number(said, "first "), said + "");
        String sentence = line(said, "Exception in thread");
        assertTrue(sentence.contains("File too large. What came is kept"), sentence);
        assertTrue(number(said, "fetched ") < SIZE, said + "");
    }

    @Test
    void cacheThatIsRemovedMeanwhileIsASentence() throws Exception {
        List<String> said =
                said(
                        List.of(),
                        "\"$@\" &\npull=$!\n"
                                + AWAIT_HALF
                                + "rm -rf \"$HF_HOME\"/models--*\nwait $pull\necho \"first $?\"\n");
        assertNotEquals(0, number(said, "first "), said + "");
        String sentence = line(said, "Exception in thread");
        assertTrue(sentence.contains("owner/model"), sentence);
        assertTrue(sentence.contains("it is not there"), sentence);
    }
}
