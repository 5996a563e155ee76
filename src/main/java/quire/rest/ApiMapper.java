package quire.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import quire.chat.Reading;
import quire.engine.AskedSampling;
import quire.engine.ChatRenderer;
import quire.engine.PromptLimits;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.generation.GenerationRequest;
import quire.generation.ThoughtLimit;
import quire.rest.GenerationPlan.Streaming;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.rest.api.model.StreamOptions;
import quire.sampling.SamplingParams;

/**
 * Turns requests, whose fields the specification's own limits have passed, into plans for the
 * engine, or refuses them naming the field. Renders and tokenizes: not for event loops.
 */
final class ApiMapper {

    /** Most choices of all prompts together. */
    static final int MAX_CHOICES = 4096;

    private static final int DEFAULT_COMPLETION_TOKENS = 16;

    private final Served served;
    private final PromptLimits limits;

    ApiMapper(Served served) {
        this.served = served;
        this.limits = served.limits();
    }

    /**
     * @param requestId what the answer's id is made of
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan completion(CreateCompletionRequest request, String requestId) {
        String model = served.model(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        AskedSampling fields =
                SamplingFields.of(
                        request, LogprobFields.of(request, served.policy().maxLogprobs()));
        fields.others().checkTokenIds(served.info().vocabSize());
        Handling handling = Handling.of(request);
        handling.check(served.policy().priorities());
        boolean echoes = Boolean.TRUE.equals(request.getEcho());
        boolean alone = Integer.valueOf(0).equals(request.getMaxTokens());
        if (alone && !echoes) {
            throw new InvalidRequestException(
                    "max_tokens",
                    "'max_tokens' is 0, which asks for nothing without 'echo'; use at least 1.");
        }
        List<Prompt.Input> inputs = request.getPrompt().inputs();
        if ((long) inputs.size() * fields.others().n() > MAX_CHOICES) {
            throw new InvalidRequestException(
                    "n",
                    "'n' is "
                            + fields.others().n()
                            + " for "
                            + inputs.size()
                            + " prompts; a request may have "
                            + MAX_CHOICES
                            + " choices at most.");
        }
        boolean addSpecialTokens = Optional.ofNullable(request.getAddSpecialTokens()).orElse(true);
        Optional<AnswerForm> form =
                RequestedFormat.of(request.getResponseFormat(), request.getStructuredOutputs());
        // Where nothing is to follow the engine makes a token all the same, which shows that it has
        // read the prompt.
        int asked =
                Optional.ofNullable(request.getMaxTokens())
                        .map(count -> Math.max(1, count))
                        .orElse(DEFAULT_COMPLETION_TOKENS);
        OptionalInt kept = limits.kept(handling.truncation(), asked);
        String id = "cmpl-" + requestId;
        List<GenerationRequest> prompts = new ArrayList<>(inputs.size());
        List<String> echo = new ArrayList<>();
        for (Prompt.Input input : inputs) {
            int[] ids =
                    switch (input) {
                        case Prompt.Text text ->
                                limits.encode("prompt", text.text(), addSpecialTokens, kept);
                        case Prompt.TokenIds tokens ->
                                PromptLimits.last(limits.checkIds("prompt", tokens.ids()), kept);
                    };
            int room = limits.room("prompt", ids.length);
            int maxTokens =
                    request.getMaxTokens() == null
                            ? Math.min(asked, room)
                            : limits.within(room, "max_tokens", asked);
            SamplingParams params = fields.over(served.defaults(), maxTokens);
            String name = inputs.size() == 1 ? id : id + "-" + prompts.size();
            prompts.add(
                    handling.request(name, ids, params, form)
                            .within(limit(request.getThinkingTokenBudget(), ids)));
            if (echoes) {
                echo.add(text(input, ids, kept.isPresent(), fields.others().skipSpecialTokens()));
            }
        }
        return new GenerationPlan(
                id,
                model,
                now(),
                prompts,
                fields.others().n(),
                streaming,
                Reading.PLAIN,
                new LogprobFormat(
                        served.tokenizer(),
                        fields.others().skipSpecialTokens(),
                        handling.namesTokensById(),
                        fields.others().logprobs(),
                        SamplingFields.whole(request.getPromptLogprobs())),
                echoes ? Optional.of(new Echo.Prompts(echo, alone)) : Optional.empty(),
                "");
    }

    /**
     * @param requestId what the answer's id is made of
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan chat(CreateChatCompletionRequest request, ChatPolicy policy, String requestId) {
        try {
            return plan(request, policy, requestId);
        } catch (InvalidRequestException e) {
            // The older name of the field is what everything else knows it by.
            throw request.getMaxCompletionTokens() == null
                    ? e
                    : e.about("max_tokens", "max_completion_tokens");
        }
    }

    private GenerationPlan plan(
            CreateChatCompletionRequest request, ChatPolicy policy, String requestId) {
        String model = served.model(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        AskedSampling fields =
                SamplingFields.of(
                        request, LogprobFields.of(request, served.policy().maxLogprobs()));
        fields.others().checkTokenIds(served.info().vocabSize());
        ChatRenderer chat = served.chat(request.getChatTemplate());
        ChatPolicy.Tools tools = policy.of(request, chat.source());
        Handling handling = Handling.of(request);
        handling.check(served.policy().priorities());
        ChatPrompt prompt =
                ChatPrompt.of(
                        request.getMessages(),
                        request.getAddGenerationPrompt(),
                        request.getContinueFinalMessage(),
                        TemplateVariables.of(
                                served.policy().templateVariables(), request, chat.source()),
                        tools.shown());
        boolean addSpecialTokens = Optional.ofNullable(request.getAddSpecialTokens()).orElse(false);
        String rendered = prompt.render(chat);
        Reading reading =
                new Reading(policy.thoughts(request.getIncludeReasoning(), rendered), tools.use());
        OptionalInt kept = limits.kept(handling.truncation(), asked(request).orElse(1));
        int[] ids = limits.encode("messages", rendered, addSpecialTokens, kept);
        int room = limits.room("messages", ids.length);
        SamplingParams params = fields.over(served.defaults(), chatTokens(request, room));
        String id = "chatcmpl-" + requestId;
        return new GenerationPlan(
                id,
                model,
                now(),
                List.of(
                        handling.request(
                                        id,
                                        ids,
                                        params,
                                        tools.answer()
                                                .map(
                                                        form ->
                                                                reading.behindThought(
                                                                        form,
                                                                        rendered,
                                                                        served.tokenizer())),
                                        reading.markerIds(served.tokenizer()))
                                .within(limit(request.getThinkingTokenBudget(), ids))),
                fields.others().n(),
                streaming,
                reading,
                new LogprobFormat(
                        served.tokenizer(),
                        fields.others().skipSpecialTokens(),
                        handling.namesTokensById(),
                        fields.others().logprobs(),
                        fields.others().promptLogprobs()),
                Optional.empty(),
                Boolean.TRUE.equals(request.getEcho()) ? prompt.begun() : "");
    }

    private String text(Prompt.Input input, int[] ids, boolean isCut, boolean skipSpecialTokens) {
        return input instanceof Prompt.Text text && !isCut
                ? text.text()
                : served.tokenizer().decode(ids, skipSpecialTokens);
    }

    private Optional<ThoughtLimit> limit(Integer budget, int[] prompt) {
        return served.policy().thoughtLimit(budget, prompt, served.tokenizer());
    }

    /** Most tokens of an answer, where the request says. */
    private static OptionalInt asked(CreateChatCompletionRequest request) {
        @SuppressWarnings("deprecation")
        Integer maxTokens = request.getMaxTokens();
        return SamplingFields.whole(
                request.getMaxCompletionTokens() != null
                        ? request.getMaxCompletionTokens()
                        : maxTokens);
    }

    private int chatTokens(CreateChatCompletionRequest request, int room) {
        OptionalInt asked = asked(request);
        return asked.isPresent()
                ? limits.within(room, "max_tokens", asked.getAsInt())
                : served.defaults().maxTokens(room);
    }

    private static Streaming streaming(Boolean stream, StreamOptions options) {
        if (!Boolean.TRUE.equals(stream)) {
            if (options != null) {
                throw new InvalidRequestException(
                        "stream_options",
                        "'stream_options' is only allowed when 'stream' is true.");
            }
            return Streaming.OFF;
        }
        boolean usage = options != null && Boolean.TRUE.equals(options.getIncludeUsage());
        boolean continuous =
                options != null && Boolean.TRUE.equals(options.getContinuousUsageStats());
        if (!usage) {
            // As in vLLM, continuous statistics are a way of including the usage.
            return Streaming.ON;
        }
        return continuous ? Streaming.WITH_CONTINUOUS_USAGE : Streaming.WITH_USAGE;
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }
}
