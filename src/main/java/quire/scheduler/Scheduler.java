package quire.scheduler;

import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.kvcache.BlockManager;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;
import quire.sequence.StopReason;
import quire.thread.Owner;

/**
 * Decides what each forward pass computes, without a notion of prefill or decode: a step hands out
 * a budget of tokens so that every sequence's computed tokens catch up with its known ones.
 *
 * <p>Running sequences come first, in the order of their admission, then waiting ones, in the order
 * of their arrival, each with as many tokens as the budget still has; among both, those of a lower
 * {@link Sequence#priority} go before all others. Whoever decodes gets its token in every step; a
 * {@link PrefillBudget} says how much of prompts is computed beside. When blocks run out, the last
 * of those that run loses its blocks and goes back to the front of those that wait with its
 * priority, with all its tokens, to be computed again; in such a step nothing waiting is admitted.
 * After vLLM's {@code v1/core/sched/scheduler.py}.
 *
 * <p>As many steps as the {@link Pipeline} is deep may be in flight, planned and not yet committed;
 * they are committed in their order. A sequence may be in several: the later ones begin with a
 * token that is still pending. At any time sequences may be added and finished. Whoever ends or is
 * preempted keeps its blocks until the last step that has it is back; the tokens that come for one
 * that ended are dropped, those of a preempted one are kept.
 */
public final class Scheduler {

    private final Owner owner = new Owner("the scheduler");
    private final SchedulerConfig config;
    private final Pipeline pipeline;
    private final BlockManager blocks;
    private final int maxLength;
    private final WaitingSequences waiting = new WaitingSequences();
    private final RunningSequences running;
    private final StepRing steps;
    private final StepRoom room;
    private final Outlook outlook;
    private int numReturning;
    private long numPreemptions;

    /**
     * A scheduler with nothing to do and all blocks free.
     *
     * @throws quire.error.ConfigurationException if a step has no room for a run of each sequence
     */
    public Scheduler(SchedulerConfig config, Pipeline pipeline) {
        this(
                config,
                pipeline,
                new BlockManager(
                        config.numBlocks(), config.blockSize(), config.enablePrefixCaching()));
    }

    Scheduler(SchedulerConfig config, Pipeline pipeline, BlockManager blocks) {
        config.checkRuns(pipeline.maxRun());
        this.config = config;
        this.pipeline = pipeline;
        this.blocks = blocks;
        // The last token of a sequence is never computed, so it needs no room in the cache.
        this.maxLength = (int) Math.min(config.maxModelLength(), blocks.capacity() + 1);
        this.running = new RunningSequences(config.maxNumSequences());
        this.steps = new StepRing(pipeline, config.maxNumSequences());
        this.room = new StepRoom(config, pipeline.maxRun());
        this.outlook = new Outlook(pipeline.maxRun(), maxLength);
    }

    /**
     * Puts a new sequence into the queue, behind those of its priority, unless its guide ends it at
     * once. One whose prompt is scored is computed in any case, and hears of its guide then.
     *
     * @throws InvalidRequestException if its prompt leaves no room for a single token
     */
    public void add(Sequence sequence) {
        owner.check();
        if (sequence.status() != SequenceStatus.WAITING || sequence.blockTable().size() > 0) {
            throw new IllegalStateException(sequence + " is not new");
        }
        config.checkPromptLength(sequence.numPromptTokens());
        if (!sequence.scoresPrompt()) {
            Acceptance.follow(sequence, maxLength);
        }
        if (!sequence.isFinished()) {
            waiting.arrive(sequence);
        }
    }

    /**
     * Goes on with a sequence that sat out until its guide called, and takes in what that knows,
     * which may end it. Nothing happens to one that does not sit out: it goes on by itself.
     */
    public void resume(Sequence sequence) {
        owner.check();
        if (sequence.isSittingOut()) {
            sequence.sitOut(false);
            Acceptance.follow(sequence, maxLength);
            if (sequence.isFinished()) {
                running.remove(sequence);
                giveBack(sequence);
            }
        }
    }

    /**
     * Ends a sequence from outside, for a stop string or because its client went away. Nothing
     * happens if it ended before.
     *
     * @return whether it was this call that ended it
     */
    public boolean finish(Sequence sequence, FinishReason reason, Optional<StopReason> stopReason) {
        owner.check();
        if (sequence.isFinished()) {
            return false;
        }
        boolean preempted = isReturning(sequence);
        boolean known =
                sequence.status() == SequenceStatus.RUNNING
                        ? running.remove(sequence)
                        : waiting.remove(sequence);
        if (!known) {
            throw new IllegalStateException(sequence + " was never added");
        }
        sequence.finish(reason, stopReason);
        if (!preempted) {
            giveBack(sequence);
        }
        return true;
    }

