package quire.rest;

import quire.rest.api.model.PromptTokensDetails;
import quire.rest.api.model.Usage;

/** Tokens read and made; {@code numCachedTokens} of the read ones came from the prefix cache. */
record TokenUsage(int numPromptTokens, int numCompletionTokens, int numCachedTokens) {

    Usage toApi() {
        return new Usage()
                .promptTokens(numPromptTokens)
                .completionTokens(numCompletionTokens)
                .totalTokens(numPromptTokens + numCompletionTokens)
                .promptTokensDetails(new PromptTokensDetails().cachedTokens(numCachedTokens));
    }
}
