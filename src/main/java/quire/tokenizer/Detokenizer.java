package quire.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns the ids of one sequence into text as they are generated, never half a character.
 *
 * <p>The pieces and {@link #finish()} add up to what {@link Tokenizer#decode} makes of the prompt
 * and the generated ids together, less what it makes of the prompt alone. Where the prompt ends
 * within a character, the character that the generated ids complete is part of the pieces.
 *
 * <p>Owned by one thread at a time, the event loop. A token that is characters by itself allocates
 * nothing.
 */
public final class Detokenizer {

    private static final int[] NONE = {};

    private final TokenTable table;
    private final boolean skipSpecialTokens;
    private final boolean joinsSpecialTokens;

    /** Special tokens that are text all the same. */
    private final int[] shown;

    private final boolean runs;
    private final char stripped;

    /** Bytes that are not certain yet: the start of a character, or a run of byte tokens. */
    private byte[] pending = new byte[8];

    private int numPending;

    /** How many of the pending bytes the prompt's text shows already. */
    private int numShown;

    private int numToStrip;
    private boolean first = true;
    private boolean behindSpecial;

    Detokenizer(TokenTable table, boolean skipSpecialTokens, boolean joinsSpecialTokens) {
        this(table, NONE, skipSpecialTokens, joinsSpecialTokens, NONE);
    }

    /**
     * @param prompt the ids before the generated ones; only read here
     * @param joinsSpecialTokens whether a special token behind another is spelled as it stands in
     *     the vocabulary
     * @param shown special tokens that are not skipped in any case; not modified
     */
    Detokenizer(
            TokenTable table,
            int[] prompt,
            boolean skipSpecialTokens,
            boolean joinsSpecialTokens,
            int[] shown) {
        this.table = table;
        this.skipSpecialTokens = skipSpecialTokens;
        this.joinsSpecialTokens = joinsSpecialTokens;
        this.shown = shown;
        this.runs = table.decoder().bytes() == DecoderChain.Bytes.FALLBACK;
        this.stripped = table.decoder().stripped();
        this.numToStrip = table.decoder().numStripped();
        read(prompt);
    }

    /**
     * Takes the next id.
     *
     * @return the text that has become certain, often the whole token, the empty string while a
     *     character is incomplete and for ids that no token has
     */
    public String append(int id) {
        if (!table.isKnown(id) || isSkipped(id)) {
            return "";
        }
        boolean atStart = first;
        first = false;
        if (joinsSpecialTokens) {
            boolean joined = behindSpecial && table.isSpecial(id);
            behindSpecial = table.isSpecial(id);
            if (joined) {
                return appendText(table.token(id).orElseThrow());
            }
        }
        if (atStart && table.decoder().firstDiffers()) {
            DecoderChain.Piece piece = table.decoder().piece(table.token(id).orElseThrow(), true);
            return piece.text()
                    .map(this::appendText)
                    .orElseGet(() -> appendBytes(piece.bytes().orElseThrow()));
        }
        return table.isText(id) ? appendText(table.text(id)) : appendBytes(table.rawBytes(id));
    }

    /**
     * Ends the text: no id follows.
     *
     * @return what was held back; an incomplete character is U+FFFD
     */
    public String finish() {
        return strip(flush());
    }

    private String appendText(String text) {
        if (numPending == 0) {
            return numToStrip == 0 ? text : strip(text);
        }
        if (text.isEmpty() && !runs) {
            return "";
        }
        return strip(flush() + text);
    }

    private String appendBytes(byte[] bytes) {
        int needed = numPending + bytes.length;
        if (needed > pending.length) {
            pending = Arrays.copyOf(pending, Math.max(needed, 2 * pending.length));
        }
        System.arraycopy(bytes, 0, pending, numPending, bytes.length);
        numPending = needed;
        if (runs) {
            // A byte that follows may still spoil the whole run.
            return "";
        }
        StringBuilder out = new StringBuilder();
        int rest = Utf8.decode(pending, 0, numPending, out);
        if (out.isEmpty()) {
            return "";
        }
        if (numShown > 0 && out.charAt(0) == Utf8.REPLACEMENT) {
            // The character that the prompt began is broken, as the prompt's text shows already.
            out.deleteCharAt(0);
        }
        numPending -= rest;
        System.arraycopy(pending, rest, pending, 0, numPending);
        numShown = 0;
        return strip(out.toString());
    }

    /** The pending bytes, which nothing can complete any more. */
    private String flush() {
        if (numPending == 0) {
            return "";
        }
        int count = numPending;
        int shown = numShown;
        numPending = 0;
        numShown = 0;
        if (!runs) {
            // What is pending is the start of a character: one maximal subpart.
            return shown > 0 ? "" : String.valueOf(Utf8.REPLACEMENT);
        }
        if (!Utf8.isWellFormed(pending, count)) {
            return String.valueOf(Utf8.REPLACEMENT).repeat(count - shown);
        }
        int from = Utf8.characterStart(pending, shown, count);
        return new String(pending, from, count - from, StandardCharsets.UTF_8);
    }

    private String strip(String text) {
        if (numToStrip == 0 || text.isEmpty()) {
            return text;
        }
        int from = 0;
        while (from < text.length() && numToStrip > 0) {
            if (text.charAt(from) != stripped) {
                numToStrip = 0;
                break;
            }
            from++;
            numToStrip--;
        }
        return text.substring(from);
    }

    private void read(int[] prompt) {
        int next = 0;
        while (next < prompt.length && (first || numToStrip > 0)) {
            append(prompt[next++]);
        }
        // From here on a text token leaves nothing pending, so the last one is where to start.
        int tail = prompt.length;
        while (tail > next && !endsCharacter(prompt[tail - 1])) {
            tail--;
        }
        if (tail > next) {
            numPending = 0;
            next = tail;
        }
        while (next < prompt.length) {
            append(prompt[next++]);
        }
        behindSpecial = false;
        numShown = numPending;
        if (numPending > 0) {
            // The spaces that the prompt's text shows as cut off, or does not, are settled too.
            boolean complete = runs && Utf8.isWellFormed(pending, numPending);
            strip(
                    complete
                            ? new String(pending, 0, numPending, StandardCharsets.UTF_8)
                            : String.valueOf(Utf8.REPLACEMENT));
        }
    }

    private boolean endsCharacter(int id) {
        return table.isText(id) && !table.text(id).isEmpty() && !isSkipped(id);
    }

    private boolean isSkipped(int id) {
        if (!skipSpecialTokens || !table.isSpecial(id)) {
            return false;
        }
        for (int token : shown) {
            if (token == id) {
                return false;
            }
        }
        return true;
    }
}
