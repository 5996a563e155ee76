package quire.plan;

import java.util.List;
import quire.ops.MemoryUse;

/**
 * How a model fits into a memory.
 *
 * @param format of its weights
 * @param gpus that share it
 * @param uses what each of them holds besides the cache: weights first
 * @param cacheBytesPerToken of the cache of each
 * @param cacheBytes of the cache of each; 0 where one sequence of the wanted length does not fit
 * @param missingBytes what each lacks for that
 * @param tokens that all of them together hold, each its part of every one
 * @param sequences of the wanted length
 */
public record Fit(
        WeightFormat format,
        int gpus,
        List<MemoryUse> uses,
        long cacheBytesPerToken,
        long cacheBytes,
        long missingBytes,
        long tokens,
        long sequences) {

    public Fit {
        uses = List.copyOf(uses);
    }

    /** Whether a sequence of the wanted length fits. */
    public boolean fits() {
        return missingBytes == 0;
    }

    /** Weights that each holds. */
    public long weightBytes() {
        return uses.getFirst().bytes();
    }

    /** What each holds besides weights and cache. */
    public long otherBytes() {
        return uses.stream().skip(1).mapToLong(MemoryUse::bytes).sum();
    }
}
