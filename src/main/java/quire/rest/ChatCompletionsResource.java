package quire.rest;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;
import quire.batcher.ServingEngine;
import quire.chat.Said;
import quire.chat.Turn;
import quire.rest.api.ChatApi;
import quire.rest.api.model.AssistantMessage;
import quire.rest.api.model.CalledFunction;
import quire.rest.api.model.ChatChoice;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateChatCompletionResponse;
import quire.rest.api.model.ToolCall;
import quire.sequence.StopReason;
import quire.settings.Settings;

/** {@code /v1/chat/completions}. */
@Blocking
@RunOnVirtualThread
public class ChatCompletionsResource implements ChatApi {

    @Inject ServingEngine serving;
    @Inject Answers answers;
    @Inject ChatPolicy policy;
    @Inject Settings settings;

    @Override
    public Uni<Response> createChatCompletion(CreateChatCompletionRequest request) {
        GenerationPlan plan =
                new ApiMapper(Served.of(serving.engine(), settings))
                        .chat(request, policy, answers.id(request.getRequestId()));
        return answers.answer(
                plan, ChunkFormat.Kind.CHAT, (choices, usage) -> body(plan, choices, usage));
    }

    private static CreateChatCompletionResponse body(
            GenerationPlan plan, List<WholeAnswer.Choice> collected, TokenUsage usage) {
        List<ChatChoice> choices = new ArrayList<>();
        for (WholeAnswer.Choice choice : collected) {
            Said said = Said.of(choice.text(), plan.reading());
            choices.add(
                    new ChatChoice()
                            .index(choices.size())
                            .message(message(plan.begun(), said))
                            .logprobs(plan.logprobs().chat(choice.logprobs()))
                            .tokenIds(plan.tellsTokenIds() ? choice.tokenIds() : null)
                            .finishReason(choice.finishReason(said.endsByCalling()))
                            .stopReason(
                                    choice.stopReason().map(StopReason::wireValue).orElse(null)));
        }
        return new CreateChatCompletionResponse()
                .id(plan.id())
                ._object(CreateChatCompletionResponse.ObjectEnum.CHAT_COMPLETION)
                .created(plan.created())
                .model(plan.model())
                .choices(choices)
                .promptLogprobs(plan.logprobs().prompt(collected.getFirst().promptLogprobs()))
                .promptTokenIds(plan.promptIds(0))
                .usage(usage.toApi());
    }

    private static AssistantMessage message(String begun, Said said) {
        AssistantMessage message = new AssistantMessage().role(AssistantMessage.RoleEnum.ASSISTANT);
        if (!said.reasoning().isEmpty()) {
            message.reasoning(said.reasoning()).reasoningContent(said.reasoning());
        }
        String content = begun + said.content();
        boolean isNothing = !said.reasoning().isEmpty() || !said.calls().isEmpty();
        message.content(content.isEmpty() && isNothing ? null : content);
        return said.calls().isEmpty()
                ? message
                : message.toolCalls(
                        said.calls().stream().map(ChatCompletionsResource::call).toList());
    }

    private static ToolCall call(Turn.Call call) {
        return new ToolCall()
                .id(call.id())
                .type(ToolCall.TypeEnum.FUNCTION)
                .function(new CalledFunction().name(call.name()).arguments(call.arguments()));
    }
}
