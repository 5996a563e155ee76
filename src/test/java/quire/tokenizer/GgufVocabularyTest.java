package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import quire.error.CheckpointException;

class GgufVocabularyTest {

    private static final long SEED = 99;

    /** For vectors without a vocabulary: whose tokenizer.json has the same one. */
    private static final Map<String, String> SAME_VOCABULARY =
            Map.of("llama-bpe", "llama3.2", "qwen2", "qwen2.5");

    /** Every file of llama.cpp's texts and ids for which there is a vocabulary. */
    @TestFactory
    Stream<DynamicTest> encodesTheTextsOfLlamaCppIntoItsIds() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(Samples.tokenizers().resolve("ggml"))) {
            for (Path texts : files.filter(f -> f.toString().endsWith(".inp")).sorted().toList()) {
                String stem = texts.getFileName().toString().replace(".inp", "");
                String pre = stem.replace("ggml-vocab-", "").replace(".gguf", "");
                if (Files.exists(texts.resolveSibling(stem))) {
                    tests.add(
                            dynamicTest(
                                    pre,
                                    () ->
                                            checkVectors(
                                                    Samples.gguf(texts.resolveSibling(stem)),
                                                    texts)));
                } else if (SAME_VOCABULARY.containsKey(pre)) {
                    tests.add(
                            dynamicTest(
                                    pre,
                                    () ->
                                            checkVectors(
                                                    byteLevel(SAME_VOCABULARY.get(pre), pre),
                                                    texts)));
                }
            }
        }
        assertTrue(tests.size() >= 4, "the files of vectors were found");
        return tests.stream();
    }

    private static void checkVectors(GgufVocabulary vocabulary, Path texts) throws IOException {
        String[] cases = Files.readString(texts).split("\n__ggml_vocab_test__\n");
        List<String> expected =
                Files.readAllLines(Path.of(texts.toString().replaceAll("\\.inp$", ".out")));
        int numChecked = 0;
        try (Tokenizer tokenizer = Tokenizer.of(vocabulary)) {
            for (int i = 0; i < cases.length; i++) {
                int[] ids =
                        Arrays.stream(expected.get(i).trim().split("\\s+"))
                                .filter(id -> !id.isEmpty())
                                .mapToInt(Integer::parseInt)
                                .toArray();
                String text = cases[i];
                assertArrayEquals(ids, tokenizer.encode(text, false), () -> "'" + text + "'");
                numChecked++;
            }
        }
        assertTrue(numChecked > 30, "there are more than 30 texts");
    }

    /** The vocabulary of a tokenizer.json as a GGUF file would hold it. */
    private static GgufVocabulary byteLevel(String name, String pre) throws IOException {
        JsonNode json =
                Samples.MAPPER.readTree(
                        Files.readAllBytes(
                                Samples.tokenizers().resolve(name).resolve("tokenizer.json")));
        Map<Integer, String> tokens = new HashMap<>();
        json.path("model")
                .path("vocab")
                .properties()
                .forEach(entry -> tokens.put(entry.getValue().asInt(), entry.getKey()));
        long[] types = new long[tokens.size() + json.path("added_tokens").size()];
        Arrays.fill(types, GgufVocabulary.NORMAL);
        for (JsonNode added : json.path("added_tokens")) {
            tokens.put(added.path("id").asInt(), added.path("content").asText());
            types[added.path("id").asInt()] =
                    added.path("special").asBoolean()
                            ? GgufVocabulary.CONTROL
                            : GgufVocabulary.USER_DEFINED;
        }
        List<String> merges = new ArrayList<>();
        json.path("model")
                .path("merges")
                .forEach(
                        merge ->
                                merges.add(
                                        merge.isTextual()
                                                ? merge.asText()
                                                : merge.path(0).asText()
                                                        + " "
                                                        + merge.path(1).asText()));
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", pre);
        List<String> byId = new ArrayList<>();
        for (int id = 0; id < types.length; id++) {
            byId.add(tokens.get(id));
        }
        metadata.put("tokenizer.ggml.tokens", byId);
        metadata.put("tokenizer.ggml.token_type", types);
        metadata.put("tokenizer.ggml.merges", merges);
        metadata.put("tokenizer.ggml.bos_token_id", 128000L);
        return GgufVocabulary.from(metadata);
    }

    @Test
    void sentencePieceMergesDoWhatScoresDo() throws IOException {
        GgufVocabulary vocabulary =
                Samples.gguf(Samples.tokenizers().resolve("ggml/ggml-vocab-llama-spm.gguf"));
        SentencePieceOracle oracle = new SentencePieceOracle(vocabulary);
        List<String> pieces = vocabulary.tokens();
        Random random = new Random(SEED);
        try (Tokenizer tokenizer = Tokenizer.of(vocabulary)) {
            for (int round = 0; round < 3000; round++) {
                StringBuilder text = new StringBuilder();
                int numParts = 1 + random.nextInt(6);
                for (int i = 0; i < numParts; i++) {
                    String part = pieces.get(259 + random.nextInt(pieces.size() - 259));
                    text.append(
                            switch (random.nextInt(4)) {
                                case 0 -> part.substring(part.offsetByCodePoints(0, 1));
                                case 1 -> " ".repeat(random.nextInt(20));
                                case 2 ->
                                        Character.toString(
                                                        "ab=-_*.\t\n\u00E9\uD83D\uDE42"
                                                                .codePointAt(random.nextInt(10)))
                                                .repeat(random.nextInt(12));
                                default -> part.replace('\u2581', ' ');
                            });
                }
                String all = text.toString();
                assertArrayEquals(
                        oracle.encode(all),
                        tokenizer.encode(all, false),
                        () -> "'" + all + "', seed " + SEED);
            }
        }
    }

    /** A vocabulary of bytes only: whatever the split, the text comes back. */
    @TestFactory
    Stream<DynamicTest> everyKnownPreTokenizerSplitsWithoutLoss() throws IOException {
        List<String> texts = Samples.texts();
        return GgufPreTokenizer.names().stream()
                .map(
                        pre ->
                                dynamicTest(
                                        pre,
                                        () -> {
                                            try (Tokenizer tokenizer =
                                                    Tokenizer.of(
                                                            GgufVocabulary.from(bytesOnly(pre)))) {
                                                for (String text : texts) {
                                                    int[] ids = tokenizer.encode(text, false);
                                                    assertEquals(
                                                            text, tokenizer.decode(ids, false));
                                                }
                                            }
                                        }));
    }

    /** Digits merge across a split or they do not, which tells where a pattern splits. */
    @Test
    void preTokenizersGroupDigitsAsTheirModelsDo() {
        Map<String, Object> metadata = bytesOnly("default");
        List<String> tokens = new ArrayList<>(strings(metadata, "tokens"));
        tokens.addAll(List.of("11", "111", "1111"));
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.merges", List.of("1 1", "11 11", "11 1"));
        metadata.remove("tokenizer.ggml.token_type");
        Map<String, Integer> longest =
                Map.of(
                        "gpt-2",
                        4,
                        "llama-bpe",
                        3,
                        "qwen2",
                        1,
                        "smollm",
                        1,
                        "deepseek-llm",
                        4,
                        "deepseek-v3",
                        3,
                        "tekken",
                        1,
                        "gpt-4o",
                        3);
        longest.forEach(
                (pre, length) -> {
                    metadata.put("tokenizer.ggml.pre", pre);
                    try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(metadata))) {
                        assertEquals(
                                "1".repeat(length),
                                tokenizer.text(tokenizer.encode("1111", false)[0]),
                                pre);
                    }
                });
    }

    @Test
    void anUnknownPreTokenizerIsRefusedWithTheKnownOnes() {
        CheckpointException refusal =
                assertThrows(
                        CheckpointException.class,
                        () -> GgufVocabulary.from(bytesOnly("quantum-bpe")));
        assertTrue(refusal.getMessage().contains("'quantum-bpe'"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("llama-bpe, "), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith("."), refusal.getMessage());
    }

    @Test
    void anUnknownKindOfVocabularyIsRefused() {
        Map<String, Object> metadata = bytesOnly("default");
        metadata.put("tokenizer.ggml.model", "rwkv");
        CheckpointException refusal =
                assertThrows(CheckpointException.class, () -> GgufVocabulary.from(metadata));
        assertTrue(refusal.getMessage().contains("'rwkv'; Quire knows gpt2 and llama."));
    }

    @Test
    void aBrokenVocabularyIsRefused() {
        for (String key : List.of("model", "tokens", "merges")) {
            Map<String, Object> metadata = bytesOnly("default");
            metadata.remove("tokenizer.ggml." + key);
            assertThrows(CheckpointException.class, () -> GgufVocabulary.from(metadata), key);
        }
        Map<String, Object> wrong =
                Map.of(
                        "model",
                        1L,
                        "pre",
                        true,
                        "tokens",
                        "a",
                        "merges",
                        new long[0],
                        "token_type",
                        new double[256],
                        "bos_token_id",
                        "1",
                        "add_bos_token",
                        1L);
        wrong.forEach(
                (key, value) -> {
                    Map<String, Object> metadata = bytesOnly("default");
                    metadata.put("tokenizer.ggml." + key, value);
                    CheckpointException refusal =
                            assertThrows(
                                    CheckpointException.class,
                                    () -> GgufVocabulary.from(metadata),
                                    key);
                    assertTrue(refusal.getMessage().contains("tokenizer.ggml." + key));
                });
        Map<String, Object> short1 = bytesOnly("default");
        short1.put("tokenizer.ggml.token_type", new long[255]);
        assertThrows(CheckpointException.class, () -> GgufVocabulary.from(short1));
        Map<String, Object> twice = bytesOnly("default");
        List<String> tokens = new ArrayList<>(strings(twice, "tokens"));
        tokens.set(7, tokens.get(8));
        twice.put("tokenizer.ggml.tokens", tokens);
        assertTrue(
                assertThrows(CheckpointException.class, () -> GgufVocabulary.from(twice))
                        .getMessage()
                        .contains("as 7 and 8"));
    }

    @Test
    void bosIsAddedWhereTheFileOrItsKindSaysSo() {
        Map<String, Object> metadata = bytesOnly("gpt-2");
        metadata.put("tokenizer.ggml.bos_token_id", 65L);
        assertEquals(1, numIds(metadata));
        metadata.put("tokenizer.ggml.pre", "llama-bpe");
        assertEquals(2, numIds(metadata));
        metadata.put("tokenizer.ggml.add_bos_token", false);
        assertEquals(1, numIds(metadata));
        metadata.put("tokenizer.ggml.add_eos_token", true);
        metadata.put("tokenizer.ggml.eos_token_id", 66L);
        assertEquals(2, numIds(metadata));
        metadata.put("tokenizer.ggml.add_bos_token", true);
        assertEquals(3, numIds(metadata));
        metadata.put("tokenizer.ggml.pre", "chatglm-bpe");
        assertEquals(2, numIds(metadata));
    }

    private static int numIds(Map<String, Object> metadata) {
        try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(metadata))) {
            int[] ids = tokenizer.encode("a", true);
            assertEquals(1, tokenizer.encode("a", false).length);
            return ids.length;
        }
    }

    @Test
    void controlTokensAreFoundInTextAndSkippedOnTheWayBack() {
        Map<String, Object> metadata = bytesOnly("gpt-2");
        List<String> tokens = new ArrayList<>(strings(metadata, "tokens"));
        tokens.add("<|end|>");
        tokens.add("<tool>");
        tokens.add("");
        long[] types = Arrays.copyOf((long[]) metadata.get("tokenizer.ggml.token_type"), 259);
        types[256] = GgufVocabulary.CONTROL;
        types[257] = GgufVocabulary.USER_DEFINED;
        types[258] = 5;
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", types);
        try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(metadata))) {
            int[] ids = tokenizer.encode("a<|end|> <tool>", false);
            assertArrayEquals(new int[] {'a' - '!', 256, 220, 257}, ids);
            assertEquals("a <tool>", tokenizer.decode(ids, true));
            assertTrue(tokenizer.isSpecial(256));
            assertEquals(false, tokenizer.isSpecial(257));
            assertEquals(259, tokenizer.vocabSize());
        }
        metadata.put("general.name", "Phi-3 mini");
        try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(metadata))) {
            assertArrayEquals(
                    new int[] {'a' - '!', 256, 257}, tokenizer.encode("a<|end|> <tool>", false));
        }
    }

    @Test
    void mergesBetweenUnknownTokensAreLeftOut() {
        Map<String, Object> metadata = bytesOnly("gpt-2");
        metadata.put("tokenizer.ggml.merges", List.of("a b", "nowhere to", "c", "#version 0.2"));
        try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(metadata))) {
            assertEquals(2, tokenizer.encode("ab", false).length);
        }
    }

    /** The metadata of a byte-level vocabulary that merges nothing: GPT-2's order of the bytes. */
    static Map<String, Object> bytesOnly(String pre) {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(ByteAlphabet.charOf(b)));
        }
        tokens.sort(null);
        long[] types = new long[256];
        Arrays.fill(types, GgufVocabulary.NORMAL);
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", pre);
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", types);
        metadata.put("tokenizer.ggml.merges", List.of());
        return metadata;
    }

    static List<String> strings(Map<String, Object> metadata, String key) {
        return ((List<?>) metadata.get("tokenizer.ggml." + key))
                .stream().map(String.class::cast).toList();
    }
}
