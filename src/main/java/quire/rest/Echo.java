package quire.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.generation.GenerationOutput;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;

/** Puts the prompts of one answer before their completions. Used on the server's event loop. */
final class Echo {

    /**
     * What is put before.
     *
     * @param texts one for each prompt
     * @param alone whether nothing follows: the token that the engine made is left out
     */
    record Prompts(List<String> texts, boolean alone) {

        Prompts {
            texts = List.copyOf(texts);
        }
    }

    private static final int[] NO_IDS = {};

    private final Prompts prompts;
    private final boolean[] begun;

    Echo(Prompts prompts, int numChoices) {
        this.prompts = prompts;
        this.begun = new boolean[numChoices];
    }

    /**
     * What is shown of an output.
     *
     * @param choice place in the answer
     */
    GenerationOutput shown(int prompt, int choice, GenerationOutput output) {
        if (begun[choice]) {
            return output;
        }
        begun[choice] = true;
        String text = prompts.texts().get(prompt);
        if (prompts.alone()) {
            return new GenerationOutput(
                    output.choice(),
                    text,
                    0,
                    Optional.of(FinishReason.LENGTH),
                    Optional.empty(),
                    NO_IDS,
                    output.logprobs().isEmpty() ? List.of() : output.promptLogprobs(),
                    output.promptLogprobs());
        }
        List<TokenLogprobs> logprobs = output.logprobs();
        if (!logprobs.isEmpty()) {
            logprobs = new ArrayList<>(output.promptLogprobs());
            logprobs.addAll(output.logprobs());
        }
        return new GenerationOutput(
                output.choice(),
                text + output.text(),
                output.numTokens(),
                output.finishReason(),
                output.stopReason(),
                output.tokenIds(),
                logprobs,
                output.promptLogprobs());
    }
}
