package quire.scheduler;

import quire.error.ConfigurationException;
import quire.error.InvalidRequestException;

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
        positive("--max-num-seqs", maxNumSequences);
        positive("--max-num-batched-tokens", maxNumBatchedTokens);
        positive("--max-model-len", maxModelLength);
        positive("--block-size", blockSize);
        positive("--num-gpu-blocks-override", numBlocks);
        if (longPrefillTokenThreshold < 0) {
            throw new ConfigurationException(
                    "--long-prefill-token-threshold is "
                            + longPrefillTokenThreshold
                            + "; allowed: at least 1, or 0 for no limit.");
        }
        if (maxNumBatchedTokens < maxNumSequences) {
            throw new ConfigurationException(
                    "--max-num-batched-tokens is "
                            + maxNumBatchedTokens
                            + ", less than --max-num-seqs, "
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
                    "--max-num-batched-tokens is "
                            + maxNumBatchedTokens
                            + ", but "
                            + maxNumSequences
                            + " sequences (--max-num-seqs) of "
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
                            + "; shorten the prompt or raise --max-model-len.",
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

    private static void positive(String flag, int value) {
        if (value < 1) {
            throw new ConfigurationException(flag + " is " + value + "; allowed: at least 1.");
        }
    }
}