    /**
     * Frees the blocks of a sequence that runs no more: now, or when the last step is back that has
     * it, for until then the engine reads its block table and writes its blocks.
     */
    private void giveBack(Sequence sequence) {
        if (sequence.numStepsInFlight() == 0) {
            blocks.release(sequence);
        } else {
            numReturning++;
            blocks.changes().note(sequence.blockTable());
        }
    }

    private static boolean isReturning(Sequence sequence) {
        return sequence.status() != SequenceStatus.RUNNING && sequence.numStepsInFlight() > 0;
    }

    /**
     * Plans the next step. It is empty when no sequence is left or all that run sit out, and where
     * steps are in flight also when nobody can go on before one of them is back. A step that is not
     * empty is in flight until it is committed or failed.
     *
     * @param prefill how much of prompts the step may compute; the first of them gets on by a token
     *     however little that is
     */
    public Step plan(PrefillBudget prefill) {
        owner.check();
        Step step = steps.next();
        outlook.countDecoding(running, step);
        room.open(prefill, running.size(), step.numDecoding(), step.decodingContext());
        planRunning(step);
        if (step.numPreempted() == 0) {
            planWaiting(step);
        }
        if (!step.isEmpty()) {
            steps.launch();
        } else if (hasUnfinished() && steps.numInFlight() == 0 && !running.hasSittingOut()) {
            throw new IllegalStateException("nothing planned with " + stats());
        }
        return step;
    }

