package quire.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder with an index and one safetensors file for every two tensors. */
class ShardedCheckpointTest extends CheckpointContract {

    @Override
    Path write(Path folder, List<Given> tensors) throws IOException {
        List<String> map = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i += 2) {
            String file =
                    "model-%05d-of-%05d.safetensors".formatted(i / 2 + 1, (tensors.size() + 1) / 2);
            SafetensorsBytes out = new SafetensorsBytes();
            for (Given given : tensors.subList(i, Math.min(i + 2, tensors.size()))) {
                out.tensor(given.name(), given.dtype().name(), given.shape(), given.bytes());
                map.add("\"%s\": \"%s\"".formatted(given.name(), file));
            }
            Files.write(folder.resolve(file), out.bytes());
        }
        Files.writeString(folder.resolve("config.json"), "{}");
        writeIndex(
                folder,
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {"
                        + String.join(", ", map)
                        + "}}");
        return folder;
    }

    @Override
    Checkpoint.Format format() {
        return Checkpoint.Format.SAFETENSORS;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../other.safetensors", "/tmp/other.safetensors", "sub/other.safetensors", "..",
                "..\\\\other.safetensors", "", "model.bin", "a\\u0000.safetensors"
            })
    void indexThatLeavesTheFolderIsRefused(String file) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        writeIndex(folder, "{\"weight_map\": {\"a\": \"" + file + "\"}}");
        assertSays(() -> Checkpoint.open(folder), "model.safetensors.index.json names the file");
    }

    @Test
    void tensorThatItsFileDoesNotHaveIsRefusedWhereItIsNeeded() throws IOException {
        write(folder, GIVEN);
        writeIndex(
                folder,
                "{\"weight_map\": {\"embed.weight\": \"model-00002-of-00004.safetensors\","
                        + " \"layer.0.up.weight\": \"model-00002-of-00004.safetensors\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(16, checkpoint.tensor("layer.0.up.weight").numElements());
            assertSays(
                    () -> checkpoint.tensor("embed.weight"),
                    "'embed.weight'",
                    "model-00002-of-00004",
                    "does not");
        }
    }

    @Test
    void withoutAnIndexAllShardsAreTheModel() throws IOException {
        write(folder, GIVEN);
        Files.delete(folder.resolve("model.safetensors.index.json"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(GIVEN.stream().map(Given::name).toList(), List.copyOf(checkpoint.names()));
        }
        Path second = folder.resolve("model-00002-of-00004.safetensors");
        Path aside = Files.move(second, folder.resolve("aside"));
        assertSays(
                () -> Checkpoint.open(folder),
                "no model.safetensors.index.json",
                "3 shards without model-00002-of-00004.safetensors");
        Files.move(aside, second);
        Files.copy(second, folder.resolve("other-00002-of-00004.safetensors"));
        assertSays(() -> Checkpoint.open(folder), "5 shards without model-00005-of-00004");
    }

    @Test
    void tensorInTwoFilesIsTakenFromTheOneThatTheIndexNames() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        for (String file : List.of("a", "b")) {
            Files.write(
                    folder.resolve(file + ".safetensors"),
                    new SafetensorsBytes()
                            .tensor("x", "F32", List.of(), GgufBytes.int32(file.charAt(0)))
                            .tensor(file, "F32", List.of(), new byte[4])
                            .bytes());
        }
        writeIndex(
                folder, "{\"weight_map\": {\"a\": \"a.safetensors\", \"x\": \"b.safetensors\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals('b', Float.floatToRawIntBits(checkpoint.tensor("x").toFloats()[0]));
        }
        writeIndex(
                folder, "{\"weight_map\": {\"a\": \"a.safetensors\", \"b\": \"b.safetensors\"}}");
        assertSays(() -> Checkpoint.open(folder), "'x'", "a.safetensors", "b.safetensors");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"weight_map\": []}",
                "{\"weight_map\": {}}",
                "{\"weight_map\": {\"a\": 1}}",
                "{\"weight_map\": {\"a\": \"a.safetensors\"",
                "{\"weight_map\": {\"a\": \"a\", \"a\": \"a\"}}"
            })
    void brokenIndexIsRefused(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        writeIndex(folder, json);
        assertSays(() -> Checkpoint.open(folder), "model.safetensors.index.json");
    }

    private static void writeIndex(Path folder, String json) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    }
}
