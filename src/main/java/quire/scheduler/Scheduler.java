package quire.scheduler;

import java.util.ArrayDeque;
import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.kvcache.BlockManager;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/**
 * Decides what each forward pass computes, without a notion of prefill or decode: a step hands out
 * a budget of tokens so that every sequence's computed tokens catch up with its known ones.
 *
 * <p>Running sequences come first, in the order of their admission, then waiting ones, in the order
 * of their arrival, each with as many tokens as the budget still has. Whoever decodes gets its
 * token in every step; a {@link PrefillBudget} says how much of prompts is computed beside. When
 * blocks run out, the sequence admitted last loses its blocks and goes back to the front of the
 * queue with all its tokens, to be computed again; in such a step nothing waiting is admitted.
 * After vLLM's {@code v1/core/sched/scheduler.py}.
 *
 * <p>{@link #plan} and {@link #commit} alternate. Between them sequences may be added and finished;
 * one that is part of the step keeps its blocks until the commit, which drops its token.
 */
public final class Scheduler {

    private final SchedulerConfig config;
    private final BlockManager blocks;
    private final int maxLength;
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    private final Sequence[] running;
    private final Step[] steps = new Step[2];
    private final StepRoom room;
    private int numRunning;
    private int nextStep;
    private Step inFlight;
    private long numPreemptions;

    /** A scheduler with nothing to do and all blocks free. */
    public Scheduler(SchedulerConfig config) {
        this(
                config,
                new BlockManager(
                        config.numBlocks(), config.blockSize(), config.enablePrefixCaching()));
    }

    Scheduler(SchedulerConfig config, BlockManager blocks) {
        this.config = config;
        this.blocks = blocks;
        // The last token of a sequence is never computed, so it needs no room in the cache.
        this.maxLength = (int) Math.min(config.maxModelLength(), blocks.capacity() + 1);
        this.running = new Sequence[config.maxNumSequences()];
        this.room = new StepRoom(config);
        this.steps[0] = new Step(config.maxNumSequences());
        this.steps[1] = new Step(config.maxNumSequences());
    }

    /**
     * Puts a new sequence at the end of the queue.
     *
     * @throws InvalidRequestException if its prompt leaves no room for a single token
     */
    public void add(Sequence sequence) {
        if (sequence.status() != SequenceStatus.WAITING || sequence.blockTable().size() > 0) {
            throw new IllegalStateException(sequence + " is not new");
        }
        config.checkPromptLength(sequence.numPromptTokens());
        waiting.addLast(sequence);
    }

    /**
     * Ends a sequence from outside, for a stop string or because its client went away. Nothing
     * happens if it ended before.
     *
     * @return whether it was this call that ended it
     */
    public boolean finish(Sequence sequence, FinishReason reason, Optional<Object> stopReason) {
        if (sequence.isFinished()) {
            return false;
        }
        boolean known =
                sequence.status() == SequenceStatus.RUNNING
                        ? removeRunning(sequence)
                        : waiting.removeFirstOccurrence(sequence);
        if (!known) {
            throw new IllegalStateException(sequence + " was never added");
        }
        sequence.finish(reason, stopReason);
        // The engine reads the block table of a step's sequence and writes its blocks until the
        // commit, which frees them.
        if (inFlight == null || !inFlight.contains(sequence)) {
            blocks.release(sequence);
        }
        return true;
    }

    /** {@link #finish} with {@link FinishReason#ABORT}. */
    public boolean abort(Sequence sequence) {
        return finish(sequence, FinishReason.ABORT, Optional.empty());
    }

    private boolean removeRunning(Sequence sequence) {
        for (int i = 0; i < numRunning; i++) {
            if (running[i] == sequence) {
                System.arraycopy(running, i + 1, running, i, numRunning - i - 1);
                running[--numRunning] = null;
                return true;
            }
        }
        return false;
    }

    /**
     * Plans the next step; it is empty exactly when no sequence is left. A step that is not empty
     * must be committed, or failed, before the next is planned.
     *
     * @param prefill how much of prompts the step may compute; the first of them gets on by a token
     *     however little that is
     */
    public Step plan(PrefillBudget prefill) {
        if (inFlight != null) {
            throw new IllegalStateException("the last step is not committed");
        }
        Step step = steps[nextStep];
        step.clear();
        int numDecoding = 0;
        long context = 0;
        for (int i = 0; i < numRunning; i++) {
            if (decodes(running[i])) {
                numDecoding++;
                context += running[i].numTokens();
            }
        }
        room.open(prefill, numDecoding, context);
        step.setDecoding(numDecoding, context);
        planRunning(step);
        if (step.numPreempted() == 0) {
            planWaiting(step);
        }
        if (!step.isEmpty()) {
            inFlight = step;
            nextStep = 1 - nextStep;
        } else if (hasUnfinished()) {
            throw new IllegalStateException("nothing planned with " + stats());
        }
        return step;
    }

    /** Whether somebody waits for its next token; one that is computed again waits for more. */
    private static boolean decodes(Sequence sequence) {
        return sequence.numOutputTokens() > 0
                && sequence.numTokens() - sequence.numComputedTokens() == 1;
    }

