package quire.tokenizer;

import java.util.Arrays;
import java.util.Optional;

/**
 * The printable characters that stand for the 256 bytes in byte-level vocabularies, after GPT-2's
 * {@code bytes_to_unicode}: printable Latin-1 stands for itself, the rest is counted up from
 * U+0100.
 */
final class ByteAlphabet {

    private static final char[] CHAR_OF_BYTE = new char[256];
    private static final short[] BYTE_OF_CHAR = new short[512];

    static {
        Arrays.fill(BYTE_OF_CHAR, (short) -1);
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            CHAR_OF_BYTE[b] = printable ? (char) b : next++;
            BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character that stands for the byte 0 to 255. */
    static char charOf(int unsignedByte) {
        return CHAR_OF_BYTE[unsignedByte];
    }

    /** The bytes that the token stands for; empty when a character of it stands for none. */
    static Optional<byte[]> bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
                return Optional.empty();
            }
            bytes[i] = (byte) BYTE_OF_CHAR[c];
        }
        return Optional.of(bytes);
    }
}
