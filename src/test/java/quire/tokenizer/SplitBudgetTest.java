package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import quire.error.InvalidRequestException;

/** No text is split in quadratic time: known patterns are linear, texts for others are weighed. */
class SplitBudgetTest {

    private static final long SEED = 19;

    @TempDir Path folder;

    @TestFactory
    Stream<DynamicTest> everyKnownPreTokenizerIsLinear() {
        return GgufPreTokenizer.names().stream()
                .map(
                        pre ->
                                dynamicTest(
                                        pre,
                                        () ->
                                                assertEquals(
                                                        List.of(),
                                                        costly(
                                                                GgufPreTokenizer.named(pre)
                                                                        .orElseThrow()
                                                                        .patterns()))));
    }

    @Test
    void soAreThePublishedTokenizers() throws IOException {
        for (String name : List.of("qwen2.5", "llama3.2", "deepseek_v3", "llama2")) {
            Path file = Samples.tokenizers().resolve(name).resolve("tokenizer.json");
            List<String> patterns =
                    TokenizerJson.parse(Files.readString(file), file.toString()).patterns();
            assertEquals(name.equals("llama2"), patterns.isEmpty(), name);
            assertEquals(List.of(), costly(patterns), name);
        }
    }

    @Test
    void patternsThatGoBackFromEachCharacterAreCostly() {
        for (String pattern :
                List.of(
                        "\\s+$",
                        "\\s+,",
                        "\\p{L}+(?=\\p{N})",
                        "a[^b]*b",
                        "\\p{Han}+x",
                        "(?:!+)+7")) {
            assertEquals(List.of(pattern), costly(List.of("\\p{N}", pattern)), pattern);
        }
        assertEquals(List.of(), costly(List.of(SplitBudget.linear("\\s+$"))));
    }

    private static List<String> costly(List<String> patterns) {
        return SplitBudget.of(patterns).costly().stream()
                .map(pattern -> pattern.pattern().replace("\\p{Is", "\\p{"))
                .toList();
    }

    @Test
    void costlyTextsAreRefusedAndOthersAreNot() {
        SplitBudget budget = SplitBudget.of(List.of("\\p{N}", "\\s+$"));
        for (String run : List.of(" ", "\t", "\u00A0")) {
            String text = run.repeat(50_000) + "\u4E2D";
            String refusal =
                    assertThrows(InvalidRequestException.class, () -> budget.check(text))
                            .getMessage();
            assertTrue(refusal.contains("of 50001 characters"), refusal);
        }
        for (String text :
                List.of(
                        "",
                        " ".repeat(1000) + "x",
                        " ".repeat(1_000_000),
                        ("word".repeat(100) + " ").repeat(5000),
                        "\u4E2D".repeat(200_000))) {
            assertDoesNotThrow(() -> budget.check(text));
        }
        String spaces = " ".repeat(50_000) + "\u4E2D";
        assertDoesNotThrow(() -> SplitBudget.of(List.of("\\p{N}")).check(spaces));
    }

    @Test
    void patternsThatJavaCannotReadAreNotGuarded() {
        assertEquals(List.of(), SplitBudget.of(List.of("(?<", "\\p{NoSuchScript}")).costly());
    }

    /** The pre-tokenizer of deepseek-llm as that model's tokenizer.json spells it. */
    private Path deepseek(String spaces) throws IOException {
        String json =
                GgufTokenizerJson.of(
                        GgufVocabulary.from(GgufVocabularyTest.bytesOnly("deepseek-llm")));
        JsonNode pre = Samples.MAPPER.readTree(json).path("pre_tokenizer");
        for (JsonNode split : pre.path("pretokenizers")) {
            if (split.path("pattern").path("Regex").asText().equals(SplitBudget.linear("\\s+$"))) {
                ((ObjectNode) split.path("pattern")).put("Regex", spaces);
            }
        }
        String changed = TokenizerJson.withFields(json, Map.of("pre_tokenizer", pre), "test");
        assertTrue(changed.contains(spaces.replace("\\", "\\\\")), changed);
        Files.writeString(folder.resolve("tokenizer.json"), changed);
        return folder;
    }

