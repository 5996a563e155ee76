package quire.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.sampling.TokenLogprobs;
import quire.scheduler.StepResult;
import quire.sequence.FinishReason;
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
    }

    Sequence sequence() {
        return sequence;
    }

    Generation generation() {
        return generation;
    }

    /** Whether its last output was made, or it was cancelled or lost. */
    boolean isDone() {
        return done;
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

    /**
     * Turns the tokens that the sequence just got into an output. A stop string in the text ends
     * the choice although the sequence goes on: the caller finishes it.
     *
     * @param i the sequence's place in the step that has the result; it got a token at least
     */
    GenerationOutput take(StepResult result, int i, EngineObserver observer, long nowNanos) {
        int length = result.numTokens(i);
        String text = "";
        List<TokenLogprobs> logprobs =
                sequence.params().logprobs().isPresent() ? new ArrayList<>(length) : List.of();
        int taken = 0;
        for (int j = 0; j < length && !stopStrings.isMatched(); j++) {
            taken++;
            observe(observer, nowNanos);
            numTokens++;
            text = join(text, text(result.token(i, j), j == length - 1));
            if (sequence.params().logprobs().isPresent()) {
                logprobs.add(result.logprobs(i, j));
            }
        }
        List<TokenLogprobs> ofPrompt = List.of(promptLogprobs);
        promptLogprobs = NO_LOGPROBS;
        boolean stopped = stopStrings.isMatched();
        return new GenerationOutput(
                index,
                text,
                numTokens,
                stopped ? Optional.of(FinishReason.STOP) : sequence.finishReason(),
                stopped ? stopStrings.matched().map(StopReason.Text::new) : sequence.stopReason(),
                tellsTokenIds ? tokenIds(result, i, taken) : NO_IDS,
                logprobs,
                ofPrompt);
    }

    private static int[] tokenIds(StepResult result, int i, int count) {
        int[] ids = new int[count];
        for (int j = 0; j < count; j++) {
            ids[j] = result.token(i, j);
        }
        return ids;
    }

    /** What a token makes certain; with the last one of a sequence that ended, all there is. */
    private String text(int token, boolean last) {
        Optional<FinishReason> finish = last ? sequence.finishReason() : Optional.empty();
        boolean endedByToken = finish.equals(Optional.of(FinishReason.STOP));
        String text =
                endedByToken && !sequence.params().includeStopStrInOutput()
                        ? ""
                        : detokenizer.append(token);
        if (finish.isPresent()) {
            text = join(text, detokenizer.finish());
        }
        if (!sequence.params().stop().isEmpty()) {
            stopStrings.setEnabled(numTokens > sequence.params().minTokens());
            text = stopStrings.append(text);
            if (finish.isPresent() && !stopStrings.isMatched()) {
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
