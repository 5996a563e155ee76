package quire.generation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.error.EngineException;
import quire.error.Fault;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.sampling.TokenLogprobs;
import quire.scheduler.Scheduler;
import quire.scheduler.Step;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.thread.Owner;

/**
 * The generations inside an engine: gives the tokens of finished steps to their listeners as text,
 * and ends each generation once, well or with an error. Owned by the executor.
 *
 * <p>What goes wrong with one choice, in its text, its observer or its listener, ends its
 * generation and touches no other.
 */
final class Generations {

    private static final System.Logger LOG = System.getLogger("quire.generation");

    private final Owner owner = new Owner("what is inside the engine");
    private final Scheduler scheduler;
    private final Admission admission;
    private final Set<Generation> inside = new LinkedHashSet<>();
    private final Map<Sequence, Choice> choices = new IdentityHashMap<>();
    private final EngineObserver observer;
    private boolean ended;

    Generations(Scheduler scheduler, Admission admission, EngineObserver observer) {
        this.scheduler = scheduler;
        this.admission = admission;
        this.observer = observer;
    }

    /** Takes generations in, whose sequences join the queue once it is known how they begin. */
    void add(List<Generation> generations) {
        owner.check();
        inside.addAll(generations);
        for (Generation generation : generations) {
            generation.choices().forEach(choice -> choices.put(choice.sequence(), choice));
        }
        for (Generation generation : generations) {
            generation.choices().forEach(this::enterIfReady);
        }
    }

    private void enterIfReady(Choice choice) {
        // One that ended at once with an error took along the others.
        if (!choice.isDone() && !choice.awaitsPrompt() && !choice.sequence().guide().willCall()) {
            choice.enter();
            scheduler.add(choice.sequence());
            deliverAlone(choice);
        }
    }

    /**
     * Gives out what no step brought. What is forced before the first step comes out with that,
     * unless there is none.
     */
    private void deliverAlone(Choice choice) {
        if (choice.sequence().isFinished() || choice.hasBegun() && choice.hasNews()) {
            deliver(choice, List.of(), choice.numNewTokens(), System.nanoTime());
        }
    }

    /** Goes on with a choice whose guide called. */
    void called(Choice choice) {
        owner.check();
        if (choice.isDone() || ended) {
            return;
        }
        if (choice.hasEntered()) {
            scheduler.resume(choice.sequence());
            deliverAlone(choice);
        } else {
            enterIfReady(choice);
        }
    }

    /** Takes in that a step was handed to the engine. */
    void scheduled(Step step, long nowNanos) {
        owner.check();
        for (int i = 0; i < step.size(); i++) {
            Choice choice = choices.get(step.sequence(i));
            choice.scheduled(nowNanos);
            if (choice.generation().leaveQueue()) {
                admission.leaveQueue();
            }
        }
    }

