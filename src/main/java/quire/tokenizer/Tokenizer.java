package quire.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import quire.error.CheckpointException;
import quire.error.InvalidRequestException;

/**
 * Text to token ids and back, for a model's tokenizer.json or the vocabulary in its GGUF file.
 *
 * <p>Any thread may call; calls run side by side. Encoding takes about a second per megabyte,
 * whatever the text, and cannot be interrupted, so it is kept off the event loop, and long texts of
 * virtual threads off their carriers. {@link #close} frees memory outside the heap; afterwards only
 * {@link #encode} and {@link #decode} refuse, and detokenizers go on.
 */
public final class Tokenizer implements AutoCloseable {

    /** Longest text that is encoded, in UTF-16 units; a million tokens of English are half. */
    public static final int MAX_TEXT_CHARS = 1 << 23;

    /** Texts from this length on leave a virtual thread for one of their own: about 15 ms. */
    static final int LONG_TEXT_CHARS = 1 << 14;

    private final NativeTokenizer library;
    private final List<String> patterns;
    private volatile SplitBudget budget;
    private final EncodingThreads threads = new EncodingThreads();
    private final TokenTable table;
    private final SpecialTokens specialTokens;

    private Tokenizer(
            NativeTokenizer library,
            List<String> patterns,
            TokenTable table,
            SpecialTokens specialTokens) {
        this.library = library;
        this.patterns = patterns;
        this.table = table;
        this.specialTokens = specialTokens;
    }

