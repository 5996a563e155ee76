package quire.rest;

import java.util.OptionalInt;
import quire.rest.api.model.CompletionTokensDetails;
import quire.rest.api.model.PromptTokensDetails;
import quire.rest.api.model.Usage;

/**
 * Tokens read and made.
 *
 * @param numCachedTokens of the read ones, those that came from the prefix cache
 * @param numReasoningTokens of the made ones, those of thoughts, where these are told apart
 */
record TokenUsage(
        int numPromptTokens,
        int numCompletionTokens,
        int numCachedTokens,
        OptionalInt numReasoningTokens) {

    TokenUsage(int numPromptTokens, int numCompletionTokens, int numCachedTokens) {
        this(numPromptTokens, numCompletionTokens, numCachedTokens, OptionalInt.empty());
    }

    Usage toApi() {
        Usage usage =
                new Usage()
                        .promptTokens(numPromptTokens)
                        .completionTokens(numCompletionTokens)
                        .totalTokens(numPromptTokens + numCompletionTokens)
                        .promptTokensDetails(
                                new PromptTokensDetails().cachedTokens(numCachedTokens));
        numReasoningTokens.ifPresent(
                count ->
                        usage.completionTokensDetails(
                                new CompletionTokensDetails().reasoningTokens(count)));
        return usage;
    }
}