    private void planRunning(Step step) {
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            boolean decodes = outlook.decodes(sequence);
            int wanted = outlook.uncomputed(sequence);
            int first = sequence.numPlannedTokens();
            int numNew = decodes || wanted == 0 ? wanted : room.prefill(first, wanted);
            if (numNew == 0) {
                continue;
            }
            numNew = room.scored(sequence, numNew);
            int maxRun = outlook.maxRun(sequence, numNew, decodes);
            // A run that is pending may have moved the first position on by all but one token.
            int moved = sequence.mostPendingTokens() - sequence.leastPendingTokens();
            if (makeRoom(step, sequence, first + moved + numNew + Math.max(maxRun - 1, 0))) {
                schedule(step, sequence, numNew, maxRun, decodes);
            }
        }
    }

    /**
     * Grows a running sequence's blocks, which may cost the last ones theirs. Where blocks are on
     * their way back from steps in flight, it waits for these instead.
     */
    private boolean makeRoom(Step step, Sequence sequence, int numTokens) {
        while (!blocks.grow(sequence, numTokens)) {
            if (numReturning > 0 || preemptLast(step) == sequence) {
                return false;
            }
        }
        return true;
    }

    private void planWaiting(Step step) {
        while (hasSlot() && room.hasLogitRow() && !waiting.isEmpty() && room.hasPrefill()) {
            Sequence sequence = waiting.first();
            if (isReturning(sequence)) {
                break;
            }
            int numHit = blocks.findPrefix(sequence);
            int wanted = sequence.numTokens() - numHit;
            room.takeLogitRow();
            int numNew = room.scored(sequence, room.prefill(numHit, wanted));
            if (numNew == 0 || !blocks.admit(sequence, numHit + numNew)) {
                break;
            }
            waiting.remove(sequence);
            running.add(sequence);
            sequence.start(numHit);
            schedule(step, sequence, numNew, numNew == wanted ? 1 : 0, false);
        }
    }

    /** Who returns keeps its slot as it keeps its blocks. */
    private boolean hasSlot() {
        return running.size() + numReturning < config.maxNumSequences();
    }

    private void schedule(Step step, Sequence sequence, int numNew, int maxRun, boolean decodes) {
        int first = sequence.numPlannedTokens();
        if (!decodes) {
            step.addPrefillCost(room.takePrefill(first, numNew));
        }
        room.takeScored(sequence, numNew);
        step.add(sequence, numNew, maxRun);
        sequence.planned(numNew, maxRun);
        blocks.register(sequence, Math.min(first + numNew, sequence.numTokens()));
    }

    /** Takes the blocks of the last running sequence, which this step does not have yet. */
    private Sequence preemptLast(Step step) {
        Sequence last = running.removeLast();
        preempt(last);
        step.countPreemption();
        return last;
    }

    private void preempt(Sequence sequence) {
        sequence.preempt();
        giveBack(sequence);
        waiting.comeBack(sequence);
        numPreemptions++;
    }

    /**
     * Takes in the result of a step: appends tokens, and those that guides force behind them,
     * finishes sequences and frees their blocks. Afterwards the result has what each sequence
     * gained of it.
     *
     * @param step the oldest in flight
     */
    public void commit(Step step) {
        owner.check();
        steps.checkOldest(step);
        steps.takeBack(1);
        StepResult result = step.result();
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            boolean returns = isReturning(sequence);
            sequence.back(step.maxRun(i));
            int gained = 0;
            if (!sequence.isFinished() && step.samples(i)) {
                gained = Acceptance.append(sequence, result, i, maxLength);
                Acceptance.follow(sequence, maxLength);
            }
            result.cut(i, gained);
            int numMore = Math.max(gained - 1, 0);
            int computed = step.firstPosition(i) + step.numTokens(i) + numMore;
            blocks.register(sequence, Math.min(computed, sequence.numTokens()));
            if (sequence.status() == SequenceStatus.RUNNING) {
                if (result.satOut(i) && computed == sequence.numTokens()) {
                    // For the logits of its last token that one is computed again.
                    numMore = -1;
                    sequence.sitOut(sequence.guide().willCall());
                }
                sequence.advance(computed + Math.min(numMore, 0), numMore);
                steps.shift(sequence, numMore);
            } else {
                settle(sequence, returns);
            }
        }
        running.removeFinished();
    }

    /**
     * A step is back of a sequence that runs no more.
     *
     * @param returned whether it ran no more before
     */
    private void settle(Sequence sequence, boolean returned) {
        if (!returned) {
            giveBack(sequence);
        } else if (sequence.numStepsInFlight() == 0) {
            numReturning--;
            blocks.release(sequence);
        }
        if (returned && sequence.isFinished()) {
            // One that was preempted may end by a token that was pending.
            waiting.remove(sequence);
        }
    }

    /**
     * Takes in that a step failed, and with it all that were planned after it: their sequences end
     * with {@link FinishReason#ERROR}, except those that ended before, and what they would have
     * computed is not found by others.
     *
     * @param step the oldest in flight
     */
    public void fail(Step step) {
        takeBackAll(step, true);
        running.removeFinished();
    }

    /**
     * Takes in that a step could not be begun, and with it all that were planned after it: all that
     * run are preempted, to be computed again in the order of their admission, and what the steps
     * would have computed is not found by others.
     *
     * @param step the oldest in flight
     */
    public void retreat(Step step) {
        takeBackAll(step, false);
        while (running.size() > 0) {
            preempt(running.removeLast());
        }
    }

    private void takeBackAll(Step oldest, boolean ends) {
        owner.check();
        steps.checkOldest(oldest);
        for (int i = 0; i < steps.numInFlight(); i++) {
            forget(steps.get(i));
        }
        for (int i = 0; i < steps.numInFlight(); i++) {
            takeBack(steps.get(i), ends);
        }
        steps.takeBack(steps.numInFlight());
    }

    private void forget(Step step) {
        for (int i = 0; i < step.size(); i++) {
            blocks.forget(step.sequence(i), step.firstPosition(i));
        }
    }

    private void takeBack(Step step, boolean ends) {
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            boolean returns = isReturning(sequence);
            sequence.back(step.maxRun(i));
            if (ends && !sequence.isFinished()) {
                sequence.finish(FinishReason.ERROR, Optional.empty());
            }
            step.result().cut(i, 0);
            if (sequence.status() != SequenceStatus.RUNNING) {
                settle(sequence, returns);
            }
        }
    }

    /**
     * Whether a sequence with a guide samples in a step in flight: it can be in no other before
     * that is back, and a step planned now would leave it behind.
     */
    public boolean awaitsGuidedToken() {
        return running.hasGuidedPending();
    }

    /** Whether a plan would have something to compute. */
    public boolean hasUnfinished() {
        return running.size() > 0 || !waiting.isEmpty();
    }

    /** How its steps follow each other. */
    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * Most tokens of a sequence, prompt and output: the model's length or what the cache can hold.
     */
    public int maxLength() {
        return maxLength;
    }

    /** A look at queue, blocks and counters. */
    public SchedulerStats stats() {
        return new SchedulerStats(
                running.size(),
                waiting.size(),
                numPreemptions,
                blocks.numFreeBlocks(),
                blocks.usage(),
                blocks.prefixQueries(),
                blocks.prefixHits(),
                (long) (blocks.numBlocks() - blocks.numFreeBlocks()) * blocks.blockSize(),
                numStoredTokens());
    }

    /** Somebody who watches who holds what. */
    public SchedulerWatch watch() {
        return new SchedulerWatch(owner, this::stats, blocks, running, waiting);
    }

    private long numStoredTokens() {
        long stored = 0;
        for (int i = 0; i < running.size(); i++) {
            stored += running.get(i).numComputedTokens();
        }
        return stored;
    }
}
