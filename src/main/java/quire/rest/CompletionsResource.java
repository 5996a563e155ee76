package quire.rest;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;
import quire.batcher.ServingEngine;
import quire.rest.api.CompletionsApi;
import quire.rest.api.model.CompletionChoice;
import quire.rest.api.model.CreateCompletionRequest;
import quire.rest.api.model.CreateCompletionResponse;
import quire.sequence.StopReason;
import quire.settings.Settings;

/** {@code /v1/completions}. */
@Blocking
@RunOnVirtualThread
public class CompletionsResource implements CompletionsApi {

    @Inject ServingEngine serving;
    @Inject Answers answers;
    @Inject Settings settings;

    @Override
    public Uni<Response> createCompletion(CreateCompletionRequest request) {
        GenerationPlan plan =
                new ApiMapper(Served.of(serving.engine(), settings))
                        .completion(request, answers.id(request.getRequestId()));
        return answers.answer(
                plan, ChunkFormat.Kind.COMPLETION, (choices, usage) -> body(plan, choices, usage));
    }

    private static CreateCompletionResponse body(
            GenerationPlan plan, List<WholeAnswer.Choice> collected, TokenUsage usage) {
        List<CompletionChoice> choices = new ArrayList<>();
        for (WholeAnswer.Choice choice : collected) {
            int index = choices.size();
            choices.add(
                    new CompletionChoice()
                            .index(index)
                            .text(choice.text())
                            .logprobs(plan.logprobs().completion(choice.logprobs(), 0))
                            .promptLogprobs(plan.logprobs().prompt(choice.promptLogprobs()))
                            .tokenIds(plan.tellsTokenIds() ? choice.tokenIds() : null)
                            .promptTokenIds(plan.promptIds(index))
                            .finishReason(choice.finishReason(false))
                            .stopReason(
                                    choice.stopReason().map(StopReason::wireValue).orElse(null)));
        }
        return new CreateCompletionResponse()
                .id(plan.id())
                ._object(CreateCompletionResponse.ObjectEnum.TEXT_COMPLETION)
                .created(plan.created())
                .model(plan.model())
                .choices(choices)
                .usage(usage.toApi());
    }
}
