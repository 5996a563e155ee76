package quire.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import quire.error.CheckpointException;
import quire.model.Architecture;
import quire.model.ModelConfig;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * Small random checkpoints of many architectures: the logits and greedy tokens that transformers
 * computes in float32. Errors are measured in standard deviations of the expected logits.
 */
class GoldenCheckpointsTest {

    /** One prompt and what follows from it. */
    record Case(int[] prompt, float[] logits, int[] greedy, float[] margins) {}

    private static List<Path> checkpoints() {
        try (Stream<Path> folders = Files.list(GoldenData.golden().resolve("checkpoints"))) {
            return folders.filter(folder -> Files.exists(folder.resolve("config.json")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Arguments> everyCheckpoint() {
        return checkpoints().stream().map(folder -> Arguments.of(folder.getFileName().toString()));
    }

    static Stream<Arguments> everyBackendAndSupportedCheckpoint() {
        return checkpoints().stream()
                .filter(folder -> isSupported(className(folder)))
                .flatMap(
                        folder ->
                                Arrays.stream(Backend.values())
                                        .map(
                                                backend ->
                                                        Arguments.of(
                                                                backend,
                                                                folder.getFileName().toString())));
    }

    static Path folder(String name) {
        return GoldenData.golden().resolve("checkpoints").resolve(name);
    }

    private static String className(Path folder) {
        try {
            return new JsonMapper()
                    .readTree(Files.readString(folder.resolve("config.json")))
                    .path("architectures")
                    .path(0)
                    .asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSupported(String className) {
        return Arrays.stream(Architecture.values())
                .anyMatch(architecture -> architecture.className().equals(className));
    }

    @ParameterizedTest
    @MethodSource("everyCheckpoint")
    void bothSpellingsOfAConfigurationAreReadAlikeOrRefusedByName(String name) {
        List<Path> spellings = new ArrayList<>();
        for (String file : List.of("config.json", "config.legacy.json")) {
            if (Files.exists(folder(name).resolve(file))) {
                spellings.add(folder(name).resolve(file));
            }
        }
        String className = className(folder(name));
        if (isSupported(className)) {
            ModelConfig config = ModelConfig.read(spellings.getFirst(), "");
            assertEquals(className, config.architecture().className());
            assertEquals(config, ModelConfig.read(spellings.getLast(), ""));
            return;
        }
        for (Path spelling : spellings) {
            CheckpointException refusal =
                    assertThrows(CheckpointException.class, () -> ModelConfig.read(spelling, ""));
            assertTrue(
                    refusal.getMessage()
                            .contains("'" + className + "' is not supported yet; supported: "),
                    refusal.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndSupportedCheckpoint")
    void logitsAreThoseOfTransformers(Backend backend, String name) {
        try (GoldenModel model = new GoldenModel(folder(name), backend.open(), DType.F32)) {
            LogitErrors errors = new LogitErrors();
            for (Case expected : cases(name)) {
                float[] logits = model.logits(expected.prompt(), expected.prompt().length);
                errors.add(expected.logits(), logits);
            }
            Tolerance.FLOAT32.check(errors, name);
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndSupportedCheckpoint")
    void logitsAreTheSameBitsHoweverChunkedAndInAnyCompany(Backend backend, String name) {
        try (GoldenModel model = new GoldenModel(folder(name), backend.open(), DType.F32)) {
            List<Case> cases = cases(name);
            int[] first = cases.getFirst().prompt();
            for (Case one : cases) {
                int[] prompt = one.prompt();
                float[] whole = model.logits(prompt, prompt.length);
                for (int chunk : new int[] {1, 7, 16, 33}) {
                    assertArrayEquals(whole, model.logits(prompt, chunk), "chunks of " + chunk);
                    assertArrayEquals(
                            whole,
                            model.logitsInCompany(first, prompt, chunk).getLast(),
                            "in company, chunks of " + chunk);
                    first = prompt;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndSupportedCheckpoint")
    void aCacheOfBf16CostsLittle(Backend backend, String name) {
        try (GoldenModel model = new GoldenModel(folder(name), backend.open(), DType.BF16)) {
            LogitErrors errors = new LogitErrors();
            for (Case expected : cases(name)) {
                errors.add(expected.logits(), model.logits(expected.prompt(), 40));
            }
            Tolerance.withCache(DType.BF16).check(errors, name);
        }
    }

    static Stream<String> everySupportedCheckpoint() {
        return checkpoints().stream()
                .filter(folder -> isSupported(className(folder)))
                .map(folder -> folder.getFileName().toString());
    }

    @ParameterizedTest
    @MethodSource("everySupportedCheckpoint")
    void convertedToGgufTheModelIsTheSame(String name, @TempDir Path temporary) throws IOException {
        Path gguf = temporary.resolve("model.gguf");
        ModelConfig original;
        try (Checkpoint checkpoint = Checkpoint.open(folder(name))) {
            original = ModelConfig.of(checkpoint, "");
            Files.write(gguf, GgufConversion.of(checkpoint, original));
        }
        try (Checkpoint converted = Checkpoint.open(gguf)) {
            ModelConfig config = ModelConfig.of(converted, "");
            assertEquals(original.maxModelLength(), config.maxModelLength());
            assertEquals(original.rope().rotaryDim(), config.rope().rotaryDim());
            assertEquals(original.tiedEmbeddings(), config.tiedEmbeddings());
        }
        try (GoldenModel model = new GoldenModel(gguf, Backend.REFERENCE.open(), DType.F32)) {
            LogitErrors errors = new LogitErrors();
            for (Case expected : cases(name)) {
                errors.add(
                        expected.logits(),
                        model.logits(expected.prompt(), expected.prompt().length));
            }
            Tolerance.FLOAT32.check(errors, name);
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndSupportedCheckpoint")
    void greedyTokensAgreeWhileTheFirstChoiceIsClear(Backend backend, String name) {
        try (GoldenModel model = new GoldenModel(folder(name), backend.open(), DType.F32)) {
            for (Case expected : cases(name)) {
                double least = Tolerance.FLOAT32.clearMargin(LogitErrors.spread(expected.logits()));
                int clear = 0;
                while (clear < expected.greedy().length && expected.margins()[clear] > least) {
                    clear++;
                }
                List<Integer> greedy = Arrays.stream(expected.greedy()).boxed().toList();
                assertEquals(
                        greedy.subList(0, clear),
                        model.greedy(expected.prompt(), Math.max(clear, 1), List.of())
                                .subList(0, clear));
            }
        }
    }

    static List<Case> cases(String name) {
        try (Checkpoint expected =
                Checkpoint.openSafetensors(folder(name).resolve("expected.safetensors"))) {
            List<Case> cases = new ArrayList<>();
            for (int i = 0; expected.find("prompt." + i).isPresent(); i++) {
                cases.add(
                        new Case(
                                expected.tensor("prompt." + i).toInts(),
                                expected.tensor("logits." + i).toFloats(),
                                expected.tensor("greedy." + i).toInts(),
                                expected.tensor("margin." + i).toFloats()));
            }
            assertFalse(cases.isEmpty(), "no prompt.0 for " + name);
            return cases;
        }
    }
}
