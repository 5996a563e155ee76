package quire.sequence;

import java.util.Arrays;
import java.util.Optional;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;

/**
 * One choice of one request: its tokens (prompt, then output), how many of them the KV cache holds,
 * and how it ended.
 *
 * <p>Owned by the event loop, which alone calls methods that change it. While a step that has the
 * sequence is in flight, the {@code quire-engine} thread reads what the step took down when it was
 * planned, and what never changes.
 */
public final class Sequence {

    /** Output tokens that are given room at once; longer outputs grow the array by halves. */
    private static final int INITIAL_OUTPUT = 256;

    private final long id;
    private final int numPromptTokens;
    private final SamplingRule sampling;
    private final Optional<String> cacheSalt;
    private final long priority;
    private final BlockTable blockTable;
    private Guide guide = Guide.NONE;
    private long family;
    private boolean scoredByAnother;
    private int[] tokenIds;
    private int numTokens;
    private int numComputedTokens;
    private int numPlannedTokens;
    private int numStepsInFlight;
    private int leastPendingTokens;
    private int mostPendingTokens;
    private int numCachedTokens;
    private int numPreemptions;
    private boolean sittingOut;
    private boolean endedByToken;
    private SequenceStatus status = SequenceStatus.WAITING;
    private Optional<FinishReason> finishReason = Optional.empty();
    private Optional<StopReason> stopReason = Optional.empty();

    /**
     * @param id unique in the engine and ascending with arrival
     * @param promptTokenIds at least one token; copied
     * @param cacheSalt shares cached prefixes only with sequences of the same salt
     * @param priority who has a lower one goes first
     */
    public Sequence(
            long id,
            int[] promptTokenIds,
            SamplingRule sampling,
            Optional<String> cacheSalt,
            long priority) {
        if (promptTokenIds.length == 0) {
            throw new IllegalArgumentException("sequence " + id + " has an empty prompt");
        }
        this.id = id;
        this.numPromptTokens = promptTokenIds.length;
        this.sampling = sampling;
        this.cacheSalt = cacheSalt;
        this.priority = priority;
        this.blockTable = new BlockTable(cacheSalt);
        int room = Math.min(sampling.params().maxTokens(), INITIAL_OUTPUT);
        this.tokenIds = Arrays.copyOf(promptTokenIds, numPromptTokens + room);
        this.numTokens = numPromptTokens;
    }

    /** A sequence without salt, of the usual priority. */
    public Sequence(long id, int[] promptTokenIds, SamplingRule sampling) {
        this(id, promptTokenIds, sampling, Optional.empty(), 0);
    }

    /** Unique in the engine and ascending with arrival. */
    public long id() {
        return id;
    }

    /** The params of the request. */
    public SamplingParams params() {
        return sampling.params();
    }

    /** By what rule its tokens are chosen. */
    public SamplingRule sampling() {
        return sampling;
    }

    /** Shares cached prefixes only with sequences of the same salt. */
    public Optional<String> cacheSalt() {
        return cacheSalt;
    }

    /** Who has a lower one goes first. */
    public long priority() {
        return priority;
    }

    /** The KV blocks held. */
    public BlockTable blockTable() {
        return blockTable;
    }

    /** Number of the request that it is one of several choices of; 0 for an only one. */
    public long family() {
        return family;
    }

    /** It is one of several choices of a request, whose number is from 1; before it is added. */
    public void join(long requestNumber) {
        family = requestNumber;
    }

    /** Says which tokens its next one may be. */
    public Guide guide() {
        return guide;
    }

    /** Gets a guide, before it is added to a scheduler. */
    public void follow(Guide newGuide) {
        guide = newGuide;
    }

    /**
     * The backing array, valid up to {@link #numTokens}; not to be changed, replaced when it grows.
     */
    public int[] tokenIds() {
        return tokenIds;
    }

    /** The i-th token, prompt first. */
    public int tokenId(int i) {
        return tokenIds[i];
    }

    /** Known tokens: prompt and output. */
    public int numTokens() {
        return numTokens;
    }

    /** Tokens of the prompt. */
    public int numPromptTokens() {
        return numPromptTokens;
    }

    /** Another choice of its request scores the prompt of both; before it is added. */
    public void leaveScoring() {
        scoredByAnother = true;
    }

    /**
     * Whether the log-probabilities of its prompt's tokens are to be found where it is computed.
     */
    public boolean scoresPrompt() {
        return params().promptLogprobs().isPresent() && !scoredByAnother;
    }

    /**
     * How many of the next {@code count} tokens that are planned have a prompt token behind them
     * whose log-probability is wanted: the first ones, if any.
     */
    public int numToScore(int count) {
        return scoresPrompt() ? Math.clamp(numPromptTokens - 1L - numPlannedTokens, 0, count) : 0;
    }

