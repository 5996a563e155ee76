package quire.ops.cuda.kernel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceLost;

/**
 * Trusts no kernel that was not seen to be right on this card: each variant runs beside the plain
 * one on the shapes of the model, twice, in memory that is poisoned and fenced, and is timed. It is
 * used nowhere once it is found to write outside its result, to differ between two runs, to
 * disagree with the plain one, or to fail. Of those that remain the fastest is chosen for each
 * shape.
 *
 * <p>Variants that sum as the plain one does must have its bits; others may differ by what rounding
 * explains, and are left out where bits are asked for. What was found is kept in a {@link
 * VariantStore}: a later start runs what was chosen once beside the plain one and measures nothing.
 */
public final class SelfCheck {

    private static final System.Logger LOG = System.getLogger("quire.ops.cuda");

    /**
     * How long it may take.
     *
     * @param all after which the shapes that are left stay with the plain kernels
     * @param aRun after which a kernel counts as one that never ends
     */
    public record Limits(Duration all, Duration aRun) {
        public static final Limits USUAL = new Limits(Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    /** A variant that is right, and how long it took. */
    private record Timed(int variant, double millis) {}

    /** What is known of a trial when all have been run. */
    private record Found(Trial trial, List<Timed> timed) {}

    private final KernelSource source;
    private final VariantStore store;
    private final Limits limits;
    private final boolean plainBitsOnly;
    private final Set<String> leftOut = new HashSet<>();
    private long begun;
    private int numRemembered;
    private int numUnmeasured;

    /**
     * @param plainBitsOnly whether variants that sum otherwise are left out
     */
    public SelfCheck(
            KernelSource source, VariantStore store, Limits limits, boolean plainBitsOnly) {
        this.source = source;
        this.store = store;
        this.limits = limits;
        this.plainBitsOnly = plainBitsOnly;
    }

    /** Finds out what is open of the shapes that steps have asked for so far. */
    public void run(LinearKernel linear, AttentionKernel attention) {
        List<Trial> trials = new ArrayList<>(linear.trials());
        trials.addAll(attention.trials());
        run(trials);
    }

    /**
     * Runs trials and settles each.
     *
     * @throws DeviceLost if a kernel fails or hangs; the store knows which, and a later start
     *     leaves it out
     */
    void run(List<Trial> trials) {
        begun = System.nanoTime();
        List<Found> found = new ArrayList<>();
        for (Trial trial : trials) {
            try {
                found.add(new Found(trial, timed(trial)));
            } catch (DeviceLost lost) {
                throw lost;
            } catch (CudaException e) {
                store.tried();
                LOG.log(
                        System.Logger.Level.WARNING,
                        "not checked, and left to the plain kernel: "
                                + trial.name()
                                + ": "
                                + e.getMessage());
            }
        }
        for (Found one : found) {
            settle(one);
        }
        store.save();
        LOG.log(
                System.Logger.Level.DEBUG,
                "kernels: %d shapes checked in %d ms, %d of them known from before%s"
                        .formatted(
                                found.size(),
                                elapsedMillis(),
                                numRemembered,
                                numUnmeasured == 0
                                        ? ""
                                        : ", "
                                                + numUnmeasured
                                                + " left to the plain kernels for want of time"));
    }

    /**
     * The variants that may be used, with their times; nothing where there was no time to find out.
     */
    private List<Timed> timed(Trial trial) {
        List<Integer> candidates = candidates(trial);
        if (candidates.isEmpty()) {
            return List.of();
        }
        Optional<String> fastest = store.fastest(key(trial));
        if (fastest.isPresent() && fastest.get().equals(trial.variants().getFirst().name())) {
            numRemembered++;
            return List.of();
        }
        if (elapsedMillis() > limits.all.toMillis()) {
            numUnmeasured++;
            return List.of();
        }
        long before = elapsedMillis();
        try (TrialRun run = new TrialRun(source, trial, limits.aRun)) {
            for (int candidate : candidates) {
                if (fastest.filter(trial.variants().get(candidate).name()::equals).isPresent()) {
                    Optional<Timed> known = tried(trial, run, candidate, false);
                    if (known.isPresent()) {
                        numRemembered++;
                        return List.of(known.get());
                    }
                }
            }
            long cost = (elapsedMillis() - before) * (1 + 2L * candidates.size());
            if (elapsedMillis() + cost > limits.all.toMillis()) {
                numUnmeasured++;
                return List.of();
            }
            List<Timed> timed = new ArrayList<>();
            timed.add(new Timed(0, run.millis(0)));
            for (int candidate : candidates(trial)) {
                tried(trial, run, candidate, true).ifPresent(timed::add);
            }
            return timed;
        }
    }

    private List<Integer> candidates(Trial trial) {
        List<Integer> candidates = new ArrayList<>();
        for (int i = 1; i < trial.variants().size(); i++) {
            Variant variant = trial.variants().get(i);
            boolean mayDiffer = variant.sums() == Variant.Sums.OTHERWISE;
            if (leftOut.contains(variant.name()) || plainBitsOnly && mayDiffer) {
                continue;
            }
            Optional<String> objection = store.objection(variant.name());
            if (objection.isPresent()) {
                leftOut.add(variant.name());
                warn(variant, "when it was tried before, " + objection.get());
            } else {
                candidates.add(i);
            }
        }
        return candidates;
    }

    /**
     * A variant that is right. The store has it while it runs, and for ever if this process does
     * not survive that.
     */
    private Optional<Timed> tried(Trial trial, TrialRun run, int variant, boolean isTimed) {
        Variant tried = trial.variants().get(variant);
        store.trying(tried.name(), trial.name());
        try {
            Optional<Timed> timed =
                    isRight(trial, run, variant)
                            ? Optional.of(new Timed(variant, isTimed ? run.millis(variant) : 0))
                            : Optional.empty();
            store.tried();
            return timed;
        } catch (DeviceLost lost) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "%s was tried for %s when the card failed; the next start leaves it out: %s"
                            .formatted(tried.name(), trial.name(), lost.getMessage()));
            throw lost;
        }
    }

