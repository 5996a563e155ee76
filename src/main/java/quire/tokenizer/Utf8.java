package quire.tokenizer;

/**
 * UTF-8 as the Unicode standard decodes it with replacement (chapter 3.9, "substitution of maximal
 * subparts"): each longest prefix of a character that does not go on becomes one U+FFFD.
 */
final class Utf8 {

    static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /** Whether the first {@code end} bytes are nothing but complete characters. */
    static boolean isWellFormed(byte[] bytes, int end) {
        int at = 0;
        while (at < end) {
            int length = sequence(bytes, at, end);
            if (length <= 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /**
     * Appends the characters of {@code bytes[from, end)}.
     *
     * @return where the bytes begin that could still become a character, or {@code end}
     */
    static int decode(byte[] bytes, int from, int end, StringBuilder out) {
        int at = from;
        while (at < end) {
            int length = sequence(bytes, at, end);
            if (length == 0) {
                return at;
            }
            if (length < 0) {
                out.append(REPLACEMENT);
                at -= length;
            } else {
                out.appendCodePoint(codePoint(bytes, at, length));
                at += length;
            }
        }
        return end;
    }

    /** The last position up to {@code at} where a character begins, in well-formed bytes. */
    static int characterStart(byte[] bytes, int at, int end) {
        int start = at;
        while (start < end && start > 0 && (bytes[start] & 0xC0) == 0x80) {
            start--;
        }
        return start;
    }

    /**
     * The length of the character at {@code at}; 0 when the bytes end before it does; minus the
     * length of the malformed part otherwise.
     */
    private static int sequence(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        if (lead < 0xC2 || lead > 0xF4) {
            return -1;
        }
        int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        for (int i = 1; i < length; i++) {
            if (at + i >= end) {
                return 0;
            }
            int next = bytes[at + i] & 0xFF;
            // The second byte's range excludes overlong forms, surrogates and beyond U+10FFFF.
            int low = i > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
            int high = i > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
            if (next < low || next > high) {
                return -i;
            }
        }
        return length;
    }

    private static int codePoint(byte[] bytes, int at, int length) {
        if (length == 1) {
            return bytes[at];
        }
        int codePoint = bytes[at] & 0xFF >> length + 1;
        for (int i = 1; i < length; i++) {
            codePoint = codePoint << 6 | bytes[at + i] & 0x3F;
        }
        return codePoint;
    }
}
