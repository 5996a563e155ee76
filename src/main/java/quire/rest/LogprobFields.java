package quire.rest;

import java.util.OptionalInt;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.settings.Flags;
import quire.settings.Origin;

/**
 * What both kinds of request say about log-probabilities, each in its own fields.
 *
 * @param ofText likeliest tokens with each token of the text; empty = nothing is told
 * @param ofPrompt the same of the prompt's tokens, as the engine is asked: an echo tells them too
 */
record LogprobFields(OptionalInt ofText, OptionalInt ofPrompt) {

    /**
     * @param most likeliest tokens that this server tells
     * @throws InvalidRequestException naming the field that asks for more, or that does not go with
     *     another
     */
    static LogprobFields of(CreateCompletionRequest request, int most) {
        checkCount("logprobs", request.getLogprobs(), most);
        checkPrompt(request.getPromptLogprobs(), request.getStream(), most);
        OptionalInt ofText = SamplingFields.whole(request.getLogprobs());
        OptionalInt ofPrompt = SamplingFields.whole(request.getPromptLogprobs());
        boolean echoes = Boolean.TRUE.equals(request.getEcho()) && ofText.isPresent();
        if (echoes && Boolean.TRUE.equals(request.getUseBeamSearch())) {
            throw new InvalidRequestException(
                    "echo",
                    "'echo' is not available with 'logprobs' and 'use_beam_search' together; leave"
                            + " one of them out.");
        }
        return new LogprobFields(
                ofText,
                echoes
                        ? OptionalInt.of(Math.max(ofText.getAsInt(), ofPrompt.orElse(0)))
                        : ofPrompt);
    }

    /** The same of a chat, which asks for those of its text in two fields. */
    static LogprobFields of(CreateChatCompletionRequest request, int most) {
        checkCount("top_logprobs", request.getTopLogprobs(), most);
        checkPrompt(request.getPromptLogprobs(), request.getStream(), most);
        OptionalInt top = SamplingFields.whole(request.getTopLogprobs());
        boolean tells = Boolean.TRUE.equals(request.getLogprobs());
        if (!tells && top.orElse(0) > 0) {
            throw new InvalidRequestException(
                    "top_logprobs", "'top_logprobs' is only allowed when 'logprobs' is true.");
        }
        return new LogprobFields(
                tells ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty(),
                SamplingFields.whole(request.getPromptLogprobs()));
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
