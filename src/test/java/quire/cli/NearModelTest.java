package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.ConfigurationException;
import quire.settings.Settings;

class NearModelTest {

    @TempDir Path folder;
    private Path cache;

    @BeforeEach
    void put() throws IOException {
        cache = folder.resolve("cache");
        Path commit = cache.resolve("models--Qwen--Qwen2.5-7B-Instruct/snapshots/0123456789abcdef");
        Files.createDirectories(commit);
        Files.writeString(commit.resolve("model.safetensors"), "weights");
        Files.createDirectories(folder.resolve("TinyLlama"));
        Files.writeString(folder.resolve("TinyLlama/config.json"), "{}");
        Files.createDirectories(folder.resolve("TinyLemma"));
        Files.writeString(folder.resolve("SmolLM2.Q4_1.gguf"), "GGUF");
    }

    private Optional<String> near(Path typed) {
        return NearModel.of(typed.toString(), cache);
    }

    @Test
    void modelsBesideAreGuessedAndNothingElseThatLiesThere() {
        assertEquals(
                Optional.of(folder.resolve("TinyLlama").toString()),
                near(folder.resolve("TinyLamma")));
        assertEquals(
                Optional.of(folder.resolve("SmolLM2.Q4_1.gguf").toString()),
                near(folder.resolve("SmolLM2.Q4_0.gguf")));
        assertEquals(Optional.empty(), near(folder.resolve("nothing-like-it")));
        assertEquals(Optional.empty(), near(folder.resolve("no/such/folder")));
        assertEquals(Optional.empty(), NearModel.of("\0", cache));
    }

    @Test
    void modelsOfTheCacheAreGuessedWithAndWithoutTheirOwner() {
        for (String typed : new String[] {"Qwen2.5-7B-Instruct", "Qwen2.5-7b-Instruct"}) {
            assertEquals(
                    Optional.of("Qwen/Qwen2.5-7B-Instruct"), NearModel.of(typed, cache), typed);
        }
        assertEquals(
                Optional.of("Qwen/Qwen2.5-7B-Instruct"),
                NearModel.inCache("Qwen/Qwen2.5-7B-Instrukt", cache));
        assertEquals(Optional.empty(), NearModel.inCache("quire-demo", cache));
        assertEquals(Optional.empty(), NearModel.inCache("x", folder.resolve("none")));
    }

    @Test
    void ourOwnModelIsGuessedAnywhere() {
        assertTrue(NearModel.of("quire-dmeo", cache).orElseThrow().endsWith("models/quire-demo"));
    }

    @Test
    void theCommandsSayIt() {
        Settings settings =
                Settings.lookUp(
                        flag ->
                                flag.equals("download-dir")
                                        ? Optional.of(cache.toString())
                                        : Optional.empty());
        Path typed = folder.resolve("TinyLamma");
        assertEquals(
                "there is no model '"
                        + typed
                        + "'; did you mean "
                        + folder.resolve("TinyLlama")
                        + "?",
                assertThrows(
                                ConfigurationException.class,
                                () -> ServeCommand.refuseMistyped(typed, settings))
                        .getMessage());
        ServeCommand.refuseMistyped(folder.resolve("TinyLlama"), settings);
        ServeCommand.refuseMistyped(folder.resolve("nothing-like-it"), settings);
        CommandLines.Said remove =
                CommandLines.run(
                        "rm", "Qwen/Qwen2.5-7B-Instrct", "--download-dir", cache.toString());
        assertEquals(
                "quire: 'Qwen/Qwen2.5-7B-Instrct' is not in the cache; did you mean"
                        + " Qwen/Qwen2.5-7B-Instruct?",
                remove.err().strip());
        CommandLines.Said bare =
                CommandLines.run("rm", "Qwen2.5-7B-Instruct", "--download-dir", cache.toString());
        assertTrue(bare.err().contains("did you mean Qwen/Qwen2.5-7B-Instruct?"), bare.err());
        CommandLines.Said plan = CommandLines.run("plan", folder.resolve("TinyLamma").toString());
        assertTrue(
                plan.err().strip().endsWith("; did you mean " + folder.resolve("TinyLlama") + "?"),
                plan.err());
        assertTrue(Files.isDirectory(cache.resolve("models--Qwen--Qwen2.5-7B-Instruct")));
    }
}
