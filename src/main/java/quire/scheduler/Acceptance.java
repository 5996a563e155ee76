package quire.scheduler;

import java.util.Optional;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.StopReason;

/** What a sequence takes of its run, and where that ends it. */
final class Acceptance {

    private Acceptance() {}

    /**
     * Appends the run of the i-th sequence up to the token that ends it; an empty run ends it with
     * an error.
     *
     * @return tokens appended
     */
    static int append(Sequence sequence, StepResult result, int i, int maxLength) {
        int length = result.numTokens(i);
        if (length == 0) {
            sequence.finish(FinishReason.ERROR, Optional.empty());
        }
        int taken = 0;
        while (taken < length && !sequence.isFinished()) {
            append(sequence, result.token(i, taken++), maxLength);
        }
        return taken;
    }

    private static void append(Sequence sequence, int tokenId, int maxLength) {
        sequence.appendToken(tokenId);
        SamplingRule sampling = sequence.sampling();
        boolean mayStop = sequence.numOutputTokens() >= sequence.params().minTokens();
        if (mayStop && !sequence.params().ignoreEos() && sampling.isEos(tokenId)) {
            sequence.finish(FinishReason.STOP, Optional.empty());
        } else if (mayStop && sampling.isStopToken(tokenId)) {
            sequence.finish(FinishReason.STOP, Optional.of(new StopReason.Token(tokenId)));
        } else if (sequence.numOutputTokens() >= sequence.params().maxTokens()
                || sequence.numTokens() >= maxLength) {
            sequence.finish(FinishReason.LENGTH, Optional.empty());
        }
    }
}
