package quire;

import java.util.List;
import java.util.Optional;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/**
 * What a prompt became.
 *
 * @param choices one for each of {@code SamplingParams.n()}
 * @param numPromptTokens tokens of the prompt
 * @param numCachedTokens of which the prefix cache gave
 */
public record Completion(List<Choice> choices, int numPromptTokens, int numCachedTokens) {

    /**
     * One answer.
     *
     * @param numTokens tokens generated
     * @param stopReason the stop string or the id of the stop token that ended it
     */
    public record Choice(
            String text,
            int numTokens,
            FinishReason finishReason,
            Optional<StopReason> stopReason) {}

    public Completion {
        choices = List.copyOf(choices);
    }

    /** Text of the first choice. */
    public String text() {
        return choices.getFirst().text();
    }
}
