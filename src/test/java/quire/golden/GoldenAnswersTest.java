package quire.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import quire.Outside;
import quire.model.GenerationConfig;
import quire.tensor.DType;
import quire.tokenizer.GgufVocabulary;
import quire.weights.Checkpoint;

/** Models that learned something answer as transformers does, quantised ones nearly always. */
class GoldenAnswersTest {

    /** The standard deviation of the logits of both models, rounded up. */
    private static final double SPREAD = 8;

    /** A choice closer than this may fall either way between two engines in float32. */
    private static final double CLEAR_MARGIN = Tolerance.FLOAT32.clearMargin(SPREAD);

    /** A choice closer than this may fall either way with keys and values of 16 bits. */
    private static final double CLOSE_MARGIN = Tolerance.withCache(DType.F16).clearMargin(SPREAD);

    /** A choice further apart than this survives quantisation to four bits and more. */
    private static final double CERTAIN_MARGIN = 5;

    private record Case(int[] prompt, List<Integer> greedy, List<Double> margins) {

        /** The answer up to the first step whose choice is as close as {@code margin}. */
        List<Integer> clearBy(double margin) {
            int length = 0;
            while (length < greedy.size() && margins.get(length) > margin) {
                length++;
            }
            return greedy.subList(0, length);
        }
    }

    private static List<Case> cases(String file) {
        try {
            JsonNode json =
                    new JsonMapper().readTree(Files.readString(GoldenData.golden().resolve(file)));
            List<Case> cases = new ArrayList<>();
            for (JsonNode node : json.path("cases")) {
                int[] prompt =
                        integers(node.path("prompt_ids")).stream()
                                .mapToInt(Integer::intValue)
                                .toArray();
                List<Double> margins = new ArrayList<>();
                node.path("margin").forEach(margin -> margins.add(margin.asDouble()));
                cases.add(new Case(prompt, integers(node.path("greedy")), margins));
            }
            assertFalse(cases.isEmpty(), file + " has no cases");
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> integers(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asInt()));
        return values;
    }

    /** Fewer questions for the slowest, so that every backend is done in seconds. */
    private static int stride(Backend backend) {
        return backend == Backend.REFERENCE ? 16 : 2;
    }

    private static Path demo() {
        return Path.of("models", "quire-demo").toAbsolutePath();
    }

    private static List<Integer> ends(Path model) {
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            return Files.isRegularFile(model)
                    ? GgufVocabulary.from(checkpoint.metadata()).specialTokens().ends()
                    : GenerationConfig.of(checkpoint).eosTokenIds();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void quireDemoAnswersAsInTransformers(Backend backend) {
        assertAnswers(demo(), backend, cases("quire-demo.json"));
    }

    private static void assertAnswers(Path path, Backend backend, List<Case> cases) {
        List<Integer> ends = ends(path);
        assertFalse(ends.isEmpty());
        int step = stride(backend);
        try (GoldenModel model = new GoldenModel(path, backend.open(), DType.F32)) {
            for (int i = 0; i < cases.size(); i += step) {
                List<Integer> clear = cases.get(i).clearBy(CLEAR_MARGIN);
                List<Integer> answer =
                        model.greedy(cases.get(i).prompt(), cases.get(i).greedy().size(), ends);
                assertTrue(
                        answer.size() >= clear.size(),
                        "question " + i + ": " + answer + " ends early, expected " + clear);
                assertEquals(clear, answer.subList(0, clear.size()), "question " + i);
            }
        }
    }

    static Stream<Arguments> everyBackendAndGguf() throws IOException {
        try (Stream<Path> files = Files.list(GoldenData.gguf())) {
            return files
                    .filter(file -> file.toString().endsWith(".gguf"))
                    .sorted()
                    .toList()
                    .stream()
                    .flatMap(
                            file ->
                                    Arrays.stream(Backend.values())
                                            .map(
                                                    backend ->
                                                            Arguments.of(
                                                                    backend,
                                                                    file.getFileName()
                                                                            .toString())));
        }
    }

    @ParameterizedTest
    @MethodSource("everyBackendAndGguf")
    void quantisedQuireDemoGivesNearlyTheSameAnswers(Backend backend, String name) {
        Path path = GoldenData.gguf().resolve(name);
        List<Case> cases = cases("quire-demo.json");
        List<Integer> ends = ends(path);
        assertFalse(ends.isEmpty());
        int asked = 0;
        int same = 0;
        try (GoldenModel model = new GoldenModel(path, backend.open(), DType.F32)) {
            for (int i = 0; i < cases.size(); i += stride(backend)) {
                List<Integer> certain = cases.get(i).clearBy(CERTAIN_MARGIN);
                if (certain.isEmpty()) {
                    continue;
                }
                asked++;
                List<Integer> answer = model.greedy(cases.get(i).prompt(), certain.size(), ends);
                if (answer.equals(certain)) {
                    same++;
                }
            }
        }
        assertTrue(asked > 0);
        // One question in twenty may be lost; a wrong format would leave hardly one.
        assertTrue(
                same >= Math.floor(0.95 * asked), same + " of " + asked + " answers are the same");
    }

    /** The oracle, some hundred times slower, answers the shortest question. */
    private static List<Case> smolLm2Cases(Backend backend) {
        List<Case> cases = cases("smollm2.json");
        return backend == Backend.REFERENCE ? cases.subList(0, 1) : cases;
    }

    /** Two other engines in float32 agree on every one of these ids, so this one has to. */
    @ParameterizedTest
    @EnumSource(Backend.class)
    void smolLm2AnswersAreThoseOfTransformersToTheLastId(Backend backend) {
        Path file = Outside.SMOLLM2.path();
        List<Integer> ends = ends(file);
        try (GoldenModel model = new GoldenModel(file, backend.open(), DType.F32)) {
            for (Case question : smolLm2Cases(backend)) {
                assertEquals(
                        question.greedy(),
                        model.greedy(question.prompt(), question.greedy().size(), ends));
            }
        }
    }

    /** A 16-bit cache may choose otherwise where two choices are nearly as good, step by step. */
    @ParameterizedTest
    @EnumSource(Backend.class)
    void smolLm2ChoosesOtherwiseWithTheDefaultCacheOnlyWhereTheChoiceIsClose(Backend backend) {
        Path file = Outside.SMOLLM2.path();
        int clear = 0;
        try (GoldenModel model = new GoldenModel(file, backend.open(), DType.F16)) {
            for (Case question : smolLm2Cases(backend)) {
                List<Integer> choices = choices(model, question);
                for (int i = 0; i < choices.size(); i++) {
                    if (question.margins().get(i) > CLOSE_MARGIN) {
                        clear++;
                        assertEquals(question.greedy().get(i), choices.get(i), "step " + i);
                    }
                }
            }
        }
        assertTrue(clear > 0, "no choice is clear");
    }

    /** The first choice at each step of the expected answer, whatever was chosen before. */
    private static List<Integer> choices(GoldenModel model, Case question) {
        int[] ids =
                IntStream.concat(
                                Arrays.stream(question.prompt()),
                                question.greedy().stream().mapToInt(Integer::intValue))
                        .toArray();
        float[] logits = model.logits(ids, 64);
        List<Integer> choices = new ArrayList<>();
        for (int i = 0; i < question.greedy().size(); i++) {
            int row = (question.prompt().length + i - 1) * model.vocabSize();
            int best = 0;
            for (int id = 1; id < model.vocabSize(); id++) {
                best = logits[row + id] > logits[row + best] ? id : best;
            }
            choices.add(best);
        }
        return choices;
    }
}
