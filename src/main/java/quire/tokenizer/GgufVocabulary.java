package quire.tokenizer;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import quire.error.CheckpointException;

/**
 * The vocabulary inside a GGUF file, keys {@code tokenizer.ggml.*}.
 *
 * <p>After the GGUF specification ({@code docs/gguf.md} of ggml); what a file leaves out follows
 * llama.cpp ({@code src/llama-vocab.cpp}).
 *
 * @param model {@code gpt2}: byte-level with merges, or {@code llama}: SentencePiece with scores
 * @param pre how texts are split before merging, a name that llama.cpp gave; gpt2 alone
 * @param tokens by id
 * @param types by id, one of the constants here
 * @param scores by id, larger merges first; empty for gpt2
 * @param merges pairs with a space between, most urgent first; empty for llama
 * @param unk the id of characters without a token; llama alone
 * @param flags what is added to a text
 */
public record GgufVocabulary(
        String model,
        String pre,
        List<String> tokens,
        int[] types,
        double[] scores,
        List<String> merges,
        SpecialTokens specialTokens,
        OptionalInt unk,
        Flags flags) {

    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    private static final System.Logger LOG = System.getLogger("quire.tokenizer");

    /**
     * What is added to a text, or taken from it.
     *
     * @param addBos whether bos begins it
     * @param addEos whether eos ends it
     * @param addSpacePrefix whether a space begins it, and each part behind a special token
     * @param eatSpaces whether the spaces behind a special token vanish
     */
    public record Flags(
            boolean addBos, boolean addEos, boolean addSpacePrefix, boolean eatSpaces) {}

    /** Checks that the parts fit together; the arrays are taken over. */
    public GgufVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        requireKnown(model, pre);
        requireLength("token_type", types.length, tokens.size());
        if (model.equals("llama")) {
            requireLength("scores", scores.length, tokens.size());
        }
        requireDistinct(tokens);
    }

    /**
     * Reads the vocabulary from a GGUF file's metadata.
     *
     * @param metadata values of type Long, Double, Boolean, String, {@code List<String>}, long[],
     *     double[] or boolean[]; not modified
     * @throws CheckpointException if it has none, or one that Quire does not know
     */
    public static GgufVocabulary from(Map<String, Object> metadata) {
        GgufTokenizerKeys keys = new GgufTokenizerKeys(metadata);
        String model =
                keys.string("model")
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                "The GGUF file has no vocabulary (no key tokenizer.ggml.model); convert the model"
                                                        + " again together with its tokenizer."));
        boolean scored = model.equals("llama");
        String pre = keys.string("pre").filter(name -> !name.isEmpty()).orElse("default");
        requireKnown(model, pre);
        if (!scored && keys.string("pre").orElse("").isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the GGUF file does not say how its tokenizer splits texts (tokenizer.ggml.pre);"
                            + " the default is used and answers may suffer: convert the model again");
        }
        List<String> tokens = keys.strings("tokens");
        GgufSpecialTokens special = new GgufSpecialTokens(keys, tokens, scored);
        SpecialTokens specialTokens = special.specialTokens();
        boolean bosByDefault = scored || GgufPreTokenizer.named(pre).orElseThrow().addBos();
        String name = keys.anyString("general.name").orElse("").toLowerCase(Locale.ROOT);
        Flags flags =
                new Flags(
                        keys.flag("add_bos_token", bosByDefault)
                                && (scored || !GgufPreTokenizer.hasNoBos(pre)),
                        keys.flag("add_eos_token", false),
                        scored && keys.flag("add_space_prefix", true),
                        name.contains("phi-3") || name.contains("phi3"));
        return new GgufVocabulary(
                model,
                pre,
                tokens,
                special.types(specialTokens),
                scored ? scores(keys) : new double[0],
                scored ? List.of() : keys.strings("merges"),
                specialTokens,
                scored ? special.unk() : OptionalInt.empty(),
                flags);
    }

    private static void requireKnown(String model, String pre) {
        if (!model.equals("gpt2") && !model.equals("llama")) {
            throw new CheckpointException(
                    "The GGUF file has a vocabulary of the kind '"
                            + model
                            + "'; Quire knows gpt2 and llama. A folder with the model's tokenizer.json and"
                            + " safetensors may work instead.");
        }
        if (model.equals("gpt2") && GgufPreTokenizer.named(pre).isEmpty()) {
            throw new CheckpointException(
                    "The GGUF file splits texts as '"
                            + pre
                            + "' (tokenizer.ggml.pre), which Quire does not know; it knows "
                            + String.join(", ", GgufPreTokenizer.names())
                            + ". A folder with the model's"
                            + " tokenizer.json and safetensors may work instead.");
        }
    }

    private static void requireLength(String key, int length, int numTokens) {
        if (length != numTokens) {
            throw new CheckpointException(
                    "The GGUF file has "
                            + length
                            + " values in "
                            + GgufTokenizerKeys.PREFIX
                            + key
                            + " for "
                            + numTokens
                            + " tokens; convert the model again.");
        }
    }

    private static void requireDistinct(List<String> tokens) {
        Set<String> seen = HashSet.newHashSet(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            if (!tokens.get(id).isEmpty() && !seen.add(tokens.get(id))) {
                throw new CheckpointException(
                        "The GGUF file has the token '"
                                + tokens.get(id)
                                + "' twice, as "
                                + tokens.indexOf(tokens.get(id))
                                + " and "
                                + id
                                + "; convert the model again.");
            }
        }
    }

    private static double[] scores(GgufTokenizerKeys keys) {
        return keys.array("scores", double[].class)
                .orElseThrow(
                        () ->
                                new CheckpointException(
                                        "The GGUF file has a vocabulary of the kind 'llama' without"
                                                + " tokenizer.ggml.scores; convert the model again."));
    }
}
