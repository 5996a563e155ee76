package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.weights.Checkpoint;

class GenerationConfigTest {

    @TempDir Path folder;

    private GenerationConfig read(String generationConfig) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), generationConfig);
        return GenerationConfig.read(folder);
    }

    @Test
    void everyFieldIsRead() throws IOException {
        assertEquals(
                new GenerationConfig(
                        List.of(7, 5, 9),
                        OptionalDouble.of(0.7),
                        OptionalDouble.of(0.8),
                        OptionalInt.of(20),
                        OptionalDouble.of(0.05),
                        OptionalDouble.of(1.05),
                        OptionalInt.of(512)),
                read(
                        """
                        {"eos_token_id": [7, 5, 9, 5], "do_sample": true, "temperature": 0.7,
                         "top_p": 0.8, "top_k": 20, "min_p": 0.05, "repetition_penalty": 1.05,
                         "max_new_tokens": 512, "bos_token_id": 1}"""));
    }

    @Test
    void absentFilesAndKeysRecommendNothing() throws IOException {
        GenerationConfig nothing = GenerationConfig.read(folder);
        assertEquals(List.of(), nothing.eosTokenIds());
        assertEquals(nothing, read("{}"));
        assertEquals(
                nothing, read("{\"eos_token_id\": null, \"top_k\": 0, \"temperature\": null}"));
        assertEquals(OptionalInt.of(1), read("{\"top_k\": 1}").topK());
        assertEquals(OptionalInt.empty(), read("{\"top_k\": -1}").topK());
    }

    @Test
    void endsOfTheModelsConfigurationCountWhereNoOthersAreNamed() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": [3, 4]}");
        assertEquals(List.of(3, 4), GenerationConfig.read(folder).eosTokenIds());
        assertEquals(List.of(3, 4), read("{}").eosTokenIds());
        assertEquals(List.of(2), read("{\"eos_token_id\": 2}").eosTokenIds());
    }

    @Test
    void malformedFilesAreNamed() {
        for (String text :
                List.of(
                        "",
                        "[]",
                        "{\"eos_token_id\": \"2\"}",
                        "{\"eos_token_id\": [2, -1]}",
                        "{\"temperature\": \"hot\"}")) {
            String message = assertThrows(CheckpointException.class, () -> read(text)).getMessage();
            assertTrue(message.contains("generation_config.json"), message);
        }
    }

    @Test
    void ggufRecommendsNothingAndLeavesTheEndsToItsVocabulary() {
        Path gguf = GoldenData.gguf().resolve("quire-demo-Q8_0.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(gguf)) {
            assertEquals(GenerationConfig.endingAt(List.of()), GenerationConfig.of(checkpoint));
        }
    }
}
