package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.golden.GoldenData;
import quire.weights.Checkpoint;

/**
 * Whatever can be wrong with a template is found before a tokenizer is opened, whose memory nobody
 * would free. The folders here have no tokenizer, which would be the refusal otherwise.
 */
class ModelTextTest {

    @TempDir Path folder;

    private static Path model() {
        return GoldenData.golden().resolve("checkpoints/llama");
    }

    @Test
    void aTemplateThatIsNoneIsRefusedBeforeATokenizerIsOpened() {
        try (Checkpoint checkpoint = Checkpoint.open(model())) {
            String message =
                    assertThrows(
                                    ConfigurationException.class,
                                    () -> ModelText.of(checkpoint, Optional.of("{% if %}")))
                            .getMessage();
            assertTrue(message.startsWith("chatTemplate is no template: line 1: "), message);
        }
    }

    @Test
    void aFileThatIsNotThereIsRefusedBeforeATokenizerIsOpened() {
        try (Checkpoint checkpoint = Checkpoint.open(model())) {
            String message =
                    assertThrows(
                                    ConfigurationException.class,
                                    () -> ModelText.of(checkpoint, Optional.of("none.jinja")))
                            .getMessage();
            assertTrue(message.startsWith("chatTemplate none.jinja is neither "), message);
        }
    }

    @Test
    void aModelsOwnTemplateThatCannotBeReadIsRefusedBeforeATokenizerIsOpened() throws Exception {
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(model().resolve(name), folder.resolve(name));
        }
        Path config = Files.writeString(folder.resolve("tokenizer_config.json"), "{");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            String message =
                    assertThrows(
                                    CheckpointException.class,
                                    () -> ModelText.of(checkpoint, Optional.empty()))
                            .getMessage();
            assertTrue(message.contains(config + " is no JSON: "), message);
        }
    }

    @Test
    void aBosTokenBeyondTheEmbeddingIsRefused() throws Exception {
        for (String name : new String[] {"tokenizer.json", "config.json", "model.safetensors"}) {
            Files.copy(Path.of("models/quire-demo").resolve(name), folder.resolve(name));
        }
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<|im_start|>\"}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            ModelText text = ModelText.of(checkpoint, Optional.empty());
            try (var tokenizer = text.tokenizer()) {
                assertEquals(1, tokenizer.specialTokens().bos().orElseThrow());
                text.requireWithin(2);
                String message =
                        assertThrows(CheckpointException.class, () -> text.requireWithin(1))
                                .getMessage();
                assertTrue(message.contains("the token 1 ('<|im_start|>')"), message);
                assertTrue(message.contains("embeddings for 1 tokens"), message);
            }
        }
    }
}