    /** Gives out what a step brought that the scheduler has committed. */
    void deliver(Step step) {
        owner.check();
        try {
            observer.stepDone(step.totalTokens());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "an observer failed", e);
        }
        long now = System.nanoTime();
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            Choice choice = choices.get(sequence);
            if (isGone(choice)) {
                continue;
            }
            choice.score(step.firstPosition(i), step.result().scored(i));
            if (choice.hasNews()) {
                int numForced = choice.numNewTokens() - step.result().numTokens(i);
                deliver(choice, logprobs(step, i), numForced, now);
            }
        }
    }

    private static List<TokenLogprobs> logprobs(Step step, int i) {
        if (step.sequence(i).params().logprobs().isEmpty()) {
            return List.of();
        }
        List<TokenLogprobs> logprobs = new ArrayList<>();
        for (int j = 0; j < step.result().numTokens(i); j++) {
            logprobs.add(step.result().logprobs(i, j));
        }
        return logprobs;
    }

    /**
     * @param logprobs of the tokens that a step sampled, where they are wanted
     * @param numForced tokens that a guide forced
     */
    private void deliver(Choice choice, List<TokenLogprobs> logprobs, int numForced, long now) {
        try {
            if (numForced > 0) {
                observer.tokensForced(numForced);
            }
            giveOut(choice, logprobs, now);
        } catch (Throwable e) {
            // Text that was taken in may not have come out: better no answer than a wrong one.
            LOG.log(System.Logger.Level.ERROR, choice.generation().id() + " failed", e);
            lose(choice.generation(), new EngineException("the engine failed: " + e, e));
        }
    }

    private void giveOut(Choice choice, List<TokenLogprobs> logprobs, long now) {
        Generation generation = choice.generation();
        GenerationOutput output = choice.take(logprobs, observer, now);
        // A stop string in what was forced came before an error behind that.
        if (output.finishReason().equals(Optional.of(FinishReason.ERROR))) {
            QuireException failure = choice.failure();
            boolean mistake = failure instanceof InvalidRequestException;
            LOG.log(
                    mistake ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                    generation.id() + ": " + failure.getMessage());
            lose(generation, failure);
            return;
        }
        if (output.finishReason().isPresent()) {
            // Nothing happens here unless it was a stop string: the scheduler ended all others.
            scheduler.finish(choice.sequence(), output.finishReason().get(), output.stopReason());
            choice.end(observer, output.finishReason().get(), now);
            if (generation.choices().stream().allMatch(Choice::isDone)) {
                leave(generation);
            }
        }
        try {
            generation.listener().onOutput(output);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the listener of " + generation.id() + " failed; aborted",
                    e);
            abort(generation);
        }
        if (!output.promptLogprobs().isEmpty()) {
            tellPrompt(generation, output.promptLogprobs());
        }
    }

    /**
     * The prompt is computed, once for all choices: those that waited for that go on from there.
     */
    private void tellPrompt(Generation generation, List<TokenLogprobs> found) {
        for (Choice choice : generation.choices()) {
            if (choice.awaitsPrompt()) {
                choice.tellPrompt(found);
                enterIfReady(choice);
            }
        }
    }

    /**
     * Ends, with an error, those whose steps failed; not those that ended while they ran.
     *
     * @param steps from the one that failed on those that it took along, not yet planned again
     */
    void fail(Collection<Step> steps, Throwable failure) {
        owner.check();
        String message = "the engine failed: " + Fault.describe(failure);
        for (Step step : steps) {
            for (int i = 0; i < step.size(); i++) {
                Choice choice = choices.get(step.sequence(i));
                if (!isGone(choice)) {
                    lose(choice.generation(), new EngineException(message, failure));
                }
            }
        }
    }

    /** Ends a generation whose listener wants no more; it hears nothing. */
    void abort(Generation generation) {
        owner.check();
        end(generation, FinishReason.ABORT);
    }

    /**
     * Ends all with an error; from now on nothing is asked of the scheduler, whatever its state.
     */
    void endAll(QuireException error) {
        owner.check();
        ended = true;
        loseAll(new ArrayList<>(inside), error);
    }

    /** Takes all out of the scheduler, whose last hour this is, and ends them with an error. */
    void leaveAll(QuireException error) {
        owner.check();
        loseAll(new ArrayList<>(inside), error);
        ended = true;
    }

    /** Ends generations with an error that came in too late. */
    void turnAway(List<Generation> generations, QuireException error) {
        owner.check();
        inside.addAll(generations);
        loseAll(generations, error);
    }

    private void loseAll(List<Generation> generations, QuireException error) {
        generations.forEach(generation -> lose(generation, error));
    }

    /** Ends a generation with an error; the second choice of one finds it gone. */
    private void lose(Generation generation, QuireException error) {
        boolean isInside = inside.contains(generation);
        end(generation, FinishReason.ERROR);
        if (isInside) {
            try {
                generation.listener().onError(error);
            } catch (Throwable e) {
                String message = "the listener of " + generation.id() + " failed";
                LOG.log(System.Logger.Level.ERROR, message, e);
            }
        }
    }

    /** Ends what still runs of a generation, without a word to its listener. */
    private void end(Generation generation, FinishReason reason) {
        long now = System.nanoTime();
        for (Choice choice : generation.choices()) {
            if (choice.isDone()) {
                continue;
            }
            if (!ended && choice.hasEntered()) {
                scheduler.finish(choice.sequence(), reason, Optional.empty());
            }
            try {
                choice.end(observer, reason, now);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "an observer failed", e);
            }
        }
        leave(generation);
    }

    /** Whether a choice ended, and maybe its generation left, while a step had its sequence. */
    private static boolean isGone(Choice choice) {
        return choice == null || choice.isDone();
    }

    private void leave(Generation generation) {
        if (generation.leaveQueue()) {
            admission.leaveQueue();
        }
        generation.choices().forEach(choice -> choices.remove(choice.sequence()));
        if (inside.remove(generation)) {
            admission.leave();
        }
    }
}
