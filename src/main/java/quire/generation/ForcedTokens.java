package quire.generation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import quire.grammar.Matcher;
import quire.grammar.NotKnownException;
import quire.tokenizer.Tokenizer;

/**
 * Makes tokens of text that a grammar forces: those that the tokenizer makes of it, as the model
 * has learned them, but for the last ones where these could come out otherwise with what follows
 * the text. Any thread.
 */
final class ForcedTokens {

    /** Most bytes that are taken at once; more come the next time. */
    private static final int MOST_BYTES = 4096;

    /** In front of a text for tokenizers that put a space before it. */
    private static final String LINE_END = "\n";

    private static final String WORD = "a";

    private static final int[] NONE = {};

    /** Most bytes of a text whose tokens are kept. */
    private static final int SHORT_BYTES = 256;

    private static final int MOST_KEPT = 1024;

    private final Tokenizer tokenizer;
    private final byte[][] bytes;
    private final byte[][] sorted;
    private final String anchor;
    private final int[] anchorTokens;

    /** What short texts are, for a grammar forces the same ones again and again. */
    private final Map<String, Split> kept = new ConcurrentHashMap<>();

    /**
     * @param bytes of each token inside a text; null for one that has no place there
     */
    ForcedTokens(Tokenizer tokenizer, byte[][] bytes) {
        this.tokenizer = tokenizer;
        this.bytes = bytes;
        this.sorted =
                Arrays.stream(bytes)
                        .filter(token -> token != null && token.length > 0)
                        .sorted(Comparator.nullsLast(Arrays::compareUnsigned))
                        .toArray(byte[][]::new);
        byte[] word = WORD.getBytes(StandardCharsets.UTF_8);
        this.anchor = numMatching(tokenizer.encode(WORD, false), 0, word) == 1 ? "" : LINE_END;
        this.anchorTokens = tokenizer.encode(anchor, false);
    }

    /**
     * What was forced.
     *
     * @param tokenIds tokens that the matcher has accepted
     * @param matcher goes on behind them
     */
    record Taken(int[] tokenIds, Matcher matcher) {}

    /**
     * A text as tokens, as far as the tokenizer makes such of it.
     *
     * @param numSettled how many of these stay as they are whatever follows the text
     */
    record Split(int[] tokenIds, int numSettled) {}

    /** The tokens of a text in the middle of another. */
    Split split(byte[] utf8) {
        int[] tokens = tokens(utf8);
        return new Split(tokens, numSettled(tokens, utf8));
    }

    /**
     * The same, kept or to be kept; names a text by its bytes, for it may end in half a character.
     */
    private Split split(byte[] utf8, boolean onlyKnown) {
        String name = new String(utf8, StandardCharsets.ISO_8859_1);
        Split known = kept.get(name);
        if (known != null) {
            return known;
        }
        if (onlyKnown) {
            throw NotKnownException.INSTANCE;
        }
        Split split = split(utf8);
        if (utf8.length <= SHORT_BYTES) {
            if (kept.size() >= MOST_KEPT) {
                kept.clear();
            }
            kept.put(name, split);
        }
        return split;
    }

    /**
     * Lets a matcher accept what it forces.
     *
     * @param matcher may be changed
     * @param onlyKnown whether the tokenizer is not to be asked for the tokens of a text
     * @throws NotKnownException if it would have to be, or what the matcher throws
     */
    Taken take(Matcher matcher, boolean onlyKnown) {
        byte[] all = matcher.forced();
        if (all.length == 0) {
            return new Taken(NONE, matcher);
        }
        byte[] text = all.length > MOST_BYTES ? Arrays.copyOf(all, MOST_BYTES) : all;
        Split split = split(text, onlyKnown);
        int[] tokens = split.tokenIds();
        int settled = split.numSettled();
        for (int i = 0; i < settled; i++) {
            if (!matcher.accept(tokens[i])) {
                return new Taken(Arrays.copyOf(tokens, i), matcher);
            }
        }
        if (settled < tokens.length && text == all) {
            Matcher whole = matcher.copy();
            if (accepts(whole, tokens, settled) && whole.mustEnd()) {
                // With nothing behind it the text is as the tokenizer made it.
                return new Taken(tokens, whole);
            }
        }
        return new Taken(Arrays.copyOf(tokens, settled), matcher);
    }

    private static boolean accepts(Matcher matcher, int[] tokens, int from) {
        return IntStream.range(from, tokens.length).allMatch(i -> matcher.accept(tokens[i]));
    }

    /** The tokens of a text in the middle of another; none where the tokenizer makes no such. */
    private int[] tokens(byte[] utf8) {
        // Half a character at the end becomes something else, at which the comparison stops.
        String text = new String(utf8, StandardCharsets.UTF_8);
        int[] tokens = tokenizer.encode(anchor + text, false);
        int first = anchorTokens.length;
        boolean apart =
                first <= tokens.length && Arrays.equals(anchorTokens, 0, first, tokens, 0, first);
        return apart
                ? Arrays.copyOfRange(tokens, first, first + numMatching(tokens, first, utf8))
                : NONE;
    }

    /** How many tokens from one on spell the text, as far as they spell nothing else. */
    private int numMatching(int[] tokens, int from, byte[] text) {
        int at = 0;
        int i = from;
        while (i < tokens.length && at < text.length && matches(tokens[i], text, at)) {
            at += bytes[tokens[i]].length;
            i++;
        }
        return i - from;
    }

    private boolean matches(int token, byte[] text, int at) {
        byte[] own = token < bytes.length ? bytes[token] : null;
        return own != null
                && own.length > 0
                && at + own.length <= text.length
                && Arrays.equals(own, 0, own.length, text, at, at + own.length);
    }

    /**
     * How many of the tokens stay as they are whatever follows: those before the last run of
     * letters, of digits, of spaces or of other characters, for what such a run becomes depends on
     * all of it, and before the first place from which the text to its end is the beginning of a
     * longer token.
     */
    private int numSettled(int[] tokens, byte[] text) {
        int run = lastRun(text);
        int at = 0;
        for (int i = 0; i < tokens.length; i++) {
            int end = at + bytes[tokens[i]].length;
            if (end > run || beginsLongerToken(text, at)) {
                return i;
            }
            at = end;
        }
        return tokens.length;
    }

    /** Where the last run of characters of one kind begins. */
    private static int lastRun(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.UTF_8);
        int at = text.length();
        Kind kind = null;
        while (at > 0) {
            int before = text.codePointBefore(at);
            Kind own = Kind.of(before);
            if (kind != null && own != kind) {
                break;
            }
            kind = own;
            at -= Character.charCount(before);
        }
        return text.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
    }

    /** Kinds of characters that tokenizers keep apart. */
    private enum Kind {
        LETTER,
        DIGIT,
        SPACE,
        OTHER;

        static Kind of(int codePoint) {
            int type = Character.getType(codePoint);
            if (Character.isLetter(codePoint)
                    || type == Character.NON_SPACING_MARK
                    || type == Character.COMBINING_SPACING_MARK) {
                return LETTER;
            }
            if (Character.isDigit(codePoint)
                    || type == Character.LETTER_NUMBER
                    || type == Character.OTHER_NUMBER) {
                return DIGIT;
            }
            return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint)
                    ? SPACE
                    : OTHER;
        }
    }

    private boolean beginsLongerToken(byte[] text, int from) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            byte[] token = sorted[middle];
            if (Arrays.compareUnsigned(token, 0, token.length, text, from, text.length) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        int length = text.length - from;
        return low < sorted.length
                && sorted[low].length > length
                && Arrays.equals(sorted[low], 0, length, text, from, text.length);
    }
}
