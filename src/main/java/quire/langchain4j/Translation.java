package quire.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.Objects;
import java.util.function.Consumer;
import quire.Completion;
import quire.EngineFailedException;
import quire.LLMException;
import quire.OverloadException;
import quire.PromptException;
import quire.SamplingParams;
import quire.SamplingParamsBuilder;
import quire.Tool;
import quire.ToolCall;

/**
 * LangChain4j's parameters in Quire's words, and what comes of a request in LangChain4j's. What
 * Quire does not have is refused, never left out.
 */
final class Translation {

    private static final String NO_PARAMETERS = "{\"type\": \"object\", \"properties\": {}}";

    private final String modelName;
    private final SamplingParams defaults;

    Translation(String modelName, SamplingParams defaults) {
        Conversation.refuse(
                defaults.n() != 1, "n of " + defaults.n() + ": LangChain4j knows one answer");
        this.modelName = modelName;
        this.defaults = defaults;
    }

    /**
     * What a request asks for, over the defaults.
     *
     * @throws UnsupportedFeatureException naming what the request has and Quire has not
     * @throws ModelNotFoundException if it is for another model
     */
    SamplingParams params(ChatRequest request) {
        String wanted = Objects.requireNonNullElse(request.modelName(), modelName);
        if (!wanted.equals(modelName)) {
            throw new ModelNotFoundException(
                    "the model is %s, not %s; leave modelName out".formatted(modelName, wanted));
        }
        SamplingParamsBuilder params = defaults.toBuilder();
        set(request.responseFormat(), format -> params.responseFormat(format(format)));
        set(request.toolChoice(), choice -> params.toolChoice(choice(choice)));
        if (!request.toolSpecifications().isEmpty()) {
            params.tools(request.toolSpecifications().stream().map(Translation::tool).toList());
        }
        set(request.temperature(), params::temperature);
        set(request.topP(), params::topP);
        set(request.topK(), params::topK);
        set(request.frequencyPenalty(), params::frequencyPenalty);
        set(request.presencePenalty(), params::presencePenalty);
        set(request.maxOutputTokens(), params::maxTokens);
        if (!request.stopSequences().isEmpty()) {
            params.stop(request.stopSequences());
        }
        return params.build();
    }

    private static quire.ResponseFormat format(ResponseFormat format) {
        return switch (format.type()) {
            case TEXT -> quire.ResponseFormat.TEXT;
            case JSON ->
                    format.jsonSchema() == null
                            ? quire.ResponseFormat.JSON
                            : quire.ResponseFormat.jsonSchema(
                                    json(format.jsonSchema().rootElement(), true));
        };
    }

    private static quire.ToolChoice choice(ToolChoice choice) {
        return switch (choice) {
            case AUTO -> quire.ToolChoice.AUTO;
            case REQUIRED -> quire.ToolChoice.REQUIRED;
            case NONE -> quire.ToolChoice.NONE;
        };
    }

    private static Tool tool(ToolSpecification specification) {
        Tool tool =
                Tool.of(
                        specification.name(),
                        Objects.requireNonNullElse(specification.description(), ""),
                        specification.parameters() == null
                                ? NO_PARAMETERS
                                : json(
                                        specification.parameters(),
                                        Boolean.TRUE.equals(specification.strict())));
        return Boolean.TRUE.equals(specification.strict()) ? tool.strict() : tool;
    }

    /**
     * @param closed whether objects have all properties that the schema names, maybe null, and no
     *     others; LangChain4j's schemas of classes leave both open
     */
    private static String json(JsonSchemaElement schema, boolean closed) {
        return Json.toJson(JsonSchemaElementUtils.toMap(schema, closed));
    }

    private static <T> void set(T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    ChatResponse response(Completion completion) {
        Completion.Usage usage = completion.usage();
        return ChatResponse.builder()
                .aiMessage(message(completion))
                .modelName(modelName)
                .tokenUsage(new TokenUsage(usage.numPromptTokens(), usage.numCompletionTokens()))
                .finishReason(
                        switch (completion.finishReason()) {
                            case STOP -> FinishReason.STOP;
                            case LENGTH -> FinishReason.LENGTH;
                            case TOOL_CALLS -> FinishReason.TOOL_EXECUTION;
                        })
                .build();
    }

    private static AiMessage message(Completion completion) {
        // LangChain4j's own models give no text where there is none beside a call.
        boolean onlyCalls = completion.text().isEmpty() && !completion.toolCalls().isEmpty();
        return AiMessage.builder()
                .text(onlyCalls ? null : completion.text())
                .thinking(completion.reasoning().isEmpty() ? null : completion.reasoning())
                .toolExecutionRequests(
                        completion.toolCalls().stream().map(Translation::call).toList())
                .build();
    }

    private static ToolExecutionRequest call(ToolCall call) {
        return ToolExecutionRequest.builder()
                .id(call.id())
                .name(call.name())
                .arguments(call.arguments())
                .build();
    }

    /**
     * Of those that LangChain4j's callers look for, by which they know whether to try again; what
     * it comes from is the cause.
     */
    static LangChain4jException exception(LLMException e) {
        return switch (e) {
            case PromptException own -> new InvalidRequestException(own.getMessage(), own);
            case OverloadException own -> new RateLimitException(own.getMessage(), own);
            case EngineFailedException own when !own.isFatal() ->
                    new InternalServerException(own.getMessage(), own);
            default -> new NonRetriableException(e.getMessage(), e);
        };
    }
}
