package quire.scheduler;

/** What a step that is being planned still has room for; one serves all steps. */
final class StepRoom {

    private final int maxTokens;
    private final int maxPrefill;
    private final int maxRun;
    private PrefillBudget budget;
    private double prefillLeft;
    private boolean prefills;
    private int tokensLeft;

    StepRoom(SchedulerConfig config, int maxRun) {
        maxTokens = config.maxNumBatchedTokens();
        this.maxRun = maxRun;
        int threshold = config.longPrefillTokenThreshold();
        maxPrefill = threshold == 0 ? maxTokens : threshold;
    }

    /** All of a step's room, but for the run of each sequence that decodes. */
    void open(PrefillBudget prefill, int numDecoding, long context) {
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

    /** These prompt tokens are planned; returns their cost. */
    double takePrefill(int first, int count) {
        double cost = budget.cost(first, count);
        prefillLeft -= cost;
        tokensLeft -= count;
        prefills = true;
        return cost;
    }
}
