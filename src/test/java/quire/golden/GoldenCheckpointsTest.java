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

    /** What float32 in another order leaves on nearly all logits, and on the worst. */
    private static final double MOST = 1e-4;

    private static final double ALL = 2e-3;

    /** What rounding keys and values to 8 bits leaves on nearly all, and on the worst. */
    private static final double MOST_WITH_BF16_CACHE = 2e-2;

    private static final double ALL_WITH_BF16_CACHE = 5e-2;

    /** One prompt and what follows from it. */
    private record Case(int[] prompt, float[] logits, int[] greedy, float[] margins) {}

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

    private static Path folder(String name) {
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
            List<Double> errors = new ArrayList<>();
            for (Case expected : cases(name)) {
                float[] logits = model.logits(expected.prompt(), expected.prompt().length);
                errors.addAll(errors(expected.logits(), logits));
            }
            assertWithin(errors, MOST, ALL);
        }
    }

    private static void assertWithin(List<Double> errors, double most, double all) {
        double worst = errors.stream().mapToDouble(e -> e).max().orElseThrow();
        long near = errors.stream().filter(error -> error <= most).count();
        assertTrue(worst <= all, "the worst logit is " + worst + " spreads off");
        assertTrue(
                near >= 0.999 * errors.size(),
                near + " of " + errors.size() + " logits are within " + most);
    }

    /** Distances in standard deviations of what is expected; NaN counts as infinitely far. */
    private static List<Double> errors(float[] expected, float[] actual) {
        double sum = 0;
        double squares = 0;
        for (float value : expected) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / expected.length;
        double spread = Math.sqrt(squares / expected.length - mean * mean);
        assertEquals(expected.length, actual.length);
        List<Double> errors = new ArrayList<>();
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs((double) actual[i] - expected[i]) / spread;
            errors.add(Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
        }
        return errors;
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
            List<Double> errors = new ArrayList<>();
            for (Case expected : cases(name)) {
                errors.addAll(errors(expected.logits(), model.logits(expected.prompt(), 40)));
            }
            assertWithin(errors, MOST_WITH_BF16_CACHE, ALL_WITH_BF16_CACHE);
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
            List<Double> errors = new ArrayList<>();
            for (Case expected : cases(name)) {
                errors.addAll(
                        errors(
                                expected.logits(),
                                model.logits(expected.prompt(), expected.prompt().length)));
            }
            assertWithin(errors, MOST, ALL);
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndSupportedCheckpoint")
    void greedyTokensAgreeWhileTheFirstChoiceIsClear(Backend backend, String name) {
        try (GoldenModel model = new GoldenModel(folder(name), backend.open(), DType.F32)) {
            for (Case expected : cases(name)) {
                int clear = 0;
                while (clear < expected.greedy().length && expected.margins()[clear] > 2 * ALL) {
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

    private static List<Case> cases(String name) {
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
