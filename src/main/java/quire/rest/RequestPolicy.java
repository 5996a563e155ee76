package quire.rest;

import java.util.Map;
import java.util.Optional;
import quire.chat.Reading;
import quire.error.InvalidRequestException;
import quire.generation.ThoughtLimit;
import quire.reasoning.ReasoningFormat;
import quire.settings.Flags;
import quire.settings.Origin;
import quire.settings.SchedulingPolicy;
import quire.settings.Settings;
import quire.tokenizer.Tokenizer;

/**
 * What this server lets requests ask for.
 *
 * @param maxLogprobs most likeliest tokens that come with one
 * @param priorities whether some may go before others
 * @param ownTemplates whether they may bring chat templates
 * @param thoughts how the model writes these; empty where they are part of the answer
 * @param templateVariables what chat templates get unless a request says otherwise
 */
record RequestPolicy(
        int maxLogprobs,
        boolean priorities,
        boolean ownTemplates,
        Optional<ReasoningFormat> thoughts,
        Map<String, Object> templateVariables) {

    private static final int NO_LIMIT = -1;

    static RequestPolicy of(Settings settings) {
        return new RequestPolicy(
                settings.of(Flags.MAX_LOGPROBS),
                settings.of(Flags.SCHEDULING_POLICY) == SchedulingPolicy.PRIORITY,
                settings.of(Flags.TRUST_REQUEST_CHAT_TEMPLATE),
                settings.of(Flags.REASONING_PARSER),
                settings.of(Flags.DEFAULT_CHAT_TEMPLATE_KWARGS));
    }

    /**
     * How long the thought before an answer may be.
     *
     * @param budget its tokens, or null or -1 for any number
     * @param prompt its token ids
     * @throws InvalidRequestException if thoughts are not told apart here, so that none can end
     */
    Optional<ThoughtLimit> thoughtLimit(Integer budget, int[] prompt, Tokenizer tokenizer) {
        if (budget == null || budget == NO_LIMIT) {
            return Optional.empty();
        }
        ReasoningFormat format =
                thoughts.orElseThrow(
                        () ->
                                new InvalidRequestException(
                                        "thinking_token_budget",
                                        "'thinking_token_budget' cannot be kept: this server does"
                                                + " not tell thoughts apart; start it with "
                                                + Origin.COMMAND_LINE.spell(
                                                        Flags.REASONING_PARSER.name())
                                                + ", or leave it out."));
        return Optional.of(
                Reading.Thoughts.behind(prompt, format, tokenizer).limit(budget, tokenizer));
    }
}
