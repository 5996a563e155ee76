package quire.engine;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.MemoryBudget;
import quire.ops.MemoryUse;

/**
 * What would take how much of a memory, for the refusal of what does not fit.
 *
 * @param context tokens that the KV cache holds at least
 */
record MemoryTable(
        MemoryPlan.Demand demand, MemoryBudget budget, MemoryPlan.Wishes wishes, int context) {

    private static final String ROW = "\n    %-40s %10s";

    /** The whole, at its least, does not fit. */
    ConfigurationException refusal() {
        boolean modelFits = demand.fixedBytes() < roomBytes();
        return new ConfigurationException(
                (modelFits ? "a context of " + context + " tokens" : "the model")
                        + " does not fit: "
                        + MemoryPlan.size(neededBytes())
                        + " are needed, "
                        + MemoryPlan.size(roomBytes())
                        + " of memory are available; "
                        + advice()
                        + rows());
    }

    /** The pool that was asked for does not fit beside the rest. */
    ConfigurationException poolTooLarge(long asked, long left) {
        Setting setting =
                wishes.numBlocks().isPresent()
                        ? Setting.NUM_GPU_BLOCKS_OVERRIDE
                        : Setting.KV_CACHE_MEMORY_BYTES;
        return new ConfigurationException(
                setting
                        + " asks for "
                        + MemoryPlan.size(asked)
                        + ", "
                        + MemoryPlan.size(left)
                        + " are left beside the model; lower it"
                        + rows());
    }

    /**
     * The pool is smaller than the context that must fit.
     *
     * @param holds tokens that it holds
     */
    ConfigurationException poolTooSmall(int wanted, long poolBytes, int holds) {
        Setting larger =
                wishes.numBlocks().isPresent()
                        ? Setting.NUM_GPU_BLOCKS_OVERRIDE
                        : Setting.KV_CACHE_MEMORY_BYTES;
        return new ConfigurationException(
                "a context of "
                        + wanted
                        + " tokens needs a KV cache of "
                        + MemoryPlan.size(demand.cacheBytes(wanted))
                        + ", "
                        + MemoryPlan.size(poolBytes)
                        + " are free for it ("
                        + holds
                        + " tokens); lower "
                        + Setting.MAX_MODEL_LENGTH
                        + ", raise "
                        + larger
                        + " or use a 16-bit "
                        + Setting.KV_CACHE_TYPE);
    }

    private long neededBytes() {
        return Math.addExact(demand.fixedBytes(), demand.cacheBytes(context));
    }

    private long roomBytes() {
        return wishes.sized() ? budget.freeBytes() : budget.availableBytes();
    }

    /** The settings that would make it fit, each by itself if that is enough. */
    private String advice() {
        List<String> ways = new ArrayList<>();
        if (!wishes.sized() && neededBytes() <= budget.freeBytes()) {
            double part = Math.ceil(100.0 * neededBytes() / budget.totalBytes()) / 100;
            ways.add(
                    String.format(
                            Locale.ROOT,
                            "raise %s to %.2f",
                            Setting.GPU_MEMORY_UTILIZATION,
                            Math.min(1, part)));
        }
        Map<Setting, Long> less = lessBy();
        long missing = neededBytes() - roomBytes();
        String alone =
                less.keySet().stream()
                        .filter(setting -> less.get(setting) > missing)
                        .map(Setting::toString)
                        .collect(Collectors.joining(" or "));
        long all = less.values().stream().mapToLong(Long::longValue).sum();
        if (!alone.isEmpty()) {
            ways.add("lower " + alone);
        } else if (all > missing) {
            ways.add(
                    less.keySet().stream()
                            .map(Setting::toString)
                            .collect(Collectors.joining(" and ", "lower ", "")));
        }
        ways.add(
                switch (budget.place()) {
                    case MACHINE -> "use a smaller model or one with fewer bits a weight";
                    case CARD -> "use a smaller model, or " + Setting.BACKEND + " cpu";
                });
        return String.join(", or ", ways);
    }

    /** What each setting could take away, were it lowered to almost nothing. */
    private Map<Setting, Long> lessBy() {
        Map<Setting, Long> less = new EnumMap<>(Setting.class);
        for (MemoryUse use : demand.uses()) {
            use.lessBy().ifPresent(setting -> less.merge(setting, use.bytes(), Long::sum));
        }
        if (wishes.context().isPresent()) {
            less.merge(Setting.MAX_MODEL_LENGTH, demand.cacheBytes(context), Long::sum);
        }
        return less;
    }

    private String rows() {
        StringBuilder table = new StringBuilder();
        for (MemoryUse use : demand.uses()) {
            row(table, use.what(), use.bytes());
        }
        row(table, "KV cache of " + context + " tokens", demand.cacheBytes(context));
        row(table, "needed at least", neededBytes());
        row(table, budget.place() + " has", budget.totalBytes());
        row(table, "of which are free", budget.freeBytes());
        if (!wishes.sized() && budget.share() < 1) {
            String share = Setting.GPU_MEMORY_UTILIZATION + " " + budget.share() + " allows";
            row(table, share, budget.shareBytes());
        }
        return table.toString();
    }

    private static void row(StringBuilder table, String what, long bytes) {
        table.append(String.format(Locale.ROOT, ROW, what, MemoryPlan.size(bytes)));
    }
}
