package quire.error;

import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an engine can be told, as the sentences of its errors speak of it. A sentence is made by
 * appending the constant: {@code BLOCK_SIZE + " 7 is not a power of two"}. Who shows the sentence
 * to a user says how that user spells settings, see {@link QuireException#message}: a flag, a
 * property, a field of the configuration.
 */
public enum Setting {
    BACKEND("backend"),
    EMULATE("emulate"),
    DTYPE("dtype"),
    THREADS("threads"),
    MAX_MODEL_LENGTH("contextLength"),
    MAX_NUM_SEQUENCES("maxSequences"),
    MAX_NUM_BATCHED_TOKENS("maxBatchedTokens"),
    LONG_PREFILL_TOKEN_THRESHOLD("maxPrefillTokens"),
    MAX_QUEUE("maxQueue"),
    BLOCK_SIZE("blockSize"),
    KV_CACHE_TYPE("kvCacheType"),
    KV_CACHE_MEMORY_BYTES("kvCacheBytes"),
    NUM_GPU_BLOCKS_OVERRIDE("kvCacheBlocks"),
    GPU_MEMORY_UTILIZATION("gpuMemoryUtilization"),
    ENFORCE_EAGER("enforceEager"),
    CUDAGRAPH_CAPTURE_SIZES("cudagraphCaptureSizes"),
    HF_OVERRIDES("hfOverrides"),
    CHAT_TEMPLATE("chatTemplate"),
    GENERATION_CONFIG("generationConfig"),
    STEP_TIMEOUT("stepTimeout");

    // No text of a user's or of a file's has these around one of the names above by accident.
    private static final char BEFORE = '\u0002';
    private static final char AFTER = '\u0003';
    private static final Pattern MARKED = Pattern.compile(BEFORE + "([A-Z_]+)" + AFTER);

    private final String javaName;

    Setting(String javaName) {
        this.javaName = javaName;
    }

    /** Its name in a Java program: a method of {@code LLMBuilder}. */
    String javaName() {
        return javaName;
    }

    /** The setting within a sentence that is still to be spelled. */
    @Override
    public String toString() {
        return BEFORE + name() + AFTER;
    }

    /** A sentence with each setting in it spelled. */
    static String spelled(String sentence, Function<Setting, String> spelling) {
        return MARKED.matcher(sentence)
                .replaceAll(
                        found -> Matcher.quoteReplacement(spelling.apply(valueOf(found.group(1)))));
    }
}
