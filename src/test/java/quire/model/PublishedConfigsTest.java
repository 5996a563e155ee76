package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.weights.Checkpoint;

/** Configurations of well-known models as the hub has them. */
class PublishedConfigsTest {

    private static Path folder() {
        return GoldenData.fixtures().resolve("configs");
    }

    private static JsonNode parameters() throws IOException {
        return new JsonMapper().readTree(Files.readString(folder().resolve("parameters.json")));
    }

    static Stream<String> models() throws IOException {
        List<String> names = parameters().properties().stream().map(Map.Entry::getKey).toList();
        assertFalse(names.isEmpty());
        return names.stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void shapesAddUpToThePublishedNumberOfParameters(String name) throws IOException {
        Path file = folder().resolve(name + ".json");
        String className =
                new JsonMapper()
                        .readTree(Files.readString(file))
                        .path("architectures")
                        .path(0)
                        .asText();
        boolean supported =
                Arrays.stream(Architecture.values())
                        .anyMatch(architecture -> architecture.className().equals(className));
        ModelConfig config;
        try {
            config = ModelConfig.read(file, "");
        } catch (CheckpointException e) {
            assertFalse(supported, e.getMessage());
            assertEquals(
                    file + ": the architecture '" + className + "' is not supported yet",
                    e.getMessage().substring(0, e.getMessage().indexOf(';')));
            return;
        }
        long published = parameters().path(name).asLong();
        for (Checkpoint.Format format : Checkpoint.Format.values()) {
            assertEquals(published, ModelWeights.of(config, format).numParameters());
        }
    }
}
