package quire.golden;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;
import quire.tokenizer.GgufVocabulary;
import quire.tokenizer.Tokenizer;
import quire.weights.Checkpoint;

/** The tokenizers against what the Hugging Face library and llama.cpp make of the same texts. */
class GoldenTokenizersTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> tokenizerJsonEncodesAndDecodesLikeTheReference() throws IOException {
        Path folder = GoldenData.tokenizers();
        return cases("tokenizers.json")
                .map(
                        entry ->
                                dynamicTest(
                                        entry.getKey(),
                                        () -> {
                                            // The reference read tokenizer.json alone, so its
                                            // configuration must not have a say.
                                            Path file =
                                                    folder.resolve(entry.getKey())
                                                            .resolve("tokenizer.json");
                                            Path alone =
                                                    Files.createDirectory(
                                                            temporary.resolve(entry.getKey()));
                                            Files.copy(file, alone.resolve("tokenizer.json"));
                                            try (Tokenizer tokenizer = Tokenizer.load(alone)) {
                                                assertAll(
                                                        stream(entry.getValue())
                                                                .map(
                                                                        text ->
                                                                                () ->
                                                                                        check(
                                                                                                tokenizer,
                                                                                                text)));
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> ggufVocabulariesEncodeLikeTheReference() throws IOException {
        return cases("tokenizers-gguf.json")
                .map(
                        entry ->
                                dynamicTest(
                                        entry.getKey(),
                                        () -> {
                                            try (Checkpoint checkpoint =
                                                            Checkpoint.open(gguf(entry.getKey()));
                                                    Tokenizer tokenizer =
                                                            Tokenizer.of(
                                                                    GgufVocabulary.from(
                                                                            checkpoint
                                                                                    .metadata()))) {
                                                assertAll(
                                                        stream(entry.getValue())
                                                                .map(
                                                                        text ->
                                                                                () ->
                                                                                        check(
                                                                                                tokenizer,
                                                                                                text)));
                                            }
                                        }));
    }

    private static void check(Tokenizer tokenizer, JsonNode expected) {
        String text = expected.path("text").asText();
        int[] ids = ids(expected.path("ids"));
        assertArrayEquals(ids, tokenizer.encode(text, false), () -> "ids of " + expected);
        if (expected.has("ids_with_special")) {
            assertArrayEquals(
                    ids(expected.path("ids_with_special")),
                    tokenizer.encode(text, true),
                    () -> "ids with special tokens of " + expected);
        }
        if (expected.has("decoded")) {
            assertEquals(expected.path("decoded").asText(), tokenizer.decode(ids, false));
        }
    }

    /**
     * The file that a key of tokenizers-gguf.json stands for: all of a model have one vocabulary.
     */
    private static Path gguf(String key) throws IOException {
        if (key.equals("smollm2")) {
            return Outside.SMOLLM2.path();
        }
        try (Stream<Path> files = Files.list(GoldenData.gguf())) {
            return files.filter(file -> file.getFileName().toString().startsWith(key + "-"))
                    .min(Comparator.naturalOrder())
                    .orElseThrow(() -> new AssertionError("no GGUF file of " + key));
        }
    }

    private static Stream<Map.Entry<String, JsonNode>> cases(String name) throws IOException {
        Path file = GoldenData.golden().resolve(name);
        return MAPPER.readTree(Files.readAllBytes(file)).properties().stream();
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static int[] ids(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }
}
