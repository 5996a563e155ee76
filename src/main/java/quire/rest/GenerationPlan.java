package quire.rest;

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
        Optional<Echo.Prompts> echo) {

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
}
