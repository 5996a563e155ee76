package quire.scheduler;

import quire.sequence.Guide;
import quire.sequence.Sequence;

/** What a step that is planned now could do for a running sequence. */
final class Outlook {

    private final int mostRun;
    private final int maxLength;

    /**
     * @param mostRun most tokens that a step gives a sequence that decodes
     * @param maxLength most tokens of a sequence, prompt and output
     */
    Outlook(int mostRun, int maxLength) {
        this.mostRun = mostRun;
        this.maxLength = maxLength;
    }

    /** Tells the step how many decode, and with how many tokens before them. */
    void countDecoding(RunningSequences running, Step step) {
        int numDecoding = 0;
        long context = 0;
        for (int i = 0; i < running.size(); i++) {
            if (decodes(running.get(i))) {
                numDecoding++;
                context += running.get(i).numPlannedTokens() + 1;
            }
        }
        step.setDecoding(numDecoding, context);
    }

    /** Tokens that a step could compute. */
    int uncomputed(Sequence sequence) {
        int pending = sequence.leastPendingTokens();
        boolean waits = sequence.isSittingOut() || pending > 0 && sequence.guide() != Guide.NONE;
        boolean mayEnd =
                pending > 0
                        && sequence.numTokens() + sequence.mostPendingTokens()
                                >= mostTokens(sequence);
        return waits || mayEnd ? 0 : sequence.numTokens() + pending - sequence.numPlannedTokens();
    }

    /** Tokens of a sequence that ends by its length. */
    private int mostTokens(Sequence sequence) {
        return (int)
                Math.min(
                        maxLength,
                        (long) sequence.numPromptTokens() + sequence.params().maxTokens());
    }

    /** Whether somebody waits for its next token; one that is computed again waits for more. */
    boolean decodes(Sequence sequence) {
        return sequence.numOutputTokens() + sequence.leastPendingTokens() > 0
                && uncomputed(sequence) == 1;
    }

    /** Most tokens that a step gives it that computes {@code numNew} of its tokens. */
    int maxRun(Sequence sequence, int numNew, boolean decodes) {
        if (numNew < uncomputed(sequence)) {
            return 0;
        }
        int left = mostTokens(sequence) - sequence.numTokens() - sequence.mostPendingTokens();
        return decodes && sequence.guide() == Guide.NONE ? Math.min(mostRun, left) : 1;
    }
}
