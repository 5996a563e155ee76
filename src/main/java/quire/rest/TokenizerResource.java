package quire.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.batcher.ServingEngine;
import quire.error.InvalidRequestException;
import quire.rest.api.TokenizerApi;
import quire.rest.api.model.DetokenizeRequest;
import quire.rest.api.model.DetokenizeResponse;
import quire.rest.api.model.TokenizeRequest;
import quire.rest.api.model.TokenizeResponse;
import quire.settings.Flags;
import quire.settings.Settings;

/** {@code /tokenize}, {@code /detokenize} and {@code /tokenizer_info}. */
@RunOnVirtualThread
public class TokenizerResource implements TokenizerApi {

    @Inject ServingEngine serving;
    @Inject Settings settings;

    @Override
    public TokenizeResponse tokenize(TokenizeRequest request) {
        Served served = served(request.getModel());
        int[] ids = ids(served, request);
        TokenizeResponse response =
                new TokenizeResponse()
                        .count(ids.length)
                        .maxModelLen(served.info().maxModelLength())
                        .tokens(Arrays.stream(ids).boxed().toList());
        if (Boolean.TRUE.equals(request.getReturnTokenStrs())) {
            response.tokenStrs(
                    IntStream.of(ids)
                            .mapToObj(id -> served.tokenizer().token(id).orElse(""))
                            .toList());
        }
        return response;
    }

    /** The token ids of a text, or of messages as the chat template writes them. */
    static int[] ids(Served served, TokenizeRequest request) {
        boolean isChat = request.getMessages() != null;
        if (isChat == (request.getPrompt() != null)) {
            throw new InvalidRequestException(
                    "prompt",
                    isChat
                            ? "Give either 'prompt' or 'messages', not both."
                            : "Either 'prompt' or 'messages' is required.");
        }
        boolean addSpecialTokens =
                Optional.ofNullable(request.getAddSpecialTokens()).orElse(!isChat);
        if (!isChat) {
            checkChatAlone("add_generation_prompt", request.getAddGenerationPrompt());
            checkChatAlone("continue_final_message", request.getContinueFinalMessage());
            checkChatAlone("chat_template", request.getChatTemplate());
            checkChatAlone("chat_template_kwargs", request.getChatTemplateKwargs());
            checkChatAlone("tools", request.getTools());
            return served.tokenizer().encode(request.getPrompt(), addSpecialTokens);
        }
        ChatPrompt prompt =
                ChatPrompt.of(
                        request.getMessages(),
                        request.getAddGenerationPrompt(),
                        request.getContinueFinalMessage(),
                        TemplateVariables.of(
                                served.policy().templateVariables(),
                                request.getChatTemplateKwargs()),
                        request.getTools() == null
                                ? List.of()
                                : ChatPolicy.shown(request.getTools()));
        return served.tokenizer()
                .encode(prompt.render(served.chat(request.getChatTemplate())), addSpecialTokens);
    }

    private static void checkChatAlone(String name, Object value) {
        if (value != null) {
            throw new InvalidRequestException(
                    name, "'" + name + "' is only allowed with 'messages'.");
        }
    }

    @Override
    public DetokenizeResponse detokenize(DetokenizeRequest request) {
        Served served = served(request.getModel());
        List<Integer> tokens = request.getTokens();
        int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
        served.limits().checkIds("tokens", ids);
        return new DetokenizeResponse().prompt(served.tokenizer().decode(ids, false));
    }

    @Override
    public Response tokenizerInfo() {
        if (!settings.of(Flags.ENABLE_TOKENIZER_INFO_ENDPOINT)) {
            return HttpProblems.of(404).toResponse();
        }
        return Response.ok(serving.engine().tokenizerInfo(), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private Served served(String model) {
        Served served = Served.of(serving.engine(), settings);
        served.model(model);
        return served;
    }
}
