package quire.scheduler;

import quire.sequence.Sequence;

/** What a step that is being planned still has room for; one serves all steps. */
final class StepRoom {

    private final int maxTokens;
    private final int maxSequences;
    private final int maxPrefill;
    private final int maxRun;
    private PrefillBudget budget;
    private double prefillLeft;
    private boolean prefills;
    private int tokensLeft;
    private int logitRowsLeft;

    StepRoom(SchedulerConfig config, int maxRun) {
        maxTokens = config.maxNumBatchedTokens();
        maxSequences = config.maxNumSequences();
        this.maxRun = maxRun;
        int threshold = config.longPrefillTokenThreshold();
        maxPrefill = threshold == 0 ? maxTokens : threshold;
    }

    /**
     * All of a step's room, but for the run of each sequence that decodes and a row of logits of
     * each that runs.
     */
    void open(PrefillBudget prefill, int numRunning, int numDecoding, long context) {
        logitRowsLeft = maxSequences - numRunning;
        budget = prefill;
        prefillLeft = prefill.limit(numDecoding, context);
        prefills = false;
        tokensLeft = maxTokens - numDecoding * maxRun;
    }

    /** Whether a prompt could get a token. */
    boolean hasPrefill() {
        return prefill(0, 1) > 0;
    }

    /**
     * Of {@code wanted} prompt tokens from position {@code first} on, how many there is room for.
     * The first prompt of a step gets one at least, so that no budget stops it for ever.
     */
    int prefill(int first, int wanted) {
        int most = Math.max(budget.tokens(prefillLeft, first), prefills ? 0 : 1);
        return Math.min(Math.min(wanted, maxPrefill), Math.min(most, tokensLeft));
    }

    /** Whether another sequence can have a row of logits. */
    boolean hasLogitRow() {
        return logitRowsLeft > 0;
    }

    /** One more sequence runs and has a row of logits. */
    void takeLogitRow() {
        logitRowsLeft--;
    }

    /**
     * Of {@code count} next tokens of a sequence how many can be computed now: where its prompt is
     * scored each takes a row of logits, the first one that of the sequence.
     */
    int scored(Sequence sequence, int count) {
        return sequence.numToScore(count) == 0 ? count : Math.min(count, logitRowsLeft + 1);
    }

    /** These tokens of a sequence are planned. */
    void takeScored(Sequence sequence, int count) {
        if (sequence.numToScore(count) > 0) {
            logitRowsLeft -= count - 1;
        }
    }

    /** These prompt tokens are planned; returns their cost. */
    double takePrefill(int first, int count) {
        double cost = budget.cost(first, count);
        prefillLeft -= cost;
        tokensLeft -= count;
        prefills = true;
        return cost;
    }
}
