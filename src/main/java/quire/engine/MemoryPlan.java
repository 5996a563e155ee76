package quire.engine;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.MemoryBudget;
import quire.ops.MemoryUse;

/**
 * How a backend's memory is divided before anything is loaded.
 *
 * @param numBlocks KV blocks of the pool
 * @param maxModelLength longest sequence that is served
 * @param kvBytes size of the pool
 * @param lowered whether the model's own context had to be shortened to fit
 * @param uses all that is needed besides the KV cache
 */
public record MemoryPlan(
        int numBlocks, int maxModelLength, long kvBytes, boolean lowered, List<MemoryUse> uses) {

    /** The shortest context that is worth serving when the machine decides. */
    private static final int LEAST_CONTEXT = 256;

    /**
     * What is to be placed.
     *
     * @param uses all that is needed besides the KV cache
     * @param blockBytes one KV block over all layers
     * @param blockSize tokens of a block
     * @param modelContext the model's own longest context
     * @param maxNumSequences sequences that run at once: more blocks than they can fill are waste
     */
    public record Demand(
            List<MemoryUse> uses,
            long blockBytes,
            int blockSize,
            int modelContext,
            int maxNumSequences) {

        public Demand {
            uses = List.copyOf(uses);
        }

        /** All but the KV cache. */
        public long fixedBytes() {
            return uses.stream().mapToLong(MemoryUse::bytes).reduce(0, Math::addExact);
        }

        /** A KV cache of so many tokens. */
        public long cacheBytes(int tokens) {
            return Math.multiplyExact(blocksOf(tokens), blockBytes);
        }

        private long blocksOf(int tokens) {
            return Math.ceilDiv(tokens, blockSize);
        }
    }

    /**
     * What the user asked for.
     *
     * @param context longest sequence; refused when it does not fit, whereas the model's own is
     *     lowered
     * @param kvBytes size of the pool; with it, or with the next, all that is free may be taken
     * @param numBlocks blocks of the pool
     * @param share part of the whole memory that may be taken; refused where others hold it
     */
    public record Wishes(
            OptionalInt context,
            OptionalLong kvBytes,
            OptionalInt numBlocks,
            OptionalDouble share) {

        static Wishes of(EngineConfig config) {
            return new Wishes(
                    config.maxModelLength(),
                    config.kvCacheMemoryBytes(),
                    config.numGpuBlocksOverride(),
                    config.card().gpuMemoryUtilization());
        }

        /** Whether the pool's size was said. */
        boolean sized() {
            return kvBytes.isPresent() || numBlocks.isPresent();
        }
    }

    /**
     * Plans the pool.
     *
     * @param given what the backend has, and its policy
     * @throws ConfigurationException with what takes how much, and the settings that help
     */
    public static MemoryPlan of(Demand demand, MemoryBudget given, Wishes wishes) {
        requireModelContext(demand, wishes);
        MemoryBudget budget =
                wishes.share.isPresent() ? given.withShare(wishes.share.getAsDouble()) : given;
        if (wishes.share.isPresent() && !wishes.sized()) {
            requireFree(budget);
        }
        long room = wishes.sized() ? budget.freeBytes() : budget.availableBytes();
        int wanted = wishes.context.orElse(demand.modelContext);
        int least = wishes.context.orElse(Math.min(LEAST_CONTEXT, wanted));
        MemoryTable table = new MemoryTable(demand, budget, wishes, least);
        long left = room - demand.fixedBytes();
        if (left < demand.cacheBytes(least)) {
            throw table.refusal();
        }
        long most = poolBytes(demand, budget, wishes, wanted, left);
        if (most > left) {
            throw table.poolTooLarge(most, left);
        }
        long slots = Integer.MAX_VALUE / demand.blockSize;
        long useful = Math.multiplyExact(demand.blocksOf(wanted), (long) demand.maxNumSequences);
        long numBlocks =
                Math.min(
                        Math.min(most / demand.blockBytes, slots), wishes.sized() ? slots : useful);
        int holds = (int) Math.min(Integer.MAX_VALUE, numBlocks * demand.blockSize);
        if (holds < least) {
            throw table.poolTooSmall(wanted, most, holds);
        }
        return new MemoryPlan(
                (int) numBlocks,
                Math.min(wanted, holds),
                numBlocks * demand.blockBytes,
                holds < wanted,
                demand.uses);
    }

    /** The pool as it was asked for, else what the policy gives of what is left. */
    private static long poolBytes(
            Demand demand, MemoryBudget budget, Wishes wishes, int wanted, long left) {
        if (wishes.numBlocks.isPresent()) {
            return Math.multiplyExact(wishes.numBlocks.getAsInt(), demand.blockBytes);
        }
        if (wishes.kvBytes.isPresent()) {
            return wishes.kvBytes.getAsLong();
        }
        long one = demand.cacheBytes(wanted);
        long share = (long) (left * budget.cacheShare());
        return Math.min(share, Math.max(one, budget.cacheMostBytes()));
    }

    private static void requireModelContext(Demand demand, Wishes wishes) {
        if (wishes.context.orElse(0) > demand.modelContext) {
            throw new ConfigurationException(
                    Setting.MAX_MODEL_LENGTH
                            + " "
                            + wishes.context.getAsInt()
                            + " is more than the "
                            + demand.modelContext
                            + " tokens that the model was made for; lower it, or extend the"
                            + " model with "
                            + Setting.HF_OVERRIDES
                            + " (YaRN)");
        }
    }

    /** A share that was asked for is not cut down to what others leave. */
    private static void requireFree(MemoryBudget budget) {
        if (budget.shareBytes() > budget.freeBytes()) {
            throw new ConfigurationException(
                    String.format(
                            Locale.ROOT,
                            "%s %s is %s of %s that %s has, and %s are free: others, or this"
                                    + " process, hold the rest; lower it to %.2f, or leave it out"
                                    + " to take what is free",
                            Setting.GPU_MEMORY_UTILIZATION,
                            budget.share(),
                            size(budget.shareBytes()),
                            size(budget.totalBytes()),
                            budget.place(),
                            size(budget.freeBytes()),
                            Math.floor(100.0 * budget.freeBytes() / budget.totalBytes()) / 100));
        }
    }

    /** What takes how much, on one line. */
    String words() {
        return Stream.concat(uses.stream(), Stream.of(MemoryUse.fixed("KV cache", kvBytes)))
                .map(use -> use.what() + " " + size(use.bytes()))
                .collect(Collectors.joining(", "));
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
