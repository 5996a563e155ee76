package quire.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import quire.error.CheckpointException;

/**
 * Typed reading of the keys {@code tokenizer.ggml.*} in a GGUF file's metadata.
 *
 * @param metadata values of type Long, Double, Boolean, String, {@code List<String>}, long[],
 *     double[] or boolean[], byte[] for a string that is not UTF-8; not modified
 */
record GgufTokenizerKeys(Map<String, Object> metadata) {

    static final String PREFIX = "tokenizer.ggml.";

    private static final long ALL_BITS = 0xFFFFFFFFL;

    private static final System.Logger LOG = System.getLogger("quire.tokenizer");

    boolean has(String key) {
        return metadata.containsKey(PREFIX + key);
    }

    /**
     * The id under the key where the vocabulary has such a token. All bits set is how converters
     * write that there is none; another id beyond the vocabulary is worth a warning, and all of
     * them mean the default.
     *
     * @param byDefault -1 for none
     */
    OptionalInt id(String key, int byDefault, int numTokens) {
        int otherwise = byDefault < numTokens ? byDefault : -1;
        Object value = metadata.getOrDefault(PREFIX + key, (long) otherwise);
        if (!(value instanceof Long id)) {
            throw wrongType(PREFIX + key, value, "an integer");
        }
        if (id >= 0 && id < numTokens) {
            return OptionalInt.of(id.intValue());
        }
        if (has(key) && id != -1 && id != ALL_BITS) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the GGUF file names the token "
                            + id
                            + " under "
                            + PREFIX
                            + key
                            + ", its vocabulary ends at "
                            + (numTokens - 1)
                            + "; it is taken for not named");
        }
        return otherwise >= 0 ? OptionalInt.of(otherwise) : OptionalInt.empty();
    }

    boolean flag(String key, boolean byDefault) {
        Object value = metadata.getOrDefault(PREFIX + key, byDefault);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(PREFIX + key, value, "true or false");
    }

    Optional<String> string(String key) {
        return anyString(PREFIX + key);
    }

    /** As {@link #string}, for a key of another group. */
    Optional<String> anyString(String key) {
        Object value = metadata.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String string) {
            return Optional.of(string);
        }
        throw wrongType(key, value, "a string");
    }

    /**
     * @throws CheckpointException also if there is no such key
     */
    List<String> strings(String key) {
        Object value = metadata.get(PREFIX + key);
        if (value == null) {
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

    <T> Optional<T> array(String key, Class<T> type) {
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
                        + (value instanceof byte[]
                                ? "a text that is not UTF-8"
                                : value.getClass().getSimpleName())
                        + " under "
                        + key
                        + "; "
                        + needed
                        + " is needed.");
    }
}
