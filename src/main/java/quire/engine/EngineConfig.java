package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.error.ConfigurationException;
import quire.error.Setting;

/**
 * Everything that decides how a model is loaded and run; one field a flag. Made by {@link
 * #builder}.
 *
 * @param model a Hugging Face folder or a GGUF file
 * @param servedModelNames names that requests may use; empty = the model's own name
 * @param backend which backend to use, or the first that works
 * @param fallBackToReference whether that may be the reference, which is many times slower; where
 *     it may not, it must be asked for by its name
 * @param emulate whether the CUDA backend runs on the emulated card
 * @param dtype what "auto" means for the KV cache, and the type of activations on a card; on the
 *     CPU they are always float32
 * @param maxModelLength longest prompt plus output in tokens; empty = the model's own, lowered to
 *     what the memory holds
 * @param maxNumSequences sequences that run at once
 * @param maxNumBatchedTokens tokens of one step
 * @param blockSize tokens of one KV block
 * @param kvCacheType element type of the KV cache, or the checkpoint's own
 * @param kvCacheMemoryBytes size of the KV pool; empty = planned from the machine
 * @param numGpuBlocksOverride blocks of the KV pool in place of a size, whatever backend it is of
 * @param enablePrefixCaching whether full blocks are found again by their content
 * @param longPrefillTokenThreshold most tokens of one prompt in a step; 0 = the step's own limit
 * @param seed mixed into every request that brings no seed of its own
 * @param hfOverrides JSON object laid over config.json, or empty
 * @param chatTemplate a file or a template's text in place of the model's own
 * @param generationConfig "auto" = the model's generation_config.json, "vllm" = none, else a folder
 * @param numThreads threads of the CPU backend; empty = one a physical core
 * @param stepTimeout after how long a step is thought to hang, and the engine dead; one that is
 *     honestly slow, by the pace of the warm-up, may take longer
 * @param card what is asked of an NVIDIA card
 */
public record EngineConfig(
        Path model,
        List<String> servedModelNames,
        BackendChoice backend,
        boolean fallBackToReference,
        boolean emulate,
        ElementType dtype,
        OptionalInt maxModelLength,
        int maxNumSequences,
        int maxNumBatchedTokens,
        int blockSize,
        ElementType kvCacheType,
        OptionalLong kvCacheMemoryBytes,
        OptionalInt numGpuBlocksOverride,
        boolean enablePrefixCaching,
        int longPrefillTokenThreshold,
        long seed,
        Optional<String> hfOverrides,
        Optional<String> chatTemplate,
        String generationConfig,
        OptionalInt numThreads,
        Duration stepTimeout,
        CardConfig card) {

    /** Backends that a user may ask for. */
    public enum BackendChoice {
        AUTO,
        CPU,
        CUDA,
        REFERENCE
    }

    /** Element types that a user may ask for; AUTO = the checkpoint's. */
    public enum ElementType {
        AUTO,
        FLOAT32,
        FLOAT16,
        BFLOAT16
    }

    private static final Duration LEAST_STEP_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration MOST_STEP_TIMEOUT = Duration.ofDays(1);
    private static final int MAX_SEQUENCES = 65_536;
    private static final int MAX_BATCHED_TOKENS = 1 << 20;
    private static final int MAX_BLOCK_SIZE = 256;

    public EngineConfig {
        servedModelNames = List.copyOf(servedModelNames);
        if (emulate && backend != BackendChoice.CUDA) {
            throw new ConfigurationException(
                    Setting.EMULATE + " goes with " + Setting.BACKEND + " cuda alone");
        }
        within(Setting.MAX_NUM_SEQUENCES, maxNumSequences, 1, MAX_SEQUENCES);
        within(Setting.MAX_NUM_BATCHED_TOKENS, maxNumBatchedTokens, 1, MAX_BATCHED_TOKENS);
        within(Setting.BLOCK_SIZE, blockSize, 8, MAX_BLOCK_SIZE);
        if (Integer.bitCount(blockSize) != 1) {
            throw new ConfigurationException(
                    Setting.BLOCK_SIZE
                            + " "
                            + blockSize
                            + " is not a power of two; use 8, 16, 32, 64, 128 or 256");
        }
        maxModelLength.ifPresent(
                value -> within(Setting.MAX_MODEL_LENGTH, value, 1, Integer.MAX_VALUE));
        numThreads.ifPresent(value -> within(Setting.THREADS, value, 1, 1024));
        if (kvCacheMemoryBytes.isPresent() && kvCacheMemoryBytes.getAsLong() <= 0) {
            throw new ConfigurationException(
                    Setting.KV_CACHE_MEMORY_BYTES
                            + " "
                            + kvCacheMemoryBytes.getAsLong()
                            + " must be positive");
        }
        numGpuBlocksOverride.ifPresent(
                value -> within(Setting.NUM_GPU_BLOCKS_OVERRIDE, value, 1, Integer.MAX_VALUE));
        if (numGpuBlocksOverride.isPresent() && kvCacheMemoryBytes.isPresent()) {
            throw new ConfigurationException(
                    Setting.NUM_GPU_BLOCKS_OVERRIDE
                            + " and "
                            + Setting.KV_CACHE_MEMORY_BYTES
                            + " both say how large the KV cache is; leave one of them out");
        }
        card.requireSizes(maxNumSequences);
        if (stepTimeout.compareTo(LEAST_STEP_TIMEOUT) < 0
                || stepTimeout.compareTo(MOST_STEP_TIMEOUT) > 0) {
            throw new ConfigurationException(
                    Setting.STEP_TIMEOUT
                            + " of "
                            + stepTimeout.toMillis() / 1000.0
                            + " s is outside "
                            + LEAST_STEP_TIMEOUT.toSeconds()
                            + " to "
                            + MOST_STEP_TIMEOUT.toSeconds()
                            + " s");
        }
        if (maxNumBatchedTokens < maxNumSequences) {
            throw new ConfigurationException(
                    Setting.MAX_NUM_BATCHED_TOKENS
                            + " "
                            + maxNumBatchedTokens
                            + " is below "
                            + Setting.MAX_NUM_SEQUENCES
                            + " "
                            + maxNumSequences
                            + ": every running sequence needs a token a step");
        }
    }

    /**
     * For a model, with the defaults of {@code quire serve}; but that one falls back to the
     * reference.
     */
    public static EngineConfigBuilder builder(Path model) {
        return new EngineConfigBuilder(model);
    }

    private static void within(Setting setting, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ConfigurationException(
                    setting + " " + value + " is outside " + least + " to " + most);
        }
    }
}
