package quire.sampling;

/**
 * What sampling remembers of the sequence in one slot: its rule, which tokens occurred, and how
 * many were generated. One object serves all the sequences that come to have the slot. Owned by the
 * {@code quire-engine} thread.
 */
public final class SamplingState {

    private static final long NOBODY = -1;

    /** Tokens of the output that are kept in their order: a power of two. */
    private static final int RECENT = BadWords.MAX_TOKENS;

    private final TokenCounts counts = new TokenCounts();
    private final int[] recent = new int[RECENT];
    private long sequenceId = NOBODY;
    private SamplingRule rule;
    private boolean counted;
    private int numOutputTokens;

    /**
     * Makes it that of a sequence, if it is not yet, or was before the sequence went on in another
     * slot: it then knows fewer tokens than there are. One that goes on here may know more, which
     * are still on their way to its owner.
     *
     * @param tokenIds prompt, then output; only read here
     * @param numTokens tokens that are known
     */
    public void belongTo(
            long theSequenceId,
            SamplingRule theRule,
            int[] tokenIds,
            int numPromptTokens,
            int numTokens) {
        if (sequenceId == theSequenceId && numOutputTokens >= numTokens - numPromptTokens) {
            return;
        }
        sequenceId = theSequenceId;
        rule = theRule;
        numOutputTokens = 0;
        counts.clear();
        counted = false;
        for (LogitChange change : rule.changes()) {
            if (change instanceof LogitChange.Penalties penalties) {
                counted = true;
                for (int i = 0; penalties.ofPrompt() && i < numPromptTokens; i++) {
                    counts.addPrompt(tokenIds[i]);
                }
            }
        }
        for (int i = numPromptTokens; i < numTokens; i++) {
            addOutput(tokenIds[i]);
        }
    }

    /** Takes a token into account that was just chosen. */
    public void addOutput(int tokenId) {
        recent[numOutputTokens % RECENT] = tokenId;
        numOutputTokens++;
        if (counted) {
            counts.addOutput(tokenId);
        }
    }

    /**
     * Whether the next token depends on more than the argmax of the model's logits; if not, the
     * device's argmax is the answer and no logits need to leave it.
     */
    public boolean needsLogits() {
        if (!rule.params().isGreedy()) {
            return true;
        }
        for (LogitChange change : rule.changes()) {
            if (change.applies(this)) {
                return true;
            }
        }
        return false;
    }

    /** The params of the request. */
    SamplingParams params() {
        return rule.params();
    }

    /** Makes the changes to a row that the rule asks for. */
    void change(LogitRow row) {
        for (LogitChange change : rule.changes()) {
            if (change.applies(this)) {
                change.apply(row, this);
            }
        }
    }

    /** Tokens generated so far. */
    int numOutputTokens() {
        return numOutputTokens;
    }

    /** The output's token that came so many tokens ago, 1 for the last one. */
    int recent(int ago) {
        return recent[(numOutputTokens - ago) % RECENT];
    }

    /** Tokens that occurred; empty where no change needs them. */
    TokenCounts counts() {
        return counts;
    }

    /** A number in [0, 1) for the next token, the same whenever it is asked for. */
    double uniform() {
        return rule.uniform(numOutputTokens);
    }
}