    /** Whether nothing stands against a variant; else it is left out from now on. */
    private boolean isRight(Trial trial, TrialRun run, int variant) {
        Optional<String> objection;
        try {
            objection = run.objection(variant);
        } catch (DeviceLost lost) {
            throw lost;
        } catch (CudaException e) {
            objection = Optional.of("fails: " + e.getMessage());
        }
        if (objection.isEmpty()) {
            return true;
        }
        Variant tried = trial.variants().get(variant);
        String why = "for " + trial.name() + " it " + objection.get();
        leftOut.add(tried.name());
        store.drop(tried.name(), why);
        warn(tried, why);
        return false;
    }

    private static void warn(Variant variant, String why) {
        LOG.log(
                System.Logger.Level.WARNING,
                "the kernel " + variant.name() + " is not used: " + why);
    }

    /** Chooses the fastest that is still trusted: one may have been wrong at a later shape. */
    private void settle(Found found) {
        Trial trial = found.trial;
        int fastest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (Timed one : found.timed) {
            if (!leftOut.contains(trial.variants().get(one.variant).name()) && one.millis < least) {
                least = one.millis;
                fastest = one.variant;
            }
        }
        trial.choose(fastest);
        LOG.log(
                System.Logger.Level.DEBUG,
                "%s: %s of %s"
                        .formatted(
                                trial.name(), trial.variants().get(fastest).name(), found.timed));
        boolean allWereTried =
                trial.variants().stream()
                        .noneMatch(variant -> store.unfinished(variant.name()).isPresent());
        if (found.timed.size() > 1 && allWereTried) {
            store.keep(key(trial), trial.variants().get(fastest).name());
        }
    }

    /** Under which the store has what is the fastest of those that are allowed. */
    private String key(Trial trial) {
        return plainBitsOnly ? trial.name() + ", plain bits" : trial.name();
    }

    private long elapsedMillis() {
        return (System.nanoTime() - begun) / 1_000_000;
    }
}