    /** Tokens generated. */
    public int numOutputTokens() {
        return numTokens - numPromptTokens;
    }

    /** Leading tokens whose keys and values the cache holds. */
    public int numComputedTokens() {
        return numComputedTokens;
    }

    /** Leading tokens that the cache holds once the steps in flight are done. */
    public int numPlannedTokens() {
        return numPlannedTokens;
    }

    /** Steps in flight that have this sequence. */
    public int numStepsInFlight() {
        return numStepsInFlight;
    }

    /** Tokens that the steps in flight bring at least, unless it ends before. */
    public int leastPendingTokens() {
        return leastPendingTokens;
    }

    /** Tokens that the steps in flight bring at most. */
    public int mostPendingTokens() {
        return mostPendingTokens;
    }

    /** Prompt tokens that the prefix cache gave at the first admission. */
    public int numCachedTokens() {
        return numCachedTokens;
    }

    /** How often the sequence lost its blocks. */
    public int numPreemptions() {
        return numPreemptions;
    }

    /** Whether it is in no step until its guide calls. */
    public boolean isSittingOut() {
        return sittingOut;
    }

    /** Is in no step from now on, or may be again. */
    public void sitOut(boolean now) {
        sittingOut = now;
    }

    /** Where it is in its life. */
    public SequenceStatus status() {
        return status;
    }

    /** Whether it ended. */
    public boolean isFinished() {
        return status == SequenceStatus.FINISHED;
    }

    /** Why it ended; empty while it lives. */
    public Optional<FinishReason> finishReason() {
        return finishReason;
    }

    /** The stop token or stop string that ended it; empty for everything else. */
    public Optional<StopReason> stopReason() {
        return stopReason;
    }

    /** Appends a generated token. */
    public void appendToken(int tokenId) {
        if (numTokens == tokenIds.length) {
            tokenIds = Arrays.copyOf(tokenIds, numTokens + (numTokens >> 1) + 1);
        }
        tokenIds[numTokens++] = tokenId;
    }

    /**
     * A step was planned that has it.
     *
     * @param numTokens known or pending tokens that the step computes
     * @param maxRun most tokens that the step brings; 0 if it samples none
     */
    public void planned(int numTokens, int maxRun) {
        numPlannedTokens += numTokens;
        numStepsInFlight++;
        leastPendingTokens += maxRun > 0 ? 1 : 0;
        mostPendingTokens += maxRun;
    }

    /** Such a step is back, with the {@code maxRun} that it was planned with. */
    public void back(int maxRun) {
        numStepsInFlight--;
        leastPendingTokens -= maxRun > 0 ? 1 : 0;
        mostPendingTokens -= maxRun;
    }

    /**
     * What a step computed is in the cache.
     *
     * @param newNumComputedTokens leading tokens that it now holds
     * @param numMore of these, tokens that were not counted when the step was planned; negative for
     *     tokens that are to be computed again
     */
    public void advance(int newNumComputedTokens, int numMore) {
        numComputedTokens = newNumComputedTokens;
        numPlannedTokens += numMore;
    }

    /**
     * Admitted to the running ones with {@code numHit} leading tokens found in the prefix cache.
     */
    public void start(int numHit) {
        status = SequenceStatus.RUNNING;
        numComputedTokens = numHit;
        numPlannedTokens = numHit;
        if (numPreemptions == 0) {
            // Output that its guide forced may have been found, too.
            numCachedTokens = Math.min(numHit, numPromptTokens);
        }
    }

    /**
     * Is to lose its blocks; keeps its tokens, those that steps in flight bring too, and waits for
     * them to be computed again.
     */
    public void preempt() {
        status = SequenceStatus.WAITING;
        numComputedTokens = 0;
        numPlannedTokens = 0;
        sittingOut = false;
        numPreemptions++;
    }

    /** Whether its last token ended it, and is no part of its text. */
    public boolean isEndedByToken() {
        return endedByToken;
    }

    /** Its last token ends it. */
    public void finishByToken(Optional<StopReason> newStopReason) {
        finish(FinishReason.STOP, newStopReason);
        endedByToken = true;
    }

    /** Ends it. */
    public void finish(FinishReason reason, Optional<StopReason> newStopReason) {
        if (isFinished()) {
            throw new IllegalStateException("sequence " + id + " finished twice");
        }
        status = SequenceStatus.FINISHED;
        finishReason = Optional.of(reason);
        stopReason = newStopReason;
    }

    /** What a log line shows; never a token. */
    @Override
    public String toString() {
        return "sequence %d (%s, %d + %d tokens)"
                .formatted(id, status, numPromptTokens, numOutputTokens());
    }
}
