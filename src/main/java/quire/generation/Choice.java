package quire.generation;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import quire.error.EngineException;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.error.RequestField;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.sequence.StopReason;
import quire.tokenizer.Detokenizer;
import quire.tokenizer.StopStrings;

/**
 * One choice of a generation on its way from token ids to text, with the times that metrics want.
 * Owned by the engine's executor.
 */
final class Choice {

    private static final TokenLogprobs[] NO_LOGPROBS = {};
    private static final int[] NO_IDS = {};

    private final Generation generation;
    private final int index;
    private final Sequence sequence;
    private final Detokenizer detokenizer;
    private final StopStrings stopStrings;
    private final boolean tellsTokenIds;
    private final long arrivedNanos;
    private long scheduledNanos;
    private long firstTokenNanos;
    private long lastTokenNanos;
    private int numTokens;
    private TokenLogprobs[] promptLogprobs = NO_LOGPROBS;
    private boolean awaitsPrompt;
    private boolean entered;
    private boolean done;

    Choice(
            Generation generation,
            int index,
            Sequence sequence,
            Detokenizer detokenizer,
            StopStrings stopStrings,
            boolean tellsTokenIds,
            long arrivedNanos) {
        this.generation = generation;
        this.index = index;
        this.sequence = sequence;
        this.detokenizer = detokenizer;
        this.stopStrings = stopStrings;
        this.tellsTokenIds = tellsTokenIds;
        this.arrivedNanos = arrivedNanos;
        if (sequence.scoresPrompt()) {
            promptLogprobs = new TokenLogprobs[sequence.numPromptTokens()];
            promptLogprobs[0] = TokenLogprobs.first(sequence.tokenId(0));
        }
        this.awaitsPrompt =
                !sequence.scoresPrompt() && sequence.params().promptLogprobs().isPresent();
    }

    Sequence sequence() {
        return sequence;
    }

    Generation generation() {
        return generation;
    }

    /** Whether its sequence was added to the scheduler. */
    boolean hasEntered() {
        return entered;
    }

    /** Its sequence is added to the scheduler. */
    void enter() {
        entered = true;
    }

    /** Whether its last output was made, or it was cancelled or lost. */
    boolean isDone() {
        return done;
    }

    /** Whether a step had it. */
    boolean hasBegun() {
        return scheduledNanos != 0;
    }

    /** Why it gets no token more, where its sequence ended with an error. */
    QuireException failure() {
        Guide guide = sequence.guide();
        if (guide.failure().isPresent()) {
            return guide.failure().get();
        }
        Optional<String> restriction = sequence.sampling().restriction();
        if (guide == Guide.NONE && restriction.isPresent()) {
            return new InvalidRequestException(
                    restriction.get(),
                    RequestField.named(restriction.get())
                            + " leaves no token that could come next; allow others, or end the"
                            + " text before.");
        }
        return guide == Guide.NONE
                ? new EngineException(
                        "the model gave no usable logits for "
                                + generation.id()
                                + " (all were NaN)")
                : new InvalidRequestException(
                        "",
                        "After "
                                + numTokens
                                + " tokens nothing that the answer's grammar allows is left by the"
                                + " other parameters of the request; relax one of them.");
    }

    /** A step has it; the first time counts. */
    void scheduled(long nowNanos) {
        if (scheduledNanos == 0) {
            scheduledNanos = nowNanos;
        }
    }

    /**
     * Keeps what a step found of the prompt. One that is computed again finds the same again.
     *
     * @param position of the first token whose row gave something about the one behind it
     */
    void score(int position, TokenLogprobs[] scores) {
        if (scores.length > 0 && promptLogprobs.length > 0) {
            System.arraycopy(scores, 0, promptLogprobs, position + 1, scores.length);
        }
    }

    /** Whether another choice is to say what it finds of the prompt before this one enters. */
    boolean awaitsPrompt() {
        return awaitsPrompt;
    }

    /** Tells what another choice has found of the prompt. */
    void tellPrompt(List<TokenLogprobs> found) {
        promptLogprobs = found.toArray(NO_LOGPROBS);
        awaitsPrompt = false;
    }

