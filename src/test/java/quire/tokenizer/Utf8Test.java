package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {

    private static final long SEED = 31;

    /** Lead bytes, their borders and continuation bytes, so that most sequences nearly fit. */
    private static final byte[] ALPHABET =
            HexFormat.of().parseHex("417F80BF8F909FA0C0C1C2DFE0E1ECEDEEEFF0F1F3F4F5FFBFBDBB80");

    /** The tokenizers library decodes whole texts; the JDK departs from the standard here. */
    @Test
    void decodesAsTheLibraryDoes() {
        Random random = new Random(SEED);
        try (Tokenizer tokenizer =
                Tokenizer.of(GgufVocabulary.from(GgufVocabularyTest.bytesOnly("gpt-2")))) {
            for (int round = 0; round < 50_000; round++) {
                byte[] bytes = new byte[random.nextInt(8)];
                int[] ids = new int[bytes.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = ALPHABET[random.nextInt(ALPHABET.length)];
                    ids[i] =
                            tokenizer
                                    .id(String.valueOf(ByteAlphabet.charOf(bytes[i] & 0xFF)))
                                    .orElseThrow();
                }
                StringBuilder text = new StringBuilder();
                if (Utf8.decode(bytes, 0, bytes.length, text) < bytes.length) {
                    text.append(Utf8.REPLACEMENT);
                }
                String hex = HexFormat.of().formatHex(bytes) + ", seed " + SEED;
                assertEquals(tokenizer.decode(ids, false), text.toString(), hex);
                assertEquals(
                        Arrays.equals(bytes, text.toString().getBytes(StandardCharsets.UTF_8)),
                        Utf8.isWellFormed(bytes, bytes.length),
                        hex);
            }
        }
    }

    @Test
    void anIncompleteCharacterIsLeft() {
        byte[] bytes = "a\uD83D\uDE42".getBytes(StandardCharsets.UTF_8);
        for (int end = 1; end < bytes.length; end++) {
            StringBuilder text = new StringBuilder();
            assertEquals(1, Utf8.decode(bytes, 0, end, text));
            assertEquals("a", text.toString());
        }
    }

    @Test
    void aCharacterStartIsFoundFromWithin() {
        byte[] bytes = "a\u00E9b".getBytes(StandardCharsets.UTF_8);
        assertEquals(0, Utf8.characterStart(bytes, 0, 4));
        assertEquals(1, Utf8.characterStart(bytes, 1, 4));
        assertEquals(1, Utf8.characterStart(bytes, 2, 4));
        assertEquals(3, Utf8.characterStart(bytes, 3, 4));
        assertEquals(4, Utf8.characterStart(bytes, 4, 4));
    }
}
