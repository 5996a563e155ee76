package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import quire.ops.cuda.driver.Event;

/** A trial that is open, and the plain kernel's result, with which those of others are compared. */
final class TrialRun implements AutoCloseable {

    /** Two poisons, so that an element that is not written differs between two runs. */
    private static final byte[] POISONS = {(byte) 0xff, 0x55};

    /** Timed runs are repeated for about so long, in so many rounds, of which the best counts. */
    private static final double ROUND_MILLIS = 1;

    private static final int ROUNDS = 3;
    private static final int MOST_RUNS = 16;

    private final KernelSource source;
    private final Trial trial;
    private final Duration limit;
    private final PoisonedOutput output;
    private final MemorySegment plain;
    private final MemorySegment once;
    private final MemorySegment again;

    /**
     * Opens a trial and runs its plain kernel.
     *
     * @param limit after which a kernel counts as one that never ends
     * @throws IllegalStateException if the plain kernel is wrong in itself
     */
    TrialRun(KernelSource source, Trial trial, Duration limit) {
        this.source = source;
        this.trial = trial;
        this.limit = limit;
        output = new PoisonedOutput(source, trial.type(), trial.rows(), trial.columns());
        plain = output.image();
        once = output.image();
        again = output.image();
        try {
            trial.open();
            Optional<String> fault = fault(0, plain);
            if (fault.isPresent()) {
                throw new IllegalStateException(
                        "the plain kernel of " + trial.name() + " " + fault.get());
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * What stands against a variant, as what follows "it".
     *
     * @throws quire.ops.cuda.driver.CudaException if it cannot be run
     */
    Optional<String> objection(int variant) {
        return fault(variant, once).or(() -> disagreement(trial.variants().get(variant)));
    }

    /** What is wrong with a variant by itself. */
    private Optional<String> fault(int variant, MemorySegment first) {
        Runnable kernel = () -> trial.run(variant, output.matrix(), 0);
        return output.run(POISONS[0], kernel, limit, first)
                .or(() -> output.run(POISONS[1], kernel, limit, again))
                .or(
                        () ->
                                output.isSame(first, again)
                                        ? Optional.empty()
                                        : Optional.of("differs between two runs"));
    }

    private Optional<String> disagreement(Variant tried) {
        if (output.isSame(plain, once)) {
            return Optional.empty();
        }
        return switch (tried.sums()) {
            case AS_PLAIN ->
                    output.apart(plain, once, 0, 0)
                            .or(() -> Optional.of("has other bits than the plain one"));
            case OTHERWISE -> output.apart(plain, once, 1, trial.tolerance());
        };
    }

    /** The least time of a run on the card. */
    double millis(int variant) {
        try (Event from = Event.withTime(source.context());
                Event to = Event.withTime(source.context())) {
            double first = millis(variant, from, to, 1);
            int runs = Math.clamp((long) (ROUND_MILLIS / Math.max(first, 1e-6)), 1, MOST_RUNS);
            double least = first;
            // What takes as long as this is no matter of a few microseconds.
            for (int i = 0; i < ROUNDS && first < 10 * ROUND_MILLIS; i++) {
                least = Math.min(least, millis(variant, from, to, runs) / runs);
            }
            return least;
        }
    }

    private double millis(int variant, Event from, Event to, int runs) {
        from.record(source.stream());
        for (int turn = 0; turn < runs; turn++) {
            trial.run(variant, output.matrix(), turn);
        }
        to.record(source.stream());
        to.await(limit);
        return to.millisSince(from);
    }

    @Override
    public void close() {
        trial.close();
        output.close();
    }
}
