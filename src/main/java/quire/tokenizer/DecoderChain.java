package quire.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import quire.error.CheckpointException;

/**
 * The {@code decoder} of a tokenizer.json, brought into the one shape that can run token by token:
 * steps on each token, then bytes to characters, then spaces cut off the start of the whole text.
 *
 * <p>After the decoders of the Hugging Face tokenizers library ({@code tokenizers/src/decoders}).
 */
final class DecoderChain {

    /** What becomes of bytes. */
    enum Bytes {
        /** Tokens are characters. */
        NONE,
        /** Every token is spelled in the {@link ByteAlphabet}; malformed bytes become U+FFFD. */
        BYTE_LEVEL,
        /**
         * Tokens like {@code <0x0A>} are bytes; a run of them that is malformed anywhere becomes
         * one U+FFFD for each of its bytes.
         */
        FALLBACK
    }

    /** What a token is inside a text: exactly one of the two is present. */
    record Piece(Optional<String> text, Optional<byte[]> bytes) {
        static Piece of(String text) {
            return new Piece(Optional.of(text), Optional.empty());
        }

        static Piece of(byte[] bytes) {
            return new Piece(Optional.empty(), Optional.of(bytes));
        }
    }

    private static final String KNOWN =
            "ByteLevel; Replace, Metaspace and Strip at the start of"
                    + " each token, then ByteFallback, then Fuse, then a Strip at the start of the text";

    private final List<BiFunction<String, Boolean, String>> steps = new ArrayList<>();
    private final String source;
    private Bytes bytes = Bytes.NONE;
    private boolean fused;
    private boolean firstDiffers;
    private char stripped = ' ';
    private int numStripped;

    private DecoderChain(String source) {
        this.source = source;
    }

    /**
     * @param decoder the node of tokenizer.json; absent or null joins tokens with spaces
     * @param source names the file in errors
     * @throws CheckpointException for a decoder that is not known
     */
    static DecoderChain parse(JsonNode decoder, String source) {
        DecoderChain chain = new DecoderChain(source);
        if (decoder.isMissingNode() || decoder.isNull()) {
            chain.steps.add((token, first) -> first ? token : " " + token);
            chain.firstDiffers = true;
        } else {
            chain.add(decoder);
        }
        return chain;
    }

    Bytes bytes() {
        return bytes;
    }

    /** Whether the first token of a text reads otherwise than the same token later on. */
    boolean firstDiffers() {
        return firstDiffers;
    }

    /** The character that is cut off the start of a text up to {@link #numStripped()} times. */
    char stripped() {
        return stripped;
    }

    int numStripped() {
        return numStripped;
    }

    /** What the token stands for, as the first token of a text or inside one. */
    Piece piece(String token, boolean first) {
        String text = token;
        for (BiFunction<String, Boolean, String> step : steps) {
            text = step.apply(text, first);
        }
        return switch (bytes) {
            case NONE -> Piece.of(text);
            case BYTE_LEVEL -> byteLevel(text);
            case FALLBACK -> fallback(text);
        };
    }

    private static Piece byteLevel(String text) {
        byte[] utf8 =
                ByteAlphabet.bytes(text).orElseGet(() -> text.getBytes(StandardCharsets.UTF_8));
        return Utf8.isWellFormed(utf8, utf8.length)
                ? Piece.of(new String(utf8, StandardCharsets.UTF_8))
                : Piece.of(utf8);
    }

    private static Piece fallback(String text) {
        if (text.length() == 6 && text.startsWith("<0x") && text.endsWith(">")) {
            int high = Character.digit(text.charAt(3), 16);
            int low = Character.digit(text.charAt(4), 16);
            if (high >= 0 && low >= 0) {
                return Piece.of(new byte[] {(byte) (high << 4 | low)});
            }
        }
        return Piece.of(text);
    }

    private void add(JsonNode decoder) {
        String type = decoder.path("type").asText();
        switch (type) {
            case "Sequence" -> decoder.path("decoders").forEach(this::add);
            case "ByteLevel" -> {
                require(bytes == Bytes.NONE && !fused, type);
                bytes = Bytes.BYTE_LEVEL;
                fused = true;
            }
            case "ByteFallback" -> {
                require(bytes == Bytes.NONE && !fused, type);
                bytes = Bytes.FALLBACK;
            }
            case "Fuse" -> fused = true;
            case "Replace" -> addTokenStep(type, replace(decoder));
            case "Metaspace" -> addTokenStep(type, metaspace(decoder));
            case "Strip" -> strip(decoder);
            default -> require(false, type);
        }
    }

    private void addTokenStep(String type, BiFunction<String, Boolean, String> step) {
        require(bytes == Bytes.NONE && !fused, type);
        steps.add(step);
    }

    private BiFunction<String, Boolean, String> replace(JsonNode decoder) {
        String content = decoder.path("content").asText();
        JsonNode literal = decoder.path("pattern").path("String");
        if (literal.isTextual()) {
            String from = literal.asText();
            return (token, first) -> token.replace(from, content);
        }
        try {
            Pattern regex =
                    Pattern.compile(
                            decoder.path("pattern").path("Regex").asText(),
                            Pattern.UNICODE_CHARACTER_CLASS);
            String quoted = Matcher.quoteReplacement(content);
            return (token, first) -> regex.matcher(token).replaceAll(quoted);
        } catch (PatternSyntaxException e) {
            throw new CheckpointException(
                    source
                            + ": the decoder's pattern "
                            + e.getPattern()
                            + " cannot be read: "
                            + e.getDescription()
                            + ".",
                    e);
        }
    }

    private BiFunction<String, Boolean, String> metaspace(JsonNode decoder) {
        String replacement = decoder.path("replacement").asText("\u2581");
        // Files before the tokenizers library 0.14 say add_prefix_space instead.
        boolean prepended =
                decoder.has("prepend_scheme")
                        ? !decoder.path("prepend_scheme").asText().equals("never")
                        : decoder.path("add_prefix_space").asBoolean(true);
        firstDiffers |= prepended;
        return (token, first) -> token.replace(replacement, first && prepended ? "" : " ");
    }

    private void strip(JsonNode decoder) {
        String content = decoder.path("content").asText();
        int start = decoder.path("start").asInt();
        int stop = decoder.path("stop").asInt();
        require(content.length() == 1, "Strip of '" + content + "'");
        // The library itself aborts the process when it strips the end of an empty token.
        require(stop == 0, "Strip at the end");
        char cut = content.charAt(0);
        if (!fused) {
            addTokenStep("Strip", (token, first) -> cut(token, cut, start));
            return;
        }
        require(numStripped == 0, "second Strip");
        stripped = cut;
        numStripped = start;
    }

    private static String cut(String token, char cut, int count) {
        int from = 0;
        while (from < Math.min(count, token.length()) && token.charAt(from) == cut) {
            from++;
        }
        return token.substring(from);
    }

    private void require(boolean condition, String type) {
        if (!condition) {
            throw new CheckpointException(
                    source
                            + ": the decoder "
                            + type
                            + " is not supported"
                            + " where it stands; supported are: "
                            + KNOWN
                            + ".");
        }
    }
}
