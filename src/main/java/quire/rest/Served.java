package quire.rest;

import quire.engine.ChatRenderer;
import quire.engine.LlmEngine;
import quire.engine.ModelInfo;
import quire.engine.PromptLimits;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.settings.Flags;
import quire.settings.Origin;
import quire.settings.Settings;
import quire.tokenizer.Tokenizer;

/**
 * What requests are checked against and rendered with.
 *
 * @param policy what requests may ask for
 */
record Served(
        ModelInfo info,
        Tokenizer tokenizer,
        ChatRenderer chat,
        SamplingDefaults defaults,
        RequestPolicy policy) {

    static Served of(LlmEngine engine, Settings settings) {
        return new Served(
                engine.info(),
                engine.tokenizer(),
                engine.chat(),
                engine.defaultSampling(),
                RequestPolicy.of(settings));
    }

    PromptLimits limits() {
        return new PromptLimits(tokenizer, info.maxModelLength(), info.vocabSize());
    }

    /**
     * What renders a chat.
     *
     * @param template that the request brought; null for the model's
     * @throws InvalidRequestException if requests may bring none, or this is none
     */
    ChatRenderer chat(String template) {
        if (template == null) {
            return chat;
        }
        if (!policy.ownTemplates()) {
            throw new InvalidRequestException(
                    "chat_template",
                    "'chat_template' is not taken from requests; leave it out, or start the server"
                            + " with "
                            + Origin.COMMAND_LINE.spell(Flags.TRUST_REQUEST_CHAT_TEMPLATE.name())
                            + ".");
        }
        return chat.with(template);
    }

    /**
     * The name under which a request is answered.
     *
     * @param name as the request has it; null where it does not say one, as with vLLM
     * @throws InvalidRequestException with OpenAI's code if no model is served under that name
     */
    String model(String name) {
        if (name == null) {
            return info.servedNames().getFirst();
        }
        if (!info.servedNames().contains(name)) {
            throw new InvalidRequestException(
                    "model",
                    "The model '"
                            + StrictJson.shorten(name)
                            + "' does not exist; this server has "
                            + String.join(", ", info.servedNames())
                            + ".",
                    ApiProblem.MODEL_NOT_FOUND);
        }
        return name;
    }
}
