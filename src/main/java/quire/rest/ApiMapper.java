package quire.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import quire.chat.Reading;
import quire.engine.AskedSampling;
import quire.engine.PromptLimits;
import quire.error.InvalidRequestException;
import quire.generation.GenerationRequest;
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
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan completion(CreateCompletionRequest request) {
        served.checkModel(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        AskedSampling fields = SamplingFields.of(request);
        SamplingFields.checkStopTokens(fields, served.info().vocabSize());
        LogprobFields.check(request, served.maxLogprobs());
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
        String id = "cmpl-" + randomId();
        List<GenerationRequest> prompts = new ArrayList<>(inputs.size());
        List<String> echo = new ArrayList<>();
        for (Prompt.Input input : inputs) {
            int[] ids =
                    switch (input) {
                        case Prompt.Text text ->
                                limits.encode("prompt", text.text(), addSpecialTokens);
                        case Prompt.TokenIds tokens -> limits.checkIds("prompt", tokens.ids());
                    };
            int room = limits.room("prompt", ids.length);
            int maxTokens =
                    request.getMaxTokens() == null
                            ? Math.min(DEFAULT_COMPLETION_TOKENS, room)
                            // Where nothing is to follow the engine makes a token all the same,
                            // which shows that it has read the prompt.
                            : limits.within(
                                    room, "max_tokens", Math.max(1, request.getMaxTokens()));
            SamplingParams params = fields.over(served.defaults(), maxTokens);
            String name = inputs.size() == 1 ? id : id + "-" + prompts.size();
            prompts.add(new GenerationRequest(name, ids, params));
            if (echoes) {
                echo.add(text(input, fields.others().skipSpecialTokens()));
            }
        }
        return new GenerationPlan(
                id,
                request.getModel(),
                now(),
                prompts,
                fields.others().n(),
                streaming,
                Reading.PLAIN,
                new LogprobFormat(
                        served.tokenizer(),
                        fields.others().skipSpecialTokens(),
                        fields.others().logprobs(),
                        SamplingFields.whole(request.getPromptLogprobs())),
                echoes ? Optional.of(new Echo.Prompts(echo, alone)) : Optional.empty());
    }

    /**
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan chat(CreateChatCompletionRequest request, ChatPolicy policy) {
        served.checkModel(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        AskedSampling fields = SamplingFields.of(request);
        SamplingFields.checkStopTokens(fields, served.info().vocabSize());
        ChatPolicy.Tools tools = policy.of(request, served.chat().source());
        LogprobFields.check(request, served.maxLogprobs());
        ChatPrompt prompt =
                ChatPrompt.of(
                        request.getMessages(),
                        request.getAddGenerationPrompt(),
                        request.getContinueFinalMessage(),
                        request.getChatTemplateKwargs(),
                        tools.shown());
        boolean addSpecialTokens = Optional.ofNullable(request.getAddSpecialTokens()).orElse(false);
        String rendered = prompt.render(served.chat());
        Reading reading =
                new Reading(policy.thoughts(request.getIncludeReasoning(), rendered), tools.use());
        int[] ids = limits.encode("messages", rendered, addSpecialTokens);
        int room = limits.room("messages", ids.length);
        SamplingParams params = fields.over(served.defaults(), chatTokens(request, room));
        String id = "chatcmpl-" + randomId();
        return new GenerationPlan(
                id,
                request.getModel(),
                now(),
                List.of(
                        new GenerationRequest(
                                id,
                                ids,
                                params,
                                0,
                                Optional.empty(),
                                new GenerationRequest.Display(markers(reading), false, false))),
                fields.others().n(),
                streaming,
                reading,
                new LogprobFormat(
                        served.tokenizer(),
                        fields.others().skipSpecialTokens(),
                        fields.others().logprobs(),
                        fields.others().promptLogprobs()),
                Optional.empty());
    }

    private String text(Prompt.Input input, boolean skipSpecialTokens) {
        return switch (input) {
            case Prompt.Text text -> text.text();
            case Prompt.TokenIds tokens ->
                    served.tokenizer().decode(tokens.ids(), skipSpecialTokens);
        };
    }

    /** Tokens around thoughts and calls, which are text for whoever reads these. */
    private int[] markers(Reading reading) {
        return reading.markers().stream()
                .map(served.tokenizer()::id)
                .flatMapToInt(OptionalInt::stream)
                .toArray();
    }

    private int chatTokens(CreateChatCompletionRequest request, int room) {
        if (request.getMaxCompletionTokens() != null) {
            return limits.within(room, "max_completion_tokens", request.getMaxCompletionTokens());
        }
        @SuppressWarnings("deprecation")
        Integer maxTokens = request.getMaxTokens();
        return maxTokens != null
                ? limits.within(room, "max_tokens", maxTokens)
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

    private static String randomId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }
}
