package quire.scheduler;

import java.util.Optional;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.sequence.StopReason;

/** What a sequence takes of its run and of its guide, and where that ends it. */
final class Acceptance {

    private Acceptance() {}

    /**
     * Appends the run of the i-th sequence up to the token that ends it; an empty run ends it with
     * an error, unless it sat the step out.
     *
     * @return tokens appended
     */
    static int append(Sequence sequence, StepResult result, int i, int maxLength) {
        int length = result.numTokens(i);
        if (length == 0 && !result.satOut(i)) {
            sequence.finish(FinishReason.ERROR, Optional.empty());
        }
        int taken = 0;
        while (taken < length && !sequence.isFinished()) {
            append(sequence, result.token(i, taken++), maxLength);
        }
        return taken;
    }

    /**
     * Takes in what the guide of a sequence knows of what must follow: tokens that are forced, that
     * nothing can follow, or that it failed.
     */
    static void follow(Sequence sequence, int maxLength) {
        Guide guide = sequence.guide();
        if (guide == Guide.NONE || sequence.isFinished()) {
            return;
        }
        Guide.Progress progress = guide.progress();
        int[] forced = progress == Guide.Progress.WORKING ? Guide.NO_TOKENS : guide.takeForced();
        for (int i = 0; i < forced.length && !sequence.isFinished(); i++) {
            append(sequence, forced[i], maxLength);
        }
        if (sequence.isFinished()) {
            return;
        }
        switch (progress) {
            case ENDED -> sequence.finish(FinishReason.STOP, Optional.empty());
            case FAILED -> sequence.finish(FinishReason.ERROR, Optional.empty());
            case WORKING, OPEN -> {}
        }
    }

    private static void append(Sequence sequence, int tokenId, int maxLength) {
        sequence.appendToken(tokenId);
        SamplingRule sampling = sequence.sampling();
        boolean mayStop = sequence.numOutputTokens() >= sequence.params().minTokens();
        if (mayStop && !sequence.params().ignoreEos() && sampling.isEos(tokenId)) {
            sequence.finishByToken(Optional.empty());
        } else if (mayStop && sampling.isStopToken(tokenId)) {
            sequence.finishByToken(Optional.of(new StopReason.Token(tokenId)));
        } else if (sequence.numOutputTokens() >= sequence.params().maxTokens()
                || sequence.numTokens() >= maxLength) {
            sequence.finish(FinishReason.LENGTH, Optional.empty());
        }
    }
}
