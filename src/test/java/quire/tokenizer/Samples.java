package quire.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import quire.golden.GoldenData;
import quire.weights.Checkpoint;

/** The tokenizers and texts that the tests of this package share. */
final class Samples {

    static final ObjectMapper MAPPER = new ObjectMapper();

    private Samples() {}

    static Path tokenizers() {
        return GoldenData.tokenizers();
    }

    /** How to open each tokenizer of the fixtures, the demo model's and those in GGUF files. */
    static Map<String, Supplier<Tokenizer>> all() throws IOException {
        Map<String, Supplier<Tokenizer>> all = new TreeMap<>();
        for (Path folder : list(tokenizers())) {
            if (Files.exists(folder.resolve("tokenizer.json"))) {
                all.put(folder.getFileName().toString(), () -> Tokenizer.load(folder));
            }
        }
        all.put("quire-demo", () -> Tokenizer.load(Path.of("models/quire-demo")));
        for (Path file : list(tokenizers().resolve("ggml"))) {
            if (file.toString().endsWith(".gguf")) {
                all.put(file.getFileName().toString(), () -> Tokenizer.of(gguf(file)));
            }
        }
        return all;
    }

    static GgufVocabulary gguf(Path file) {
        return GgufVocabulary.from(metadata(file));
    }

    static Map<String, Object> metadata(Path file) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return checkpoint.metadata();
        }
    }

    /** The texts of the golden file, and what a tokenizer sees least often. */
    static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        JsonNode golden =
                MAPPER.readTree(Files.readAllBytes(GoldenData.golden().resolve("tokenizers.json")));
        golden.elements().next().forEach(text -> texts.add(text.path("text").asText()));
        texts.add("\u2581 \u2581\u2581<0x0A><0xZZ> <s> </s>  <unk>");
        texts.add("\uD83D\uDE42\uD83D\uDE42 \uFFFD\uFFFD\u00E9\u0301\uD800\uDF00");
        return texts;
    }

    /** Lists of ids, some of them unknown and, where a vocabulary has them, many of them bytes. */
    static List<int[]> randomIds(long seed, Tokenizer tokenizer, int numLists) {
        Random random = new Random(seed);
        int[] raw =
                IntStream.range(0, tokenizer.vocabSize())
                        .filter(
                                id ->
                                        tokenizer.isSpecial(id)
                                                || tokenizer.text(id).indexOf('\uFFFD') >= 0
                                                || tokenizer.text(id).isBlank()
                                                || tokenizer.token(id).orElse("").startsWith("<0x"))
                        .toArray();
        List<int[]> lists = new ArrayList<>();
        for (int i = 0; i < numLists; i++) {
            lists.add(
                    IntStream.range(0, 1 + random.nextInt(24))
                            .map(
                                    j ->
                                            random.nextInt(3) > 0
                                                    ? raw[random.nextInt(raw.length)]
                                                    : random.nextInt(tokenizer.vocabSize() + 3))
                            .toArray());
        }
        return lists;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