    @Test
    void theLinearSpellingSplitsTheSame() throws IOException {
        String original = Files.readString(deepseek("\\s+$").resolve("tokenizer.json"));
        Random random = new Random(SEED);
        String[] parts = {
            " ", "\n", "\t", "\u00A0", "\r\n", "a", "\u4E2D", "7", "!", "\u0645", "  "
        };
        try (Tokenizer linear = Tokenizer.load(folder);
                NativeTokenizer asWritten = NativeTokenizer.open(merging(original), "original");
                NativeTokenizer rewritten =
                        NativeTokenizer.open(
                                merging(
                                        TokenizerJson.withFields(
                                                original,
                                                Map.of(
                                                        "pre_tokenizer",
                                                        TokenizerJson.parse(original, "original")
                                                                .linearPreTokenizer()
                                                                .orElseThrow()),
                                                "original")),
                                "rewritten")) {
            for (int round = 0; round < 3000; round++) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(12); i >= 0; i--) {
                    text.append(parts[random.nextInt(parts.length)]);
                }
                String all = text.toString();
                assertArrayEquals(
                        asWritten.encode(all, false),
                        rewritten.encode(all, false),
                        () -> "'" + all + "', seed " + SEED);
            }
            int[] ids = linear.encode(" ".repeat(200_000) + "\u4E2D", false);
            assertEquals(200_003, ids.length);
        }
    }

    /** Spaces of every number merge, so that ids show where a run was split. */
    private static String merging(String json) throws IOException {
        ObjectNode all = (ObjectNode) Samples.MAPPER.readTree(json);
        ObjectNode model = (ObjectNode) all.path("model");
        String space = String.valueOf(ByteAlphabet.charOf(' '));
        List<List<String>> merges = new ArrayList<>();
        ObjectNode vocab = (ObjectNode) model.path("vocab");
        for (int length = 2; length < 30; length++) {
            vocab.put(space.repeat(length), vocab.size());
            merges.add(List.of(space.repeat(length - 1), space));
        }
        model.set("merges", Samples.MAPPER.valueToTree(merges));
        return Samples.MAPPER.writeValueAsString(all);
    }

    @Test
    void aTokenizerWithACostlyPatternOfItsOwnRefusesTextsByTheTokenizer() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(deepseek("\\s+,"))) {
            assertEquals(5, tokenizer.encode("a  ,b", false).length);
            assertThrows(
                    InvalidRequestException.class,
                    () -> tokenizer.encode(" ".repeat(50_000) + "\u4E2D", false));
            assertEquals(50_000, tokenizer.encode("a ".repeat(25_000), false).length);
        }
    }

    @Test
    void longTextsLeaveTheVirtualThread() throws Exception {
        List<int[]> answers = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(deepseek("\\s+$"))) {
            String text = "a".repeat(Tokenizer.LONG_TEXT_CHARS);
            Thread.ofVirtual().start(() -> answers.add(tokenizer.encode(text, false))).join();
            assertEquals(text.length(), answers.getFirst().length);
        }
    }

    @Test
    void tasksRunOnThreadsOfTheirOwnUntilTheyAreClosed() {
        EncodingThreads threads = new EncodingThreads();
        assertTrue(
                threads.call(() -> Thread.currentThread().getName())
                        .startsWith("quire-tokenizer-"));
        assertFalse(threads.call(() -> Thread.currentThread().isVirtual()));
        assertThrows(
                InvalidRequestException.class,
                () ->
                        threads.call(
                                () -> {
                                    throw new InvalidRequestException("", "no");
                                }));
        Thread.currentThread().interrupt();
        assertEquals(7, threads.call(() -> 7));
        assertTrue(Thread.interrupted(), "the interrupt is for whoever waits next");
        threads.close();
        assertThrows(IllegalStateException.class, () -> threads.call(() -> 7));
    }
}
