package quire.rest;

import java.util.Map;
import quire.settings.Flags;
import quire.settings.SchedulingPolicy;
import quire.settings.Settings;

/**
 * What this server lets requests ask for.
 *
 * @param maxLogprobs most likeliest tokens that come with one
 * @param priorities whether some may go before others
 * @param ownTemplates whether they may bring chat templates
 * @param templateVariables what chat templates get unless a request says otherwise
 */
record RequestPolicy(
        int maxLogprobs,
        boolean priorities,
        boolean ownTemplates,
        Map<String, Object> templateVariables) {

    static RequestPolicy of(Settings settings) {
        return new RequestPolicy(
                settings.of(Flags.MAX_LOGPROBS),
                settings.of(Flags.SCHEDULING_POLICY) == SchedulingPolicy.PRIORITY,
                settings.of(Flags.TRUST_REQUEST_CHAT_TEMPLATE),
                settings.of(Flags.DEFAULT_CHAT_TEMPLATE_KWARGS));
    }
}
