package quire.rest;

import java.util.Map;
import java.util.Optional;
import quire.engine.LlmEngine;
import quire.engine.ModelInfo;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.template.ChatTemplate;
import quire.tokenizer.Tokenizer;

/**
 * What requests are checked against and rendered with.
 *
 * @param templateVariables what every template may use, such as {@code bos_token}
 */
record Served(
        ModelInfo info,
        Tokenizer tokenizer,
        Optional<ChatTemplate> chatTemplate,
        Map<String, Object> templateVariables,
        SamplingDefaults defaults) {

    static Served of(LlmEngine engine) {
        return new Served(
                engine.info(),
                engine.tokenizer(),
                engine.chatTemplate(),
                engine.templateVariables(),
                engine.defaultSampling());
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
