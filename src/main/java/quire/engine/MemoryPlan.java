package quire.engine;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.MemoryBudget;

/**
 * How a backend's memory is divided before anything is loaded.
 *
 * @param numBlocks KV blocks of the pool
 * @param maxModelLength longest sequence that is served
 * @param kvBytes size of the pool
 * @param lowered whether the model's own context had to be shortened to fit
 */
public record MemoryPlan(int numBlocks, int maxModelLength, long kvBytes, boolean lowered) {

    /** The shortest context that is worth serving when the machine decides. */
    private static final int LEAST_CONTEXT = 256;

    /**
     * What is to be placed.
     *
     * @param weightBytes weights, mapped or copied
     * @param workspaceBytes activations and logits of the largest step
     * @param blockBytes one KV block over all layers
     * @param blockSize tokens of a block
     * @param modelContext the model's own longest context
     * @param maxNumSequences sequences that run at once: more blocks than they can fill are waste
     */
    public record Demand(
            long weightBytes,
            long workspaceBytes,
            long blockBytes,
            int blockSize,
            int modelContext,
            int maxNumSequences) {}

    /**
     * Plans the pool.
     *
     * @param budget what the backend has, and its policy
     * @param asked the context that the user asked for; refused when it does not fit, whereas the
     *     model's own is lowered
     * @param kvBytes the pool size that the user asked for
     * @throws ConfigurationException with the numbers and the flag that helps
     */
    public static MemoryPlan of(
            Demand demand, MemoryBudget budget, OptionalInt asked, OptionalLong kvBytes) {
        if (asked.isPresent() && asked.getAsInt() > demand.modelContext) {
            throw new ConfigurationException(
                    Setting.MAX_MODEL_LENGTH
                            + " "
                            + asked.getAsInt()
                            + " is more than the "
                            + demand.modelContext
                            + " tokens that the model was made for; lower it, or extend the"
                            + " model with "
                            + Setting.HF_OVERRIDES
                            + " (YaRN)");
        }
        long fixed = demand.weightBytes + demand.workspaceBytes;
        long left = budget.availableBytes() - fixed;
        if (left <= 0) {
            throw new ConfigurationException(
                    "the model needs "
                            + size(demand.weightBytes)
                            + " for its weights and "
                            + size(demand.workspaceBytes)
                            + " to compute in, "
                            + size(budget.availableBytes())
                            + " of memory are available; use a smaller model or one with fewer bits a weight,"
                            + " or lower "
                            + Setting.MAX_NUM_BATCHED_TOKENS);
        }
        if (kvBytes.isPresent() && kvBytes.getAsLong() > left) {
            throw new ConfigurationException(
                    Setting.KV_CACHE_MEMORY_BYTES
                            + " asks for "
                            + size(kvBytes.getAsLong())
                            + ", "
                            + size(left)
                            + " are left beside the model; lower it");
        }
        int wanted = asked.orElse(demand.modelContext);
        long one = Math.multiplyExact(blocksOf(wanted, demand), demand.blockBytes);
        long most =
                kvBytes.orElse(
                        Math.min(
                                (long) (left * budget.cacheShare()),
                                Math.max(one, budget.cacheMostBytes())));
        long useful = Math.multiplyExact(blocksOf(wanted, demand), (long) demand.maxNumSequences);
        long slots = Integer.MAX_VALUE / demand.blockSize;
        long numBlocks =
                Math.min(
                        Math.min(most / demand.blockBytes, slots),
                        kvBytes.isPresent() ? slots : useful);
        int holds = (int) Math.min(Integer.MAX_VALUE, numBlocks * demand.blockSize);
        if (holds >= wanted) {
            return new MemoryPlan((int) numBlocks, wanted, numBlocks * demand.blockBytes, false);
        }
        if (asked.isPresent() || holds < Math.min(LEAST_CONTEXT, wanted)) {
            throw new ConfigurationException(
                    "a context of "
                            + wanted
                            + " tokens needs a KV cache of "
                            + size(blocksOf(wanted, demand) * demand.blockBytes)
                            + ", "
                            + size(most)
                            + " are free for it ("
                            + holds
                            + " tokens); lower "
                            + Setting.MAX_MODEL_LENGTH
                            + ", raise "
                            + Setting.KV_CACHE_MEMORY_BYTES
                            + " or use a"
                            + " 16-bit "
                            + Setting.KV_CACHE_TYPE);
        }
        return new MemoryPlan((int) numBlocks, holds, numBlocks * demand.blockBytes, true);
    }

    private static long blocksOf(int tokens, Demand demand) {
        return Math.ceilDiv(tokens, demand.blockSize);
    }

    /** Bytes for people: {@code "1.4 GiB"}. */
    public static String size(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
