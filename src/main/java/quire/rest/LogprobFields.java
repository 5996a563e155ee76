package quire.rest;

import java.util.OptionalInt;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.settings.Flags;
import quire.settings.Origin;

/** What both kinds of request say about log-probabilities, each in its own fields. */
final class LogprobFields {

    private LogprobFields() {}

    /** Likeliest tokens with each token of the text; empty = nothing is told. */
    static OptionalInt logprobs(CreateCompletionRequest request) {
        return SamplingFields.whole(request.getLogprobs());
    }

    /** The same of a chat, which asks for them in two fields. */
    static OptionalInt logprobs(CreateChatCompletionRequest request) {
        if (!Boolean.TRUE.equals(request.getLogprobs())) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(SamplingFields.whole(request.getTopLogprobs()).orElse(0));
    }

    /** The same of the prompt's tokens, as the engine is asked: an echo tells them too. */
    static OptionalInt promptLogprobs(CreateCompletionRequest request) {
        OptionalInt beside = SamplingFields.whole(request.getPromptLogprobs());
        if (!Boolean.TRUE.equals(request.getEcho()) || request.getLogprobs() == null) {
            return beside;
        }
        return OptionalInt.of(Math.max(request.getLogprobs(), beside.orElse(0)));
    }

    static OptionalInt promptLogprobs(CreateChatCompletionRequest request) {
        return SamplingFields.whole(request.getPromptLogprobs());
    }

    /**
     * @param most likeliest tokens that this server tells
     * @throws InvalidRequestException naming the field that asks for more, or without another
     */
    static void check(CreateCompletionRequest request, int most) {
        checkCount("logprobs", request.getLogprobs(), most);
        checkPrompt(request.getPromptLogprobs(), request.getStream(), most);
    }

    /**
     * @param most likeliest tokens that this server tells
     * @throws InvalidRequestException naming the field that asks for more, or without another
     */
    static void check(CreateChatCompletionRequest request, int most) {
        checkCount("top_logprobs", request.getTopLogprobs(), most);
        checkPrompt(request.getPromptLogprobs(), request.getStream(), most);
        boolean alone = !Boolean.TRUE.equals(request.getLogprobs());
        if (alone && SamplingFields.whole(request.getTopLogprobs()).orElse(0) > 0) {
            throw new InvalidRequestException(
                    "top_logprobs", "'top_logprobs' is only allowed when 'logprobs' is true.");
        }
    }

    private static void checkPrompt(Integer count, Boolean stream, int most) {
        checkCount("prompt_logprobs", count, most);
        if (count != null && Boolean.TRUE.equals(stream)) {
            throw new InvalidRequestException(
                    "prompt_logprobs",
                    "'prompt_logprobs' is not available with 'stream'; leave one of them out.");
        }
    }

    private static void checkCount(String field, Integer count, int most) {
        if (count != null && count > most) {
            throw new InvalidRequestException(
                    field,
                    "'"
                            + field
                            + "' is "
                            + count
                            + "; this server tells at most "
                            + most
                            + " ("
                            + Origin.COMMAND_LINE.spell(Flags.MAX_LOGPROBS.name())
                            + ").");
        }
    }
}
