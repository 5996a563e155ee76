package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.weights.Checkpoint;

/** What is special in a vocabulary of a GGUF file: the 256 bytes, and the tokens of a test. */
class GgufSpecialTokensTest {

    private static final int FIRST = 256;

    /** A byte-level vocabulary whose further tokens, from {@link #FIRST} on, have one type. */
    private static Map<String, Object> with(int type, String... more) {
        Map<String, Object> metadata = GgufVocabularyTest.bytesOnly("gpt-2");
        List<String> tokens = new ArrayList<>(GgufVocabularyTest.strings(metadata, "tokens"));
        tokens.addAll(List.of(more));
        long[] types = new long[tokens.size()];
        Arrays.fill(types, GgufVocabulary.NORMAL);
        Arrays.fill(types, FIRST, types.length, type);
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", types);
        return metadata;
    }

    /** A SentencePiece vocabulary as files older than token types have it. */
    private static Map<String, Object> oldSentencePiece(String... more) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        tokens.addAll(List.of(more));
        return Map.of(
                "tokenizer.ggml.model",
                "llama",
                "tokenizer.ggml.tokens",
                tokens,
                "tokenizer.ggml.scores",
                new double[tokens.size()]);
    }

    private static SpecialTokens special(Map<String, Object> metadata) {
        return GgufVocabulary.from(metadata).specialTokens();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<|eot_id|>",
                "<|im_end|>",
                "<|end|>",
                "<|endoftext|>",
                "<|end_of_text|>",
                "<end_of_turn>",
                "<|eom_id|>",
                "<EOT>",
                "_<EOT>",
                "[EOS]",
                "</s>",
                "<eos>",
                "<｜end▁of▁sentence｜>",
                "<|fim_pad|>",
                "<|repo_name|>",
                "<|file_sep|>"
            })
    void aTokenSpelledAsAnEndIsOneWhateverTheFileNamesAndWhateverItsType(String end) {
        for (int type :
                List.of(
                        GgufVocabulary.NORMAL,
                        GgufVocabulary.CONTROL,
                        GgufVocabulary.USER_DEFINED,
                        GgufVocabulary.UNUSED)) {
            Map<String, Object> metadata = with(type, end, "<another>");
            metadata.put("tokenizer.ggml.eos_token_id", FIRST + 1L);
            assertEquals(List.of(FIRST, FIRST + 1), special(metadata).ends(), "type " + type);
        }
    }

    @Test
    void endsAreNamedByFourKeysAndListedByOne() {
        Map<String, Object> metadata = with(GgufVocabulary.NORMAL, "a-", "b-", "c-", "d-", "e-");
        metadata.put("tokenizer.ggml.eos_token_id", FIRST + 1L);
        metadata.put("tokenizer.ggml.eot_token_id", FIRST + 2L);
        metadata.put("tokenizer.ggml.eom_token_id", 9L);
        metadata.put("tokenizer.ggml.fim_pad_token_id", FIRST + 3L);
        metadata.put(
                "tokenizer.ggml.eos_token_ids",
                new long[] {FIRST + 4, FIRST + 1, -1, FIRST + 5, 0xFFFFFFFFL});
        assertEquals(
                List.of(9, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4), special(metadata).ends());
        metadata.put("tokenizer.ggml.eos_token_ids", "none");
        assertThrows(CheckpointException.class, () -> special(metadata));
    }

    @Test
    void idsBeyondTheVocabularyMeanTheDefaultAndNoStackTrace() {
        for (long id : new long[] {FIRST + 1, Integer.MAX_VALUE, 0xFFFFFFFFL, -1}) {
            Map<String, Object> metadata = with(GgufVocabulary.CONTROL, "<|im_end|>");
            for (String key : List.of("bos", "eos", "eot", "eom", "padding", "unknown")) {
                metadata.put("tokenizer.ggml." + key + "_token_id", id);
            }
            List<String> warnings =
                    Warnings.of(
                            () -> {
                                SpecialTokens special = special(metadata);
                                assertEquals(List.of(FIRST), special.ends());
                                assertEquals(OptionalInt.empty(), special.bos());
                                assertEquals(Map.of(), special.named());
                            });
            // All bits set is how converters write that there is none.
            assertEquals(id == 0xFFFFFFFFL || id == -1 ? 0 : 6, warnings.size());
        }
        Map<String, Object> scored = new HashMap<>(oldSentencePiece());
        scored.put("tokenizer.ggml.eos_token_id", 0xFFFFFFFFL);
        assertEquals(OptionalInt.of(2), special(scored).eos());
        assertEquals(OptionalInt.of(1), special(scored).bos());
    }

    @Test
    void theEndOfAMessageIsNoneInTheHarmonyFormat() {
        Map<String, Object> harmony =
                with(GgufVocabulary.CONTROL, "<|end|>", "<|return|>", "<|call|>", "<|channel|>");
        assertEquals(List.of(FIRST + 1, FIRST + 2), special(harmony).ends());
        int[] types = GgufVocabulary.from(harmony).types();
        assertEquals(GgufVocabulary.USER_DEFINED, types[FIRST], "readers want to see it");
        assertEquals(GgufVocabulary.USER_DEFINED, types[FIRST + 3]);
        harmony.put("tokenizer.ggml.eot_token_id", (long) FIRST);
        assertEquals(List.of(FIRST, FIRST + 1, FIRST + 2), special(harmony).ends());
        assertEquals(
                List.of(FIRST + 1, FIRST + 2),
                special(with(GgufVocabulary.CONTROL, "<|end|>", "<|calls|>", "<|flush|>")).ends());
        assertEquals(
                List.of(FIRST, FIRST + 1),
                special(with(GgufVocabulary.CONTROL, "<|end|>", "<|call|>")).ends());
    }

    @Test
    void aTagOfHtmlIsNoEndWhereTheEndHasAnotherName() {
        Map<String, Object> metadata = with(GgufVocabulary.NORMAL, "</s>", "<eos>");
        assertEquals(List.of(FIRST + 1), special(metadata).ends());
        assertEquals(GgufVocabulary.NORMAL, GgufVocabulary.from(metadata).types()[FIRST]);
        metadata.put("tokenizer.ggml.eos_token_id", (long) FIRST);
        assertEquals(List.of(FIRST, FIRST + 1), special(metadata).ends());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<|im_start|>",
                "<|start_header_id|>",
                "<|user|>",
                "<｜Assistant｜>",
                "<start_of_turn>",
                "<|im_end|>",
                "[INST]"
            })
    void marksOfTurnsAreFoundWholeWhateverTheirType(String mark) {
        for (int type : List.of(GgufVocabulary.NORMAL, GgufVocabulary.UNUSED, 0, 77)) {
            try (Tokenizer tokenizer =
                    Tokenizer.of(GgufVocabulary.from(with(type, mark, "<not a mark>")))) {
                assertArrayEquals(
                        new int[] {FIRST, 'a' - '!'}, tokenizer.encode(mark + "a", false));
                assertEquals("a", tokenizer.decode(new int[] {FIRST, 'a' - '!'}, true));
                assertEquals(
                        "<not a mark>".length(), tokenizer.encode("<not a mark>", false).length);
            }
        }
        Map<String, Object> without = with(GgufVocabulary.NORMAL, mark);
        without.remove("tokenizer.ggml.token_type");
        try (Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.from(without))) {
            assertArrayEquals(new int[] {FIRST}, tokenizer.encode(mark, false));
        }
    }

    @Test
    void marksThatTheFileWantsToShowStayVisible() {
        try (Tokenizer tokenizer =
                Tokenizer.of(
                        GgufVocabulary.from(with(GgufVocabulary.USER_DEFINED, "<|tool_call|>")))) {
            assertArrayEquals(new int[] {FIRST}, tokenizer.encode("<|tool_call|>", false));
            assertFalse(tokenizer.isSpecial(FIRST));
        }
    }

    @Test
    void withoutTokenTypesTheSpellingAndTheIdsTellThem() {
        GgufVocabulary vocabulary =
                GgufVocabulary.from(oldSentencePiece("\u2581", "a", "\u2581a", "<|im_end|>"));
        int[] types = vocabulary.types();
        assertEquals(GgufVocabulary.UNKNOWN, types[0]);
        assertEquals(GgufVocabulary.CONTROL, types[1]);
        assertEquals(GgufVocabulary.CONTROL, types[2]);
        assertEquals(GgufVocabulary.BYTE, types[3]);
        assertEquals(GgufVocabulary.BYTE, types[258]);
        assertEquals(GgufVocabulary.NORMAL, types[260]);
        assertEquals(List.of(2, 262), vocabulary.specialTokens().ends());
        try (Tokenizer tokenizer = Tokenizer.of(vocabulary)) {
            assertArrayEquals(
                    new int[] {1, 261, 262, 259, 3 + '\n'},
                    tokenizer.encode("a<|im_end|>\n", true));
            assertTrue(tokenizer.isSpecial(1));
        }
    }

    @Test
    void moreTypesThanTokensAreTheTokensTypes() {
        Map<String, Object> metadata = with(GgufVocabulary.CONTROL, "<one>");
        metadata.put(
                "tokenizer.ggml.token_type",
                Arrays.copyOf((long[]) metadata.get("tokenizer.ggml.token_type"), FIRST + 9));
        assertEquals(GgufVocabulary.CONTROL, GgufVocabulary.from(metadata).types()[FIRST]);
        metadata.put("tokenizer.ggml.token_type", new long[FIRST]);
        String refusal =
                assertThrows(CheckpointException.class, () -> special(metadata)).getMessage();
        assertTrue(refusal.contains("256 values in tokenizer.ggml.token_type"), refusal);
    }

    @Test
    void chatTemplatesSeeEveryTokenThatTheFileNames() {
        Map<String, Object> metadata = with(GgufVocabulary.CONTROL, "<b>", "<p>", "<u>", "<m>");
        metadata.put("tokenizer.ggml.bos_token_id", FIRST + 0L);
        metadata.put("tokenizer.ggml.padding_token_id", FIRST + 1L);
        metadata.put("tokenizer.ggml.unknown_token_id", FIRST + 2L);
        metadata.put("tokenizer.ggml.mask_token_id", FIRST + 3L);
        assertEquals(
                Map.of(
                        "bos_token",
                        "<b>",
                        "pad_token",
                        "<p>",
                        "unk_token",
                        "<u>",
                        "mask_token",
                        "<m>"),
                special(metadata).named());
        assertEquals(
                Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>"),
                special(oldSentencePiece()).named());
    }

    @Test
    void theDemoModelEndsWhereItsFileSays() {
        try (Checkpoint checkpoint =
                Checkpoint.open(GoldenData.gguf().resolve("quire-demo-Q8_0.gguf"))) {
            SpecialTokens special = special(checkpoint.metadata());
            assertEquals(OptionalInt.of(2), special.eos());
            assertTrue(special.ends().contains(2), special.toString());
        }
    }

    /** The two spellings of "not said" are one, and both are worth a warning. */
    @Test
    void aPreTokenizerThatIsNotSaidIsTheDefault() {
        Map<String, Object> metadata = with(GgufVocabulary.NORMAL);
        metadata.remove("tokenizer.ggml.pre");
        List<String> missing = Warnings.of(() -> special(metadata));
        metadata.put("tokenizer.ggml.pre", "");
        List<String> empty = Warnings.of(() -> special(metadata));
        assertEquals("default", GgufVocabulary.from(metadata).pre());
        assertEquals(missing, empty);
        assertEquals(1, missing.size());
        assertTrue(missing.getFirst().contains("tokenizer.ggml.pre"), missing.getFirst());
        metadata.put("tokenizer.ggml.pre", "gpt-2");
        assertEquals(List.of(), Warnings.of(() -> special(metadata)));
        assertEquals(List.of(), Warnings.of(() -> special(oldSentencePiece())));
    }
}
