package quire.rest;

import java.util.Optional;
import java.util.OptionalInt;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.generation.GenerationRequest;
import quire.sampling.SamplingParams;
import quire.settings.Flags;
import quire.settings.Origin;

/**
 * What both kinds of request say of how they are to be served, beside their prompt and sampling.
 *
 * @param priority who has a lower one goes first
 * @param cacheSalt shares cached prefixes only with requests of the same salt
 * @param truncation tokens of a prompt that are kept, the last ones; -1 for as many as leave room
 * @param joinsSpecialTokens whether no space stands between special tokens
 * @param tellsTokenIds whether the answer has the ids of its tokens and of its prompt's
 * @param namesTokensById whether log-probabilities are those of {@code token_id:17}
 */
record Handling(
        long priority,
        Optional<String> cacheSalt,
        OptionalInt truncation,
        boolean joinsSpecialTokens,
        boolean tellsTokenIds,
        boolean namesTokensById) {

    static Handling of(SampledRequest request) {
        return new Handling(
                Optional.ofNullable(request.getPriority()).orElse(0L),
                Optional.ofNullable(request.getCacheSalt()),
                SamplingFields.whole(request.getTruncatePromptTokens()),
                joins(request.getSpacesBetweenSpecialTokens(), request.getSkipSpecialTokens()),
                Boolean.TRUE.equals(request.getReturnTokenIds()),
                Boolean.TRUE.equals(request.getReturnTokensAsTokenIds()));
    }

    /** As in vLLM, spaces are looked at where special tokens are text. */
    private static boolean joins(Boolean spaces, Boolean skips) {
        return Boolean.FALSE.equals(spaces) && Boolean.FALSE.equals(skips);
    }

    /**
     * @param priorities whether this server has a use for priorities
     * @throws InvalidRequestException if it has none, and the request has one
     */
    void check(boolean priorities) {
        if (priority != 0 && !priorities) {
            throw new InvalidRequestException(
                    "priority",
                    "'priority' is "
                            + priority
                            + ", but this server takes requests as they come; leave it out, or"
                            + " start the server with "
                            + Origin.COMMAND_LINE.spell(Flags.SCHEDULING_POLICY.name())
                            + " priority.");
        }
    }

    /**
     * What the engine is asked for.
     *
     * @param name for logs
     * @param form what the answer is to be, where that is not any text
     * @param shown special tokens that are text in any case
     */
    GenerationRequest request(
            String name,
            int[] prompt,
            SamplingParams params,
            Optional<AnswerForm> form,
            int... shown) {
        return new GenerationRequest(
                name,
                prompt,
                params,
                priority,
                cacheSalt,
                new GenerationRequest.Display(shown, joinsSpecialTokens, tellsTokenIds),
                form);
    }
}
