package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.model.GenerationConfig;

/** Defaults that no request could have are refused when the model is loaded. */
class GenerationConfigsTest {

    @TempDir Path folder;

    private SamplingDefaults sampling(String json) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), json);
        return GenerationConfigs.sampling(GenerationConfig.read(folder));
    }

    @Test
    void defaultsOutOfRangeAreRefusedWithTheWayOut() {
        Map<String, String> wrong =
                Map.of(
                        "temperature",
                        "-1",
                        "top_p",
                        "0",
                        "min_p",
                        "1.5",
                        "repetition_penalty",
                        "0");
        wrong.forEach(
                (name, value) -> {
                    String message =
                            assertThrows(
                                            CheckpointException.class,
                                            () -> sampling("{\"" + name + "\": " + value + "}"))
                                    .getMessage();
                    assertTrue(message.contains(name + " is "), message);
                    assertTrue(message.contains("generationConfig vllm"), message);
                });
    }

    @Test
    void theEdgesOfTheRangesAreDefaults() throws IOException {
        SamplingDefaults defaults =
                sampling(
                        "{\"temperature\": 0, \"top_p\": 1, \"min_p\": 1, \"top_k\": 0,"
                                + " \"repetition_penalty\": 0.01}");
        assertEquals(0, defaults.temperature().orElseThrow());
        assertEquals(1, defaults.minP().orElseThrow());
    }
}