    private void planRunning(Step step) {
        for (int i = 0; i < numRunning; i++) {
            Sequence sequence = running[i];
            boolean decodes = decodes(sequence);
            int first = sequence.numComputedTokens();
            int numNew = decodes ? 1 : room.prefill(first, sequence.numTokens() - first);
            if (numNew == 0) {
                continue;
            }
            boolean fits = blocks.grow(sequence, first + numNew);
            while (!fits && preemptLast(step) != sequence) {
                fits = blocks.grow(sequence, first + numNew);
            }
            if (!fits) {
                break;
            }
            schedule(step, sequence, numNew, decodes);
        }
    }

    private void planWaiting(Step step) {
        while (numRunning < running.length && !waiting.isEmpty() && room.hasPrefill()) {
            Sequence sequence = waiting.peekFirst();
            int numHit = blocks.findPrefix(sequence);
            int numNew = room.prefill(numHit, sequence.numTokens() - numHit);
            if (numNew == 0 || !blocks.admit(sequence, numHit + numNew)) {
                break;
            }
            waiting.pollFirst();
            running[numRunning++] = sequence;
            sequence.start(numHit);
            schedule(step, sequence, numNew, false);
        }
    }

    private void schedule(Step step, Sequence sequence, int numNew, boolean decodes) {
        int first = sequence.numComputedTokens();
        if (!decodes) {
            step.addPrefillCost(room.takePrefill(first, numNew));
        }
        step.add(sequence, numNew);
        blocks.register(sequence, first + numNew);
    }

    /** Takes the blocks of the sequence admitted last, which this step does not have yet. */
    private Sequence preemptLast(Step step) {
        Sequence last = running[--numRunning];
        running[numRunning] = null;
        blocks.release(last);
        last.preempt();
        waiting.addFirst(last);
        step.countPreemption();
        numPreemptions++;
        return last;
    }

    /**
     * Takes in the result of a step: appends tokens, finishes sequences and frees their blocks.
     * Afterwards the step says what each sequence gained.
     *
     * @param step the one planned last
     * @param sampledTokens the i-th element is the token of the step's i-th sequence, -1 if none
     *     could be sampled (the sequence then ends with an error); not read where the step does not
     *     sample
     */
    public void commit(Step step, int[] sampledTokens) {
        takeBack(step);
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            sequence.advance(step.firstPosition(i) + step.numTokens(i));
            if (!sequence.isFinished() && step.samples(i)) {
                step.setToken(i, accept(sequence, sampledTokens[i]));
            }
            if (sequence.isFinished()) {
                blocks.release(sequence);
            }
        }
        dropFinished();
    }

    /**
     * Takes in that a step failed: all its sequences end with {@link FinishReason#ERROR}, except
     * those that ended before, and what they would have computed is not found by others.
     */
    public void fail(Step step) {
        takeBack(step);
        for (int i = 0; i < step.size(); i++) {
            blocks.forget(step.sequence(i), step.firstPosition(i));
        }
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            if (!sequence.isFinished()) {
                sequence.finish(FinishReason.ERROR, Optional.empty());
            }
            blocks.release(sequence);
        }
        dropFinished();
    }

    private void takeBack(Step step) {
        if (step != inFlight) {
            throw new IllegalStateException("not the step that was planned last");
        }
        inFlight = null;
    }

    private int accept(Sequence sequence, int tokenId) {
        if (tokenId < 0) {
            sequence.finish(FinishReason.ERROR, Optional.empty());
            return Step.NO_TOKEN;
        }
        sequence.appendToken(tokenId);
        SamplingRule sampling = sequence.sampling();
        boolean mayStop = sequence.numOutputTokens() >= sequence.params().minTokens();
        if (mayStop && !sequence.params().ignoreEos() && sampling.isEos(tokenId)) {
            sequence.finish(FinishReason.STOP, Optional.empty());
        } else if (mayStop && sampling.isStopToken(tokenId)) {
            sequence.finish(FinishReason.STOP, Optional.of(tokenId));
        } else if (sequence.numOutputTokens() >= sequence.params().maxTokens()
                || sequence.numTokens() >= maxLength) {
            sequence.finish(FinishReason.LENGTH, Optional.empty());
        }
        return tokenId;
    }

    private void dropFinished() {
        int kept = 0;
        for (int i = 0; i < numRunning; i++) {
            if (!running[i].isFinished()) {
                running[kept++] = running[i];
            }
        }
        for (int i = kept; i < numRunning; i++) {
            running[i] = null;
        }
        numRunning = kept;
    }

    /** Empties the prefix cache; running sequences keep their blocks. */
    public void clearPrefixCache() {
        blocks.clearPrefixCache();
    }

    /** Whether a plan would have something to compute. */
    public boolean hasUnfinished() {
        return numRunning > 0 || !waiting.isEmpty();
    }

    /** Sequences that have blocks. */
    public int numRunning() {
        return numRunning;
    }

    /** Sequences in the queue. */
    public int numWaiting() {
        return waiting.size();
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
                numRunning,
                waiting.size(),
                numPreemptions,
                blocks.numFreeBlocks(),
                blocks.usage(),
                blocks.prefixQueries(),
                blocks.prefixHits(),
                (long) (blocks.numBlocks() - blocks.numFreeBlocks()) * blocks.blockSize(),
                numStoredTokens());
    }

    private long numStoredTokens() {
        long stored = 0;
        for (int i = 0; i < numRunning; i++) {
            stored += running[i].numComputedTokens();
        }
        return stored;
    }
}
