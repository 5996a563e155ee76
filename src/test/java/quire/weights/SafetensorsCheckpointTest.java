package quire.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder with one safetensors file. */
class SafetensorsCheckpointTest extends CheckpointContract {

    @Override
    Path write(Path folder, List<Given> tensors) throws IOException {
        SafetensorsBytes out = new SafetensorsBytes().metadata("format", "pt");
        for (Given given : tensors) {
            out.tensor(given.name(), given.dtype().name(), given.shape(), given.bytes());
        }
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("model.safetensors"), out.bytes());
        return folder;
    }

    @Override
    Checkpoint.Format format() {
        return Checkpoint.Format.SAFETENSORS;
    }
}