    /** Whether the sequence has tokens, or ended, and no output told of it. */
    boolean hasNews() {
        return numNewTokens() > 0 || sequence.isFinished();
    }

    /** Tokens of the sequence that no output told of. */
    int numNewTokens() {
        return sequence.numOutputTokens() - numTokens;
    }

    /**
     * Turns the tokens that the sequence got since the last time into an output: what a step
     * sampled, and what a guide forced. A stop string in the text ends the choice although the
     * sequence goes on: the caller finishes it.
     *
     * @param logprobs of the newest of these tokens, where they are wanted
     */
    GenerationOutput take(List<TokenLogprobs> logprobs, EngineObserver observer, long nowNanos) {
        int known = sequence.numOutputTokens();
        int before = numTokens;
        String text = "";
        while (numTokens < known && !stopStrings.isMatched()) {
            observe(observer, nowNanos);
            int token = sequence.tokenId(sequence.numPromptTokens() + numTokens++);
            text = join(text, text(token, numTokens == known && sequence.isEndedByToken()));
        }
        if (sequence.isFinished() && !stopStrings.isMatched()) {
            text = join(text, rest());
        }
        int taken = numTokens - before;
        List<TokenLogprobs> ofPrompt = List.of(promptLogprobs);
        promptLogprobs = NO_LOGPROBS;
        boolean stopped = stopStrings.isMatched();
        return new GenerationOutput(
                index,
                text,
                numTokens,
                stopped ? Optional.of(FinishReason.STOP) : sequence.finishReason(),
                stopped ? stopStrings.matched().map(StopReason.Text::new) : sequence.stopReason(),
                tellsTokenIds ? tokenIds(taken) : NO_IDS,
                taken < logprobs.size() ? logprobs.subList(0, taken) : logprobs,
                ofPrompt);
    }

    private int[] tokenIds(int count) {
        int end = sequence.numPromptTokens() + numTokens;
        return Arrays.copyOfRange(sequence.tokenIds(), end - count, end);
    }

    /**
     * What a token makes certain.
     *
     * @param ends whether it is there to end the text alone
     */
    private String text(int token, boolean ends) {
        String text =
                ends && !sequence.params().includeStopStrInOutput()
                        ? ""
                        : detokenizer.append(token);
        if (!sequence.params().stop().isEmpty()) {
            stopStrings.setEnabled(numTokens > sequence.params().minTokens());
            text = stopStrings.append(text);
        }
        return text;
    }

    /** What was held back, once no token follows. */
    private String rest() {
        String text = detokenizer.finish();
        if (!sequence.params().stop().isEmpty()) {
            text = stopStrings.append(text);
            if (!stopStrings.isMatched()) {
                text = join(text, stopStrings.finish());
            }
        }
        return text;
    }

    private void observe(EngineObserver observer, long nowNanos) {
        if (firstTokenNanos == 0) {
            firstTokenNanos = nowNanos;
            observer.firstToken(nowNanos - arrivedNanos, sequence.numPromptTokens());
        } else {
            observer.nextToken(nowNanos - lastTokenNanos);
        }
        lastTokenNanos = nowNanos;
    }

    /** Marks it done and tells the observer of its life. */
    void end(EngineObserver observer, FinishReason reason, long nowNanos) {
        done = true;
        sequence.guide().close();
        long scheduled = scheduledNanos == 0 ? nowNanos : scheduledNanos;
        long first = firstTokenNanos == 0 ? nowNanos : firstTokenNanos;
        long last = firstTokenNanos == 0 ? nowNanos : lastTokenNanos;
        observer.choiceFinished(
                new EngineObserver.ChoiceRecord(
                        reason,
                        sequence.params(),
                        index == 0,
                        sequence.numPromptTokens(),
                        sequence.numCachedTokens(),
                        numTokens,
                        scheduled - arrivedNanos,
                        first - scheduled,
                        last - first,
                        nowNanos - arrivedNanos));
    }

    private static String join(String head, String tail) {
        if (head.isEmpty()) {
            return tail;
        }
        return tail.isEmpty() ? head : head + tail;
    }
}
