package quire.rest;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import quire.chat.Reading;
import quire.generation.GenerationRequest;

/**
 * What one HTTP request asks the engine for.
 *
 * @param id the answer's id
 * @param model the name that the client used
 * @param created seconds since 1970
 * @param prompts one request to the engine for each prompt, at least one
 * @param choicesPerPrompt choice {@code c} of prompt {@code p} is the answer's choice {@code p *
 *     choicesPerPrompt + c}
 * @param streaming how to stream, if at all
 * @param reading how choices are read
 * @param logprobs how log-probabilities are told
 * @param echo the prompts, where they come before their completions
 * @param begun what each choice of a chat begins with, before the model says anything
 */
record GenerationPlan(
        String id,
        String model,
        long created,
        List<GenerationRequest> prompts,
        int choicesPerPrompt,
        Streaming streaming,
        Reading reading,
        LogprobFormat logprobs,
        Optional<Echo.Prompts> echo,
        String begun) {

    /** How the answer leaves. */
    enum Streaming {
        /** As one body. */
        OFF,
        ON,
        /** With a last chunk that carries the usage. */
        WITH_USAGE,
        /** With the usage so far in every chunk. */
        WITH_CONTINUOUS_USAGE
    }

    GenerationPlan {
        prompts = List.copyOf(prompts);
    }

    int numChoices() {
        return prompts.size() * choicesPerPrompt;
    }

    int numPromptTokens(int prompt) {
        return prompts.get(prompt).promptTokenIds().length;
    }

    /** Whether the ids of tokens are part of the answer. */
    boolean tellsTokenIds() {
        return prompts.getFirst().display().tellsTokenIds();
    }

    /** Whether something is told of each token of the prompts, which may be many. */
    boolean tellsPrompts() {
        return tellsTokenIds() || echo.isPresent() && logprobs.logprobs().isPresent();
    }

    /** The tokens of the prompt behind a choice; not to be modified. */
    int[] promptTokenIds(int choice) {
        return prompts.get(choice / choicesPerPrompt).promptTokenIds();
    }

    /** The same for a body; null where they are no part of the answer. */
    List<Integer> promptIds(int choice) {
        return tellsTokenIds() ? Arrays.stream(promptTokenIds(choice)).boxed().toList() : null;
    }
}
