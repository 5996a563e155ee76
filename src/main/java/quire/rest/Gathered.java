package quire.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.generation.GenerationOutput;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** What a choice said since the buffer of its stream was full. */
final class Gathered {

    private final StringBuilder text = new StringBuilder();
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private final IntStream.Builder tokenIds = IntStream.builder();
    private int numTokens;
    private Optional<FinishReason> finishReason = Optional.empty();
    private Optional<StopReason> stopReason = Optional.empty();

    void add(GenerationOutput output) {
        text.append(output.text());
        logprobs.addAll(output.logprobs());
        IntStream.of(output.tokenIds()).forEach(tokenIds);
        numTokens = output.numTokens();
        finishReason = output.finishReason();
        stopReason = output.stopReason();
    }

    /** All of it, once, as one output, whose tokens count those before the buffer was full too. */
    GenerationOutput output(int choice) {
        return new GenerationOutput(
                choice,
                text.toString(),
                numTokens,
                finishReason,
                stopReason,
                tokenIds.build().toArray(),
                logprobs,
                List.of());
    }
}
