package quire.rest;

import quire.engine.ChatRenderer;
import quire.engine.LlmEngine;
import quire.engine.ModelInfo;
import quire.engine.PromptLimits;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.settings.Flags;
import quire.settings.Settings;
import quire.tokenizer.Tokenizer;

/**
 * What requests are checked against and rendered with.
 *
 * @param maxLogprobs most likeliest tokens that come with one
 */
record Served(
        ModelInfo info,
        Tokenizer tokenizer,
        ChatRenderer chat,
        SamplingDefaults defaults,
        int maxLogprobs) {

    static Served of(LlmEngine engine, Settings settings) {
        return new Served(
                engine.info(),
                engine.tokenizer(),
                engine.chat(),
                engine.defaultSampling(),
                settings.of(Flags.MAX_LOGPROBS));
    }

    PromptLimits limits() {
        return new PromptLimits(tokenizer, info.maxModelLength(), info.vocabSize());
    }

    /**
     * @throws InvalidRequestException with OpenAI's code if no model is served under that name
     */
    void checkModel(String name) {
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
    }
}
