package quire.generation;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import quire.error.EngineException;

/**
 * Computes the rounds of beam searches. A search is inside from its first round to its end, also in
 * between, and its rounds wait in no queue's count of others: who came in may finish. Owned by the
 * executor, but for {@link #generation}.
 */
final class BeamSearches implements BeamSearch.Rounds {

    private final Admission admission;
    private final ChoiceFactory factory;
    private final Function<Submission, Generation> make;
    private final Consumer<List<Generation>> admit;
    private final Consumer<Runnable> executor;

    /**
     * @param make makes the generation of any other request
     * @param admit takes generations in
     * @param executor runs tasks later
     */
    BeamSearches(
            Admission admission,
            ChoiceFactory factory,
            Function<Submission, Generation> make,
            Consumer<List<Generation>> admit,
            Consumer<Runnable> executor) {
        this.admission = admission;
        this.factory = factory;
        this.make = make;
        this.admit = admit;
        this.executor = executor;
    }

    /** The generation of a request; of a search's first round, which stands for all of it. */
    Generation generation(Submission submission) {
        if (!submission.request().params().useBeamSearch()) {
            return make.apply(submission);
        }
        BeamSearch search = factory.search(submission, this);
        Generation first = make.apply(search.round().getFirst());
        first.searches(search);
        search.running(List.of(first));
        return first;
    }

    /** Counts what is to be admitted of searches that begin. */
    void admitted(List<Generation> generations) {
        for (Generation generation : generations) {
            if (generation.search().isPresent()) {
                admission.stay();
            }
        }
    }

    @Override
    public void next(BeamSearch search, List<Submission> round) {
        try {
            executor.accept(() -> compute(search, round));
        } catch (RejectedExecutionException e) {
            // Nobody hears of anything any more.
            search.cancel();
        }
    }

    private void compute(BeamSearch search, List<Submission> round) {
        if (search.isOver()) {
            return;
        }
        List<Generation> generations;
        try {
            generations = round.stream().map(make).toList();
        } catch (RuntimeException e) {
            search.fail(new EngineException("the engine failed: " + e, e));
            return;
        }
        admission.follow(generations.size());
        search.running(generations);
        admit.accept(generations);
    }

    @Override
    public void over() {
        admission.leave();
    }
}