    /**
     * Loads a model folder's tokenizer.json with what tokenizer_config.json and
     * special_tokens_map.json say beside it, where there are such files.
     *
     * @throws CheckpointException if there is no tokenizer.json or a file cannot be used
     */
    public static Tokenizer load(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    folder
                            + " has no tokenizer.json; Quire needs that file"
                            + " beside the weights, or a GGUF file, which has its vocabulary inside.");
        }
        return open(read(file), file.toString(), TokenizerConfig.read(folder));
    }

    /**
     * Makes the tokenizer that a GGUF file describes.
     *
     * @throws CheckpointException if Quire does not know how its texts are split
     */
    public static Tokenizer of(GgufVocabulary vocabulary) {
        String source = "The vocabulary of the GGUF file";
        String json = GgufTokenizerJson.of(vocabulary);
        TokenizerJson file = TokenizerJson.parse(json, source);
        TokenTable table = file.table();
        return new Tokenizer(
                NativeTokenizer.open(json, source),
                file.patterns(),
                table,
                vocabulary.specialTokens());
    }

    private static Tokenizer open(String json, String source, TokenizerConfig config) {
        TokenizerJson file = TokenizerJson.parse(json, source);
        String applied = config.applyTo(json, file, source);
        TokenizerJson read = applied.equals(json) ? file : TokenizerJson.parse(applied, source);
        TokenTable table = read.table();
        OptionalInt eos = id("eos_token", config, table);
        SpecialTokens specialTokens =
                new SpecialTokens(
                        id("bos_token", config, table),
                        eos,
                        eos.stream().boxed().toList(),
                        config.named());
        return new Tokenizer(
                NativeTokenizer.open(applied, source), read.patterns(), table, specialTokens);
    }

    private static OptionalInt id(String name, TokenizerConfig config, TokenTable table) {
        return config.token(name)
                .flatMap(table::id)
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Encodes a text; special tokens written out in it become their ids.
     *
     * @param text lone surrogates are read as U+FFFD
     * @param addSpecialTokens whether the model's own template adds, say, its bos token
     * @throws InvalidRequestException if the text is longer than {@link #MAX_TEXT_CHARS}, or of a
     *     kind that this tokenizer's patterns would split in quadratic time
     * @throws quire.error.OverloadedException if too many long texts wait already
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        if (text.length() > MAX_TEXT_CHARS) {
            throw new InvalidRequestException(
                    "",
                    "The text has "
                            + text.length()
                            + " characters; at most "
                            + MAX_TEXT_CHARS
                            + " can be encoded.");
        }
        boolean elsewhere = text.length() >= LONG_TEXT_CHARS && Thread.currentThread().isVirtual();
        return elsewhere
                ? threads.call(() -> encodeHere(text, addSpecialTokens))
                : encodeHere(text, addSpecialTokens);
    }

    private int[] encodeHere(String text, boolean addSpecialTokens) {
        if (text.length() >= SplitBudget.MIN_CHARS) {
            budget().check(text);
        }
        return library.encode(withoutLoneSurrogates(text), addSpecialTokens);
    }

    /** Made for the first text that needs it, since its trials take a tenth of a second. */
    private SplitBudget budget() {
        SplitBudget made = budget;
        if (made == null) {
            // Two threads may both make it, and make the same.
            made = SplitBudget.of(patterns);
            budget = made;
        }
        return made;
    }

    /**
     * Decodes ids; those that no token has are passed over.
     *
     * @param ids none negative; not modified
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return library.decode(ids, skipSpecialTokens);
    }

    /** The number of ids: one more than the largest, and maybe less than the model's logits. */
    public int vocabSize() {
        return table.size();
    }

    /** The token as the vocabulary spells it, such as {@code Ġthe}; empty for an id without one. */
    public Optional<String> token(int id) {
        return table.token(id);
    }

    /** The id of a token as the vocabulary spells it. */
    public OptionalInt id(String token) {
        return table.id(token).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /**
     * The token as it reads inside a text, such as {@code " the"}; incomplete characters are
     * U+FFFD, and an id without a token is the empty string.
     */
    public String text(int id) {
        if (table.isText(id)) {
            return table.text(id);
        }
        byte[] bytes = table.bytes(id);
        StringBuilder text = new StringBuilder();
        int rest = Utf8.decode(bytes, 0, bytes.length, text);
        return rest < bytes.length ? text.append(Utf8.REPLACEMENT).toString() : text.toString();
    }

    /** The bytes, new ones, of the token inside a UTF-8 text; none for an id without a token. */
    public byte[] bytes(int id) {
        return table.bytes(id);
    }

    /** Whether the token is left out of texts where special tokens are skipped. */
    public boolean isSpecial(int id) {
        return table.isSpecial(id);
    }

    /** The tokens with a meaning of their own, as far as the model's files name them. */
    public SpecialTokens specialTokens() {
        return specialTokens;
    }

    /** A detokenizer for one sequence that starts from nothing. */
    public Detokenizer detokenizer(boolean skipSpecialTokens) {
        return new Detokenizer(table, skipSpecialTokens, false);
    }

    /**
     * A detokenizer for one sequence that goes on from a prompt.
     *
     * @param prompt its ids; not modified, not kept, and read at both ends only
     * @param joinsSpecialTokens whether a special token behind another is spelled as it stands in
     *     the vocabulary; some tokenizers put a space between tokens
     * @param shown special tokens that are not skipped in any case; not modified
     */
    public Detokenizer detokenizer(
            int[] prompt, boolean skipSpecialTokens, boolean joinsSpecialTokens, int... shown) {
        return new Detokenizer(table, prompt, skipSpecialTokens, joinsSpecialTokens, shown);
    }

    /** Frees the memory outside the heap after the calls under way; a second call does nothing. */
    @Override
    public void close() {
        threads.close();
        library.close();
    }

    private static String withoutLoneSurrogates(String text) {
        int lone = loneSurrogate(text, 0);
        if (lone < 0) {
            return text;
        }
        char[] chars = text.toCharArray();
        while (lone >= 0) {
            chars[lone] = Utf8.REPLACEMENT;
            lone = loneSurrogate(text, lone + 1);
        }
        return new String(chars);
    }

    private static int loneSurrogate(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            boolean paired =
                    Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
            if (!paired) {
                return i;
            }
            i++;
        }
        return -1;
    }
}
