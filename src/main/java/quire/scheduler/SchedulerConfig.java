package quire.scheduler;

import quire.error.ConfigurationException;
import quire.error.InvalidRequestException;
import quire.error.Setting;

/**
 * Limits of scheduling.
 *
 * @param maxNumSequences sequences that run at once
 * @param maxNumBatchedTokens tokens of one step
 * @param longPrefillTokenThreshold most tokens that one sequence gets of a step; 0 = no such limit
 * @param maxModelLength tokens of one sequence, prompt and output
 * @param numBlocks KV blocks of the pool
 * @param blockSize tokens of a block
 * @param enablePrefixCaching whether sequences that begin alike share blocks
 */
public record SchedulerConfig(
        int maxNumSequences,
        int maxNumBatchedTokens,
        int longPrefillTokenThreshold,
        int maxModelLength,
        int numBlocks,
        int blockSize,
        boolean enablePrefixCaching) {

    /**
     * Checks the limits.
     *
     * @throws ConfigurationException naming the flag that cannot be honoured
     */
    public SchedulerConfig {
        positive(Setting.MAX_NUM_SEQUENCES, maxNumSequences);
        positive(Setting.MAX_NUM_BATCHED_TOKENS, maxNumBatchedTokens);
        positive(Setting.MAX_MODEL_LENGTH, maxModelLength);
        positive(Setting.BLOCK_SIZE, blockSize);
        if (numBlocks < 1) {
            throw new IllegalArgumentException(numBlocks + " blocks hold nothing");
        }
        if (longPrefillTokenThreshold < 0) {
            throw new ConfigurationException(
                    Setting.LONG_PREFILL_TOKEN_THRESHOLD
                            + " is "
                            + longPrefillTokenThreshold
                            + "; allowed: at least 1, or 0 for no limit.");
        }
        if (maxNumBatchedTokens < maxNumSequences) {
            throw new ConfigurationException(
                    Setting.MAX_NUM_BATCHED_TOKENS
                            + " is "
                            + maxNumBatchedTokens
                            + ", less than "
                            + Setting.MAX_NUM_SEQUENCES
                            + ", "
                            + maxNumSequences
                            + ", so that not every sequence could go on in a step;"
                            + " raise the one or lower the other.");
        }
    }

    /**
     * Checks that each sequence can get a run of so many tokens in a step.
     *
     * @throws ConfigurationException with the numbers if not
     */
    void checkRuns(int maxRun) {
        if ((long) maxNumSequences * maxRun > maxNumBatchedTokens) {
            throw new ConfigurationException(
                    Setting.MAX_NUM_BATCHED_TOKENS
                            + " is "
                            + maxNumBatchedTokens
                            + ", but "
                            + maxNumSequences
                            + " sequences ("
                            + Setting.MAX_NUM_SEQUENCES
                            + ") of "
                            + maxRun
                            + " tokens each are to go on in a step;"
                            + " raise the one or lower the other.");
        }
    }

    /**
     * Checks that a prompt of this length can be served.
     *
     * @throws InvalidRequestException with both lengths if it cannot
     */
    void checkPromptLength(int numPromptTokens) {
        if (numPromptTokens >= maxModelLength) {
            throw new InvalidRequestException(
                    "",
                    "The prompt has "
                            + numPromptTokens
                            + " tokens, but prompt and answer together"
                            + " may have at most "
                            + maxModelLength
                            + "; shorten the prompt or raise "
                            + Setting.MAX_MODEL_LENGTH
                            + ".",
                    "context_length_exceeded");
        }
        long capacity = (long) numBlocks * blockSize;
        if (numPromptTokens > capacity) {
            throw new InvalidRequestException(
                    "",
                    "The prompt has "
                            + numPromptTokens
                            + " tokens, but the KV cache has room for "
                            + capacity
                            + "; shorten the prompt or give the KV cache more memory.",
                    "context_length_exceeded");
        }
    }

    private static void positive(Setting setting, int value) {
        if (value < 1) {
            throw new ConfigurationException(setting + " is " + value + "; allowed: at least 1.");
        }
    }
}
