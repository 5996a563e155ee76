package quire.tokenizer;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
    static final int BYTE = 6;

    private static final String PREFIX = "tokenizer.ggml.";

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
        String model =
                string(metadata, PREFIX + "model")
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                "The GGUF file has no vocabulary (no key tokenizer.ggml.model); convert the model"
                                                        + " again together with its tokenizer."));
        String pre = string(metadata, PREFIX + "pre").orElse("default");
        requireKnown(model, pre);
        boolean scored = model.equals("llama");
        List<String> tokens = strings(metadata, "tokens", true);
        // Files older than token types mean ordinary tokens.
        int[] types =
                array(metadata, "token_type", long[].class)
                        .map(
                                values ->
                                        Arrays.stream(values)
                                                .mapToInt(
                                                        type ->
                                                                type > 0 && type <= BYTE
                                                                        ? (int) type
                                                                        : NORMAL)
                                                .toArray())
                        .orElseGet(() -> filled(tokens.size(), NORMAL));
        double[] scores = scored ? scores(metadata) : new double[0];
        List<String> merges = scored ? List.of() : strings(metadata, "merges", true);
        SpecialTokens specialTokens =
                new SpecialTokens(
                        id(metadata, "bos_token_id", scored ? 1 : -1, tokens.size()),
                        id(metadata, "eos_token_id", scored ? 2 : -1, tokens.size()),
                        id(metadata, "padding_token_id", -1, tokens.size()),
                        id(metadata, "eot_token_id", -1, tokens.size()),
                        id(metadata, "eom_token_id", -1, tokens.size()));
        OptionalInt unk = id(metadata, "unknown_token_id", scored ? 0 : -1, tokens.size());
        boolean bosByDefault = scored || GgufPreTokenizer.named(pre).orElseThrow().addBos();
        String name = string(metadata, "general.name").orElse("").toLowerCase(Locale.ROOT);
        Flags flags =
                new Flags(
                        flag(metadata, "add_bos_token", bosByDefault)
                                && (scored || !GgufPreTokenizer.hasNoBos(pre)),
                        flag(metadata, "add_eos_token", false),
                        scored && flag(metadata, "add_space_prefix", true),
                        name.contains("phi-3") || name.contains("phi3"));
        return new GgufVocabulary(
                model, pre, tokens, types, scores, merges, specialTokens, unk, flags);
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
                            + PREFIX
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

    private static double[] scores(Map<String, Object> metadata) {
        return array(metadata, "scores", double[].class)
                .orElseThrow(
                        () ->
                                new CheckpointException(
                                        "The GGUF file has a vocabulary of the kind 'llama' without "
                                                + PREFIX
                                                + "scores; convert the model again."));
    }

    private static int[] filled(int length, int value) {
        int[] values = new int[length];
        Arrays.fill(values, value);
        return values;
    }

    /** The id under the key, or the default, where the vocabulary has such an id. */
    private static OptionalInt id(
            Map<String, Object> metadata, String key, int byDefault, int numTokens) {
        Object value = metadata.getOrDefault(PREFIX + key, (long) byDefault);
        if (!(value instanceof Long id)) {
            throw wrongType(PREFIX + key, value, "an integer");
        }
        return id >= 0 && id < numTokens ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
    }

    private static boolean flag(Map<String, Object> metadata, String key, boolean byDefault) {
        Object value = metadata.getOrDefault(PREFIX + key, byDefault);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(PREFIX + key, value, "true or false");
    }

    private static Optional<String> string(Map<String, Object> metadata, String key) {
        Object value = metadata.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String string) {
            return Optional.of(string);
        }
        throw wrongType(key, value, "a string");
    }

    private static List<String> strings(Map<String, Object> metadata, String key, boolean needed) {
        Object value = metadata.get(PREFIX + key);
        if (value == null && needed) {
            throw new CheckpointException(
                    "The GGUF file has no "
                            + PREFIX
                            + key
                            + ", so no vocabulary; convert the model again together with its tokenizer.");
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw wrongType(PREFIX + key, value, "a list of strings");
    }

    private static <T> Optional<T> array(Map<String, Object> metadata, String key, Class<T> type) {
        Object value = metadata.get(PREFIX + key);
        if (value == null) {
            return Optional.empty();
        }
        if (type.isInstance(value)) {
            return Optional.of(type.cast(value));
        }
        throw wrongType(PREFIX + key, value, "a list of numbers");
    }

    private static CheckpointException wrongType(String key, Object value, String needed) {
        return new CheckpointException(
                "The GGUF file has "
                        + value.getClass().getSimpleName()
                        + " under "
                        + key
                        + "; "
                        + needed
                        + " is needed.");
    }
}
