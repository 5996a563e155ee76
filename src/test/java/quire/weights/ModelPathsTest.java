package quire.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static quire.weights.CheckpointContract.assertSays;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;

/** Paths that are not a model: each has its own sentence, with a way out. */
class ModelPathsTest {

    @TempDir Path folder;

    @Test
    void pathThatDoesNotExist() {
        assertRefused(folder.resolve("nowhere"), "does not exist");
        assertRefused(folder.resolve("nowhere.gguf"), "does not exist");
    }

    @Test
    void emptyFolder() {
        assertRefused(folder, "is not a model", "config.json", ".gguf");
    }

    @Test
    void weightsWithoutConfiguration() throws IOException {
        Files.write(folder.resolve("model.safetensors"), SafetensorsBytes.file("{}", new byte[0]));
        assertRefused(folder, "no config.json", "download that file");
    }

    @Test
    void configurationWithoutWeights() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "neither model.safetensors nor model.safetensors.index.json");
    }

    @Test
    void folderThatHoldsGgufFiles() throws IOException {
        Path gguf = Files.write(folder.resolve("m-Q8_0.gguf"), new GgufBytes().bytes());
        assertRefused(folder, "give the path of the file: " + gguf);
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "give the path of the file: " + gguf);
    }

    @Test
    void folderThatHoldsPyTorchWeightsOnly() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("pytorch_model.bin"), new byte[] {'P', 'K', 3, 4});
        assertRefused(folder, "only PyTorch weights (pytorch_model.bin)", "safetensors");
        assertRefused(folder.resolve("pytorch_model.bin"), "PyTorch", "safetensors or GGUF");
    }

    @Test
    void folderThatHoldsAnAdapter() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        Files.write(
                folder.resolve("adapter_model.safetensors"),
                SafetensorsBytes.file("{}", new byte[0]));
        assertRefused(folder, "adapter (LoRA)", "merged");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "adapter (LoRA)");
    }

    @Test
    void oneFileOfAFolder() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("model.safetensors"), SafetensorsBytes.file("{}", new byte[0]));
        assertRefused(folder.resolve("config.json"), "give the folder");
        assertRefused(folder.resolve("model.safetensors"), "give the folder");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(Set.of(), checkpoint.names());
        }
    }

    @Test
    void fileOfSomethingElse() throws IOException {
        assertRefused(Files.writeString(folder.resolve("notes.txt"), "GGU"), "not a GGUF file");
        assertRefused(Files.write(folder.resolve("empty.gguf"), new byte[0]), "is empty");
    }

    @Test
    void ggufIsKnownByItsBytesWhateverItsName() throws IOException {
        Path blob = Files.write(folder.resolve("sha256-0123"), new GgufBytes().bytes());
        try (Checkpoint checkpoint = Checkpoint.open(blob)) {
            assertEquals(Checkpoint.Format.GGUF, checkpoint.format());
        }
    }

    @Test
    void folderInPlaceOfAFile() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.createDirectory(folder.resolve("model.safetensors"));
        assertSays(() -> Checkpoint.open(folder), "model.safetensors is not a file");
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void pipeIsRefusedAndNotWaitedFor() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe.gguf");
        String mkfifo = Outside.MKFIFO.path().toString();
        Process process = new ProcessBuilder(mkfifo, pipe.toString()).start();
        assumeTrue(process.waitFor() == 0, "this file system has no pipes");
        assertRefused(pipe, "is not a file");
    }

    private static void assertRefused(Path path, String... says) {
        assertSays(() -> Checkpoint.open(path).close(), path.toString());
        assertSays(() -> Checkpoint.open(path).close(), says);
    }
}
