package quire.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One GGUF file. */
class GgufCheckpointTest extends CheckpointContract {

    @Override
    Path write(Path folder, List<Given> tensors) throws IOException {
        GgufBytes out =
                new GgufBytes()
                        .entry("general.architecture", GgufBytes.STRING, GgufBytes.string("llama"));
        for (Given given : tensors) {
            out.tensor(
                    given.name(),
                    GgmlType.valueOf(given.dtype().name()),
                    given.shape(),
                    given.bytes());
        }
        return Files.write(folder.resolve("model.gguf"), out.bytes());
    }

    @Override
    Checkpoint.Format format() {
        return Checkpoint.Format.GGUF;
    }
}
