package quire.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import quire.engine.MemoryPlan;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.MemoryBudget;
import quire.ops.MemoryUse;

/** Fits a model into memories, by the arithmetic that the engine loads it by. */
public record Planner(PlannedModel model, Wanted wanted) {

    /** More do not share one model, whatever there are. */
    private static final int MOST_GPUS = 64;

    /** Sequences that would leave nothing of a card unused. */
    private static final int ALL = 65_536;

    /** A model and its cache on one of the GPUs that share it. */
    private record Part(MemoryPlan.Demand demand, MemoryBudget budget) {

        /** What a cache for one sequence lacks. */
        long missingBytes(int context) {
            double needed = Math.ceil(demand.cacheBytes(context) / budget.cacheShare());
            long least = Math.max(demand.cacheBytes(context), (long) needed);
            return Math.max(1, demand.fixedBytes() + least - budget.availableBytes());
        }
    }

    /** How many GPUs can share the model, each its part of every layer, ascending. */
    public List<Integer> shares(int most) {
        return IntStream.rangeClosed(1, Math.min(most, MOST_GPUS))
                .filter(model.shape()::divides)
                .boxed()
                .toList();
    }

    /** How it fits in each format, widest first, shared by as many GPUs as can. */
    public List<Fit> fits(Target target) {
        List<Fit> fits = new ArrayList<>();
        int gpus = shares(target.count()).getLast();
        for (WeightFormat format : target.formats(model.published())) {
            fits.add(fit(target, format, gpus));
        }
        return fits;
    }

    /** The fewest GPUs of the kind that hold so many sequences; empty where no number does. */
    public OptionalInt least(Target target, WeightFormat format, int sequences) {
        return shares(target.isCard() ? MOST_GPUS : 1).stream()
                .mapToInt(Integer::intValue)
                .filter(share -> fit(target, format, share).sequences() >= sequences)
                .findFirst();
    }

    /**
     * How it fits as the engine holds it: in 16 bits on one card, in the published format in a
     * machine.
     */
    public Fit engineFit(Target target) {
        WeightFormat format =
                target.isCard() ? WeightFormat.BF16 : target.formats(model.published()).getFirst();
        return fit(target, format, 1);
    }

    private Fit fit(Target target, WeightFormat format, int gpus) {
        Part part = part(target, format, gpus);
        long perToken = part.demand.blockBytes() / wanted.blockSize();
        try {
            MemoryPlan plan =
                    MemoryPlan.of(
                            part.demand,
                            part.budget,
                            new MemoryPlan.Wishes(
                                    OptionalInt.of(wanted.context()),
                                    OptionalLong.empty(),
                                    OptionalInt.empty(),
                                    OptionalDouble.empty()));
            long blocks = Math.ceilDiv(wanted.context(), wanted.blockSize());
            return new Fit(
                    format,
                    gpus,
                    part.demand.uses(),
                    perToken,
                    plan.kvBytes(),
                    0,
                    (long) plan.numBlocks() * wanted.blockSize(),
                    plan.numBlocks() / blocks);
        } catch (ConfigurationException doesNotFit) {
            return new Fit(
                    format,
                    gpus,
                    part.demand.uses(),
                    perToken,
                    0,
                    part.missingBytes(wanted.context()),
                    0,
                    0);
        }
    }

    /** What layers with a state keep of a sequence; in 32 bits, since what is summed up drifts. */
    static long stateBytes(ModelShape shape) {
        return Math.multiplyExact(shape.recurrent().stateOfSequence(), (long) Float.BYTES);
    }

    private Part part(Target target, WeightFormat format, int gpus) {
        ModelShape whole = model.shape();
        ModelShape shard = gpus == 1 ? whole : whole.shard(gpus);
        List<MemoryUse> uses = new ArrayList<>();
        uses.add(
                MemoryUse.fixed(
                        "weights",
                        format == WeightFormat.AS_STORED
                                ? model.weightBytes()
                                : format.bytes(shard, target.room().footprint())));
        uses.addAll(
                // Logits are gathered: each samples from all of them.
                shard.widths(whole.vocab()).uses(wanted.limits(), target.room().footprint()));
        uses.addAll(
                target.room()
                        .footprint()
                        .overheads(wanted.steps(), whole.vocab(), whole.numLayers()));
        long state = stateBytes(shard);
        if (state > 0) {
            uses.add(
                    MemoryUse.by(
                            Setting.MAX_NUM_SEQUENCES,
                            "states of sequences",
                            Math.multiplyExact(state, (long) wanted.sequences())));
        }
        long perToken =
                Math.multiplyExact(shard.cachedElements(), (long) wanted.cacheType().blockBytes());
        return new Part(
                new MemoryPlan.Demand(
                        uses,
                        Math.multiplyExact(perToken, (long) wanted.blockSize()),
                        wanted.blockSize(),
                        whole.context(),
                        target.isCard() ? ALL : wanted.sequences()),
                target.room().budget());
    }
}
