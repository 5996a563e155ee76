package quire.rest;

import java.util.Optional;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** What a choice said since the buffer of its stream was full. */
final class Gathered {

    private final StringBuilder text = new StringBuilder();
    private int numTokens;
    private Optional<FinishReason> finishReason = Optional.empty();
    private Optional<StopReason> stopReason = Optional.empty();

    void add(GenerationOutput output) {
        text.append(output.text());
        numTokens = output.numTokens();
        finishReason = output.finishReason();
        stopReason = output.stopReason();
    }

    CharSequence text() {
        return text;
    }

    /** Tokens of the choice so far, those before the buffer was full included. */
    int numTokens() {
        return numTokens;
    }

    Optional<FinishReason> finishReason() {
        return finishReason;
    }

    Optional<StopReason> stopReason() {
        return stopReason;
    }
}
