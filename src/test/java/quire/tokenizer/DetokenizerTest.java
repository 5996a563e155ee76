package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class DetokenizerTest {

    private static final long SEED = 20_240_611;

    /** For every tokenizer: all golden texts and random ids, cut at every place. */
    @TestFactory
    Stream<DynamicTest> piecesAddUpToTheWholeDecoding() throws IOException {
        List<String> texts = Samples.texts();
        return Samples.all().entrySet().stream()
                .map(
                        entry ->
                                dynamicTest(
                                        entry.getKey(),
                                        () -> {
                                            try (Tokenizer tokenizer = entry.getValue().get()) {
                                                for (String text : texts) {
                                                    checkEverySplit(
                                                            tokenizer,
                                                            tokenizer.encode(text, true),
                                                            text);
                                                }
                                                for (int[] ids :
                                                        Samples.randomIds(SEED, tokenizer, 100)) {
                                                    checkEverySplit(tokenizer, ids, "seed " + SEED);
                                                }
                                            }
                                        }));
    }

    private static void checkEverySplit(Tokenizer tokenizer, int[] ids, String what) {
        // Every split of a long text would be quadratic in native calls and show nothing more.
        int stride = 1 + ids.length / 40;
        for (boolean skip : new boolean[] {true, false}) {
            String whole = tokenizer.decode(ids, skip);
            assertEquals(whole, pieces(tokenizer.detokenizer(skip), ids), what);
            for (int cut = 0; cut <= ids.length; cut += stride) {
                int[] prompt = Arrays.copyOf(ids, cut);
                int[] generated = Arrays.copyOfRange(ids, cut, ids.length);
                String before = tokenizer.decode(prompt, skip);
                String after = pieces(tokenizer.detokenizer(prompt, skip, false), generated);
                if (whole.startsWith(before)) {
                    assertEquals(
                            whole.substring(before.length()),
                            after,
                            what
                                    + ", skip "
                                    + skip
                                    + ", "
                                    + Arrays.toString(prompt)
                                    + " | "
                                    + Arrays.toString(generated));
                } else {
                    checkAfterBrokenPrompt(whole, before, after, what);
                }
            }
        }
    }

    /**
     * The prompt ended within a character or run of bytes that then read differently: "what the
     * prompt does not show" has more than one meaning, but is never longer than what differs.
     */
    private static void checkAfterBrokenPrompt(
            String whole, String before, String after, String what) {
        int common = 0;
        while (common < before.length()
                && common < whole.length()
                && before.charAt(common) == whole.charAt(common)) {
            common++;
        }
        int shown = common;
        assertTrue(
                whole.endsWith(after),
                () -> "'" + after + "' does not end '" + whole + "', " + what);
        assertTrue(
                after.length() <= whole.length() - shown,
                () ->
                        "'"
                                + after
                                + "' is more than follows '"
                                + before
                                + "' in '"
                                + whole
                                + "', "
                                + what);
    }

    private static String pieces(Detokenizer detokenizer, int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            String piece = detokenizer.append(id);
            if (!piece.isEmpty()) {
                assertFalse(
                        Character.isHighSurrogate(piece.charAt(piece.length() - 1)),
                        "half a surrogate pair");
            }
            text.append(piece);
        }
        return text.append(detokenizer.finish()).toString();
    }

    @Test
    void anEmojiSplitOverTokensComesOutWhole() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            int[] ids = tokenizer.encode("\uD83D\uDE42", false);
            assertEquals(4, ids.length, "the demo vocabulary spells this emoji in bytes");
            Detokenizer detokenizer = tokenizer.detokenizer(true);
            assertEquals("", detokenizer.append(ids[0]));
            assertEquals("", detokenizer.append(ids[1]));
            assertEquals("", detokenizer.append(ids[2]));
            assertEquals("\uD83D\uDE42", detokenizer.append(ids[3]));
            assertEquals("", detokenizer.finish());
        }
    }

    @Test
    void aCharacterThatStaysIncompleteIsReplacedAtTheEnd() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            int[] ids = tokenizer.encode("\uD83D\uDE42", false);
            Detokenizer detokenizer = tokenizer.detokenizer(true);
            assertEquals("", detokenizer.append(ids[0]));
            assertEquals("\uFFFD", detokenizer.finish());
        }
    }

    @Test
    void aCharacterThatThePromptBeganIsCompleted() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            int[] ids = tokenizer.encode("\uD83D\uDE42", false);
            Detokenizer detokenizer = tokenizer.detokenizer(Arrays.copyOf(ids, 2), true, false);
            assertEquals("", detokenizer.append(ids[2]));
            assertEquals("\uD83D\uDE42", detokenizer.append(ids[3]));
        }
    }

    @Test
    void sentencePieceStripsTheSpaceOfTheVeryFirstWordOnly() {
        try (Tokenizer tokenizer = Tokenizer.load(Samples.tokenizers().resolve("llama2"))) {
            int[] hello = tokenizer.encode("Hello", false);
            assertEquals("Hello", pieces(tokenizer.detokenizer(true), hello));
            assertEquals(" Hello", pieces(tokenizer.detokenizer(hello, true, false), hello));
            int[] bos = {tokenizer.specialTokens().bos().orElseThrow()};
            assertEquals("Hello", pieces(tokenizer.detokenizer(bos, true, false), hello));
            assertEquals(" Hello", pieces(tokenizer.detokenizer(bos, false, false), hello));
        }
    }

    @Test
    void tokensThatAreCharactersAllocateNothing() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            int id = tokenizer.encode("Hello", false)[0];
            Detokenizer detokenizer = tokenizer.detokenizer(true);
            assertSame(detokenizer.append(id), detokenizer.append(id));
        }
    }

    @Test
    void idsWithoutATokenAreNoText() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            Detokenizer detokenizer = tokenizer.detokenizer(false);
            assertEquals("", detokenizer.append(tokenizer.vocabSize()));
            assertEquals("", detokenizer.append(Integer.MAX_VALUE));
            assertEquals("", detokenizer.append(-1));
            assertEquals("", detokenizer.finish());
        }
    }

    @Test
    void detokenizersOutliveTheirTokenizer() {
        Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"));
        int[] ids = tokenizer.encode("Hello, world!", false);
        Detokenizer detokenizer = tokenizer.detokenizer(true);
        tokenizer.close();
        assertEquals("Hello, world!", pieces(detokenizer, ids));
    }

    @Test
    void aPromptOfAnyLengthLeavesTheSameStateAsItsTail() {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            int[] emoji = tokenizer.encode("\uD83D\uDE42", false);
            int[] word = tokenizer.encode("word", false);
            int[] prompt =
                    IntStream.concat(
                                    IntStream.range(0, 1000).map(i -> word[0]),
                                    Arrays.stream(emoji).limit(3))
                            .toArray();
            assertEquals(
                    "\uD83D\uDE42",
                    pieces(tokenizer.detokenizer(prompt, true, false), new int[] {emoji[3]}));
        }
    }
}
