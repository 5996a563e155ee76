package quire.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import quire.engine.MemoryPlan;
import quire.plan.Fit;
import quire.plan.Target;
import quire.plan.Wanted;
import quire.settings.Flags;

/** What to do with a plan, in sentences. */
record PlanAdvice(ModelPlan plan) {

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        plan.fits().keySet().forEach(target -> sentences.add(target.name() + ": " + where(target)));
        plan.model()
                .refusal()
                .ifPresentOrElse(
                        why ->
                                sentences.add(
                                        "Quire does not serve it yet: "
                                                + why.message(Flags::spelled)),
                        () -> sentences.add(howToServe()));
        return sentences;
    }

    /** In which format and on how many GPUs, or what would hold it. */
    private String where(Target target) {
        Optional<Fit> best = plan.best(target);
        if (best.isEmpty()) {
            return "too small in every format" + larger(target);
        }
        Fit fit = best.get();
        Wanted wanted = plan.wanted();
        String sequences = " of " + wanted.context() + " tokens";
        if (fit.sequences() >= wanted.sequences()) {
            return many(wanted.sequences(), "sequence")
                    + sequences
                    + (wanted.sequences() == 1 ? " fits" : " fit")
                    + weights(fit)
                    + gpus(target, fit);
        }
        return many(fit.sequences(), "sequence")
                + sequences
                + " at most,"
                + weights(fit)
                + "; "
                + wanted.sequences()
                + " at once have "
                + fit.tokens() / wanted.sequences()
                + " tokens each"
                + (target.isCard()
                        ? ""
                        : "; the cache takes half of what is free, and 4 GiB at most, unless"
                                + " --kv-cache-memory-bytes says more");
    }

    private static String weights(Fit fit) {
        String format = fit.format().name();
        return " with weights " + (format.startsWith("as ") ? format : "in " + format);
    }

    /** How many of the cards are enough, and how often they go into those that there are. */
    private String gpus(Target target, Fit fit) {
        OptionalInt least = plan.planner().least(target, fit.format(), plan.wanted().sequences());
        if (target.count() == 1 || least.isEmpty()) {
            return "";
        }
        int enough = least.getAsInt();
        int copies = target.count() / enough;
        return enough == target.count()
                ? " on all " + enough + " together"
                : " on " + enough + " of them" + (copies > 1 ? ", " + copies + " times over" : "");
    }

    /** What would hold a model that does not fit. */
    private String larger(Target target) {
        if (target.isCard()) {
            return plan.fits().get(target).stream()
                    .map(fit -> held(fit, plan.planner().least(target, fit.format(), 1)))
                    .collect(Collectors.joining());
        }
        Fit smallest = plan.fits().get(target).getLast();
        return "; with "
                + MemoryPlan.size(smallest.missingBytes())
                + " more it fits"
                + weights(smallest);
    }

    private static String held(Fit fit, OptionalInt gpus) {
        return gpus.isEmpty() ? "" : "; " + gpus.getAsInt() + " such GPUs hold it" + weights(fit);
    }

    /** The command, and what stands against it. */
    private String howToServe() {
        List<Target> able =
                plan.fits().keySet().stream()
                        .filter(Target::isComputed)
                        .filter(target -> plan.planner().engineFit(target).fits())
                        .toList();
        boolean cards = plan.fits().keySet().iterator().next().isCard();
        String ways =
                cards
                        ? "Quire computes on one card of compute capability 8.0 or newer, with 16"
                                + " bits a weight"
                        : "Quire computes here with the weights as they are published";
        if (able.isEmpty()) {
            return ways + ", for which this is too small";
        }
        Wanted wanted = plan.wanted();
        String some =
                able.size() == plan.fits().size()
                        ? ""
                        : able.stream()
                                .map(Target::name)
                                .collect(Collectors.joining(", ", ", and it fits one of ", ""));
        return ways
                + some
                + ": quire serve "
                + plan.name()
                + " --max-model-len "
                + wanted.context()
                + " --max-num-seqs "
                + wanted.sequences();
    }

    static String many(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
