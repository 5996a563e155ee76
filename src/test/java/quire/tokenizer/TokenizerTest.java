package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.error.InvalidRequestException;

class TokenizerTest {

    private static final Path DEMO = Path.of("models/quire-demo");

    @TempDir Path folder;

    @Test
    void everyTextComesBackAsItWas() throws IOException {
        List<String> texts = Samples.texts();
        for (Map.Entry<String, Supplier<Tokenizer>> entry : Samples.all().entrySet()) {
            try (Tokenizer tokenizer = entry.getValue().get()) {
                for (String text : texts) {
                    // SentencePiece writes U+2581 for a space, and puts one behind control tokens.
                    boolean ambiguous = text.contains("<s>") || text.contains("\u2581");
                    if (!ambiguous && Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
                        assertEquals(
                                text,
                                tokenizer.decode(tokenizer.encode(text, false), false),
                                entry.getKey());
                    }
                }
            }
        }
    }

    @Test
    void longTextsAreNotTruncated() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            assertTrue(tokenizer.encode("word ".repeat(5000), false).length >= 5000);
        }
    }

    @Test
    void truncationAndPaddingInTheFileAreNotObeyed() throws IOException {
        ObjectNode json = demo();
        json.putObject("truncation")
                .put("direction", "Right")
                .put("max_length", 3)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        ObjectNode padding = json.putObject("padding");
        padding.putObject("strategy").put("Fixed", 16);
        padding.put("direction", "Right")
                .putNull("pad_to_multiple_of")
                .put("pad_id", 0)
                .put("pad_type_id", 0)
                .put("pad_token", "<|endoftext|>");
        try (Tokenizer plain = Tokenizer.load(DEMO);
                Tokenizer tokenizer = Tokenizer.load(write(json).getParent())) {
            for (String text : List.of("a", "one two three four five six")) {
                assertArrayEquals(plain.encode(text, true), tokenizer.encode(text, true));
            }
        }
    }

    @Test
    void nulCharactersAreCharacters() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            String text = "a\u0000b\u0000\u0000";
            assertEquals(text, tokenizer.decode(tokenizer.encode(text, false), false));
        }
    }

    @Test
    void loneSurrogatesAreReadAsReplacementCharacters() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            String emoji = "\uD83D\uDE42\u0000";
            for (String lone : List.of("\uD83D", "\uDE42", "\uDE42\uD83D", "\uD83D\uD83D")) {
                String shown = "\uFFFD".repeat(lone.length());
                String text = "z" + lone + "x" + emoji + lone;
                assertEquals(
                        "z" + shown + "x" + emoji + shown,
                        tokenizer.decode(tokenizer.encode(text, false), false));
            }
        }
    }

    @Test
    void aTextBeyondTheLimitIsRefused() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            String text = "\n".repeat(Tokenizer.MAX_TEXT_CHARS + 1);
            assertThrows(InvalidRequestException.class, () -> tokenizer.encode(text, false));
        }
    }

    @Test
    void tokensAreKnownBySpellingTextAndBytes() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            int the = tokenizer.encode(" the", false)[0];
            assertEquals("\u0120the", tokenizer.token(the).orElseThrow());
            assertEquals(OptionalInt.of(the), tokenizer.id("\u0120the"));
            assertEquals(OptionalInt.empty(), tokenizer.id("no such token"));
            assertEquals(" the", tokenizer.text(the));
            assertArrayEquals(" the".getBytes(StandardCharsets.UTF_8), tokenizer.bytes(the));
            int[] emoji = tokenizer.encode("\uD83D\uDE42", false);
            assertEquals("\uFFFD", tokenizer.text(emoji[0]));
            assertArrayEquals(new byte[] {(byte) 0xF0}, tokenizer.bytes(emoji[0]));
            assertEquals(4096, tokenizer.vocabSize());
            assertEquals("", tokenizer.text(4096));
            assertEquals(0, tokenizer.bytes(-1).length);
            assertTrue(tokenizer.token(4096).isEmpty());
        }
    }

    /** The bytes of a text's tokens are the text's bytes, for every vocabulary of bytes. */
    @Test
    void theBytesOfTokensAddUpToTheText() throws IOException {
        for (String name : List.of("qwen2.5", "llama3.2", "deepseek_v3")) {
            try (Tokenizer tokenizer = Tokenizer.load(Samples.tokenizers().resolve(name))) {
                String text = "na\u00EFve \u5317\u4EAC \uD83D\uDE42 \u00BD";
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                for (int id : tokenizer.encode(text, false)) {
                    bytes.writeBytes(tokenizer.bytes(id));
                }
                assertEquals(text, bytes.toString(StandardCharsets.UTF_8), name);
            }
        }
    }

    @Test
    void specialTokensComeFromTheConfiguration() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            assertEquals(OptionalInt.empty(), tokenizer.specialTokens().bos());
            assertEquals(tokenizer.id("<|im_end|>"), tokenizer.specialTokens().eos());
            assertEquals("<|endoftext|>", tokenizer.specialTokens().named().get("pad_token"));
            assertEquals(List.of(2), tokenizer.specialTokens().ends());
            assertTrue(tokenizer.isSpecial(2));
            assertFalse(tokenizer.isSpecial(tokenizer.id("<think>").orElseThrow()));
            assertFalse(tokenizer.isSpecial(-1));
            assertFalse(tokenizer.isSpecial(Integer.MAX_VALUE));
        }
        Path deepseek = Samples.tokenizers().resolve("deepseek_v3");
        try (Tokenizer tokenizer = Tokenizer.load(deepseek)) {
            assertEquals(OptionalInt.of(0), tokenizer.specialTokens().bos());
            assertEquals(OptionalInt.of(1), tokenizer.specialTokens().eos());
        }
    }

    @Test
    void specialTokensMapSpeaksWhereTheConfigurationIsSilent() throws IOException {
        write(demo());
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":null}");
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"eos_token\":{\"content\":\"<|im_end|>\"},\"bos_token\":\"<|im_start|>\"}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertEquals(OptionalInt.of(2), tokenizer.specialTokens().eos());
            assertEquals(OptionalInt.of(1), tokenizer.specialTokens().bos());
        }
    }

    @Test
    void chatTemplatesSeeEveryTokenThatAFileNames() throws IOException {
        write(demo());
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                """
                {"bos_token": "<b>", "unk_token": {"content": "<u>"}, "mask_token": null,
                 "additional_special_tokens": ["<x>", {"content": "<y>"}, 7],
                 "extra_special_tokens": {"image_token": "<image>"}}""");
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"cls_token\": \"<c>\", \"bos_token\": \"<other>\"}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertEquals(
                    Map.of(
                            "bos_token",
                            "<b>",
                            "unk_token",
                            "<u>",
                            "cls_token",
                            "<c>",
                            "additional_special_tokens",
                            List.of("<x>", "<y>"),
                            "image_token",
                            "<image>"),
                    tokenizer.specialTokens().named());
        }
    }

    /** transformers: a Llama tokenizer's add_bos_token decides, not its tokenizer.json. */
    @Test
    void addBosTokenOfALlamaConfigurationIsObeyed() throws IOException {
        Path deepseek = Samples.tokenizers().resolve("deepseek_v3");
        try (Tokenizer tokenizer = Tokenizer.load(deepseek)) {
            assertEquals(0, tokenizer.encode("Hello", true)[0]);
            assertEquals(2, tokenizer.encode("Hello", true).length);
            assertEquals(1, tokenizer.encode("Hello", false).length);
        }
        write(demo());
        Path config = folder.resolve("tokenizer_config.json");
        for (boolean bos : new boolean[] {true, false}) {
            for (boolean eos : new boolean[] {true, false}) {
                Files.writeString(
                        config,
                        """
                        {"tokenizer_class": "LlamaTokenizerFast", "bos_token": "<|im_start|>",
                         "eos_token": {"content": "<|im_end|>"},
                         "add_bos_token": %s, "add_eos_token": %s}"""
                                .formatted(bos, eos));
                try (Tokenizer tokenizer = Tokenizer.load(folder)) {
                    int[] plain = tokenizer.encode("Hello", false);
                    List<Integer> expected = new ArrayList<>();
                    if (bos) {
                        expected.add(1);
                    }
                    Arrays.stream(plain).forEach(expected::add);
                    if (eos) {
                        expected.add(2);
                    }
                    assertEquals(
                            expected,
                            Arrays.stream(tokenizer.encode("Hello", true)).boxed().toList());
                }
            }
        }
    }

    @Test
    void tokensThatOnlyTheConfigurationAddsAreAdded() throws IOException {
        write(demo());
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                """
                {"added_tokens_decoder": {
                  "4097": {"content": "<|late|>", "special": true, "normalized": false,
                           "lstrip": false, "rstrip": false, "single_word": false},
                  "4096": {"content": "<|early|>", "special": false, "normalized": false,
                           "lstrip": false, "rstrip": false, "single_word": false},
                  "2": {"content": "<|im_end|>", "special": true, "normalized": false,
                        "lstrip": false, "rstrip": false, "single_word": false}}}""");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertArrayEquals(
                    new int[] {4096, 4097, 2},
                    tokenizer.encode("<|early|><|late|><|im_end|>", false));
            assertEquals("<|early|>", tokenizer.decode(new int[] {4096, 4097}, true));
            assertEquals(4098, tokenizer.vocabSize());
            assertTrue(tokenizer.isSpecial(4097));
        }
    }

    @Test
    void filesThatAreNoTokenizerAreRefusedByName() throws IOException {
        for (String broken :
                List.of(
                        "",
                        "[]",
                        "{",
                        "{}",
                        "{\"model\":{}}",
                        "{\"model\":7}",
                        "{\"model\":{\"vocab\":{\"a\":-1}}}",
                        "{\"model\":{\"vocab\":{\"a\":99999999}}}",
                        "{\"model\":{\"type\":\"Magic\",\"vocab\":{\"a\":0}}}",
                        "{\"version\":\"1.0\",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},"
                                + "\"merges\":[[\"a\",\"b\"]]}}")) {
            Path file = Files.writeString(folder.resolve("tokenizer.json"), broken);
            CheckpointException refusal =
                    assertThrows(
                            CheckpointException.class,
                            () -> Tokenizer.load(folder).close(),
                            broken);
            assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
        }
    }

    @Test
    void aFolderWithoutATokenizerIsRefused() {
        CheckpointException refusal =
                assertThrows(CheckpointException.class, () -> Tokenizer.load(folder));
        assertTrue(refusal.getMessage().contains("has no tokenizer.json"));
    }

    @Test
    void aBrokenConfigurationIsRefusedByName() throws IOException {
        write(demo());
        Files.writeString(folder.resolve("tokenizer_config.json"), "{,}");
        CheckpointException refusal =
                assertThrows(CheckpointException.class, () -> Tokenizer.load(folder));
        assertTrue(refusal.getMessage().contains("tokenizer_config.json"), refusal.getMessage());
    }

    @Test
    void aClosedTokenizerRefusesToEncode() {
        Tokenizer tokenizer = Tokenizer.load(DEMO);
        tokenizer.close();
        tokenizer.close();
        assertThrows(IllegalStateException.class, () -> tokenizer.encode("a", false));
        assertThrows(IllegalStateException.class, () -> tokenizer.decode(new int[] {1}, false));
        assertEquals(4096, tokenizer.vocabSize());
    }

    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        List<String> texts = Samples.texts();
        try (Tokenizer tokenizer = Tokenizer.load(Samples.tokenizers().resolve("llama2"));
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<int[]> expected =
                    texts.stream().map(text -> tokenizer.encode(text, true)).toList();
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                runs.add(
                        threads.submit(
                                () -> {
                                    for (int round = 0; round < 5; round++) {
                                        for (int i = 0; i < texts.size(); i++) {
                                            int[] ids = tokenizer.encode(texts.get(i), true);
                                            assertArrayEquals(expected.get(i), ids);
                                            tokenizer.decode(ids, true);
                                        }
                                    }
                                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        }
    }

    /** A close that overtakes calls in other threads must not free memory under their feet. */
    @Test
    void closeWaitsForTheCallsUnderWay() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                Tokenizer tokenizer = Tokenizer.load(DEMO);
                List<Future<?>> runs = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    runs.add(
                            threads.submit(
                                    () ->
                                            assertThrows(
                                                    IllegalStateException.class,
                                                    () -> {
                                                        while (true) {
                                                            tokenizer.encode(
                                                                    "some words to keep it busy",
                                                                    true);
                                                        }
                                                    })));
                }
                Thread.sleep(2);
                tokenizer.close();
                for (Future<?> run : runs) {
                    run.get();
                }
            }
        }
    }

    private static ObjectNode demo() throws IOException {
        return (ObjectNode)
                Samples.MAPPER.readTree(Files.readAllBytes(DEMO.resolve("tokenizer.json")));
    }

    private Path write(ObjectNode json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    }
}
