package quire.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
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

    /**
     * Characters per token of the model's context above which a text is refused before it is
     * tokenized. Few tokens are so long, and no text is made of those alone.
     */
    static final int MAX_CHARS_PER_TOKEN = 64;

    private static final int DEFAULT_COMPLETION_TOKENS = 16;

    private final Served served;

    ApiMapper(Served served) {
        this.served = served;
    }

    /**
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan completion(CreateCompletionRequest request) {
        served.checkModel(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        SamplingFields fields = SamplingFields.of(request);
        fields.checkStopTokens(served.info().vocabSize());
        List<Prompt.Input> inputs = request.getPrompt().inputs();
        if ((long) inputs.size() * fields.n() > MAX_CHOICES) {
            throw new InvalidRequestException(
                    "n",
                    "'n' is "
                            + fields.n()
                            + " for "
                            + inputs.size()
                            + " prompts; a request may have "
                            + MAX_CHOICES
                            + " choices at most.");
        }
        boolean addSpecialTokens = Optional.ofNullable(request.getAddSpecialTokens()).orElse(true);
        String id = "cmpl-" + randomId();
        List<GenerationRequest> prompts = new ArrayList<>(inputs.size());
        for (Prompt.Input input : inputs) {
            int[] ids =
                    switch (input) {
                        case Prompt.Text text -> tokenize("prompt", text.text(), addSpecialTokens);
                        case Prompt.TokenIds tokens -> checkIds("prompt", tokens.ids());
                    };
            int room = room("prompt", ids.length);
            int maxTokens =
                    request.getMaxTokens() == null
                            ? Math.min(DEFAULT_COMPLETION_TOKENS, room)
                            : within(room, "max_tokens", request.getMaxTokens(), ids.length);
            SamplingParams params = fields.params(served.defaults(), maxTokens);
            String name = inputs.size() == 1 ? id : id + "-" + prompts.size();
            prompts.add(new GenerationRequest(name, ids, params));
        }
        return new GenerationPlan(id, request.getModel(), now(), prompts, fields.n(), streaming);
    }

    /**
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    GenerationPlan chat(CreateChatCompletionRequest request) {
        served.checkModel(request.getModel());
        Streaming streaming = streaming(request.getStream(), request.getStreamOptions());
        SamplingFields fields = SamplingFields.of(request);
        fields.checkStopTokens(served.info().vocabSize());
        ChatPrompt prompt =
                ChatPrompt.of(
                        request.getMessages(),
                        request.getAddGenerationPrompt(),
                        request.getContinueFinalMessage(),
                        request.getChatTemplateKwargs());
        boolean addSpecialTokens = Optional.ofNullable(request.getAddSpecialTokens()).orElse(false);
        int[] ids = tokenize("messages", prompt.render(served.chat()), addSpecialTokens);
        int room = room("messages", ids.length);
        SamplingParams params =
                fields.params(served.defaults(), chatTokens(request, room, ids.length));
        String id = "chatcmpl-" + randomId();
        return new GenerationPlan(
                id,
                request.getModel(),
                now(),
                List.of(new GenerationRequest(id, ids, params)),
                fields.n(),
                streaming);
    }

    private int chatTokens(CreateChatCompletionRequest request, int room, int numPromptTokens) {
        if (request.getMaxCompletionTokens() != null) {
            return within(
                    room,
                    "max_completion_tokens",
                    request.getMaxCompletionTokens(),
                    numPromptTokens);
        }
        @SuppressWarnings("deprecation")
        Integer maxTokens = request.getMaxTokens();
        return maxTokens != null
                ? within(room, "max_tokens", maxTokens, numPromptTokens)
                : served.defaults().maxTokens(room);
    }

    /**
     * Tokenizes a text that is not so long that it could not fit.
     *
     * @param param the field that the text came from
     */
    int[] tokenize(String param, String text, boolean addSpecialTokens) {
        int maxLength = served.info().maxModelLength();
        if (text.length() > (long) maxLength * MAX_CHARS_PER_TOKEN) {
            throw tooLong(
                    param,
                    "the text has "
                            + text.length()
                            + " characters, more than "
                            + MAX_CHARS_PER_TOKEN
                            + " for each token");
        }
        int[] ids = served.tokenizer().encode(text, addSpecialTokens);
        if (ids.length == 0) {
            throw new InvalidRequestException(param, "'" + param + "' makes no token at all.");
        }
        return ids;
    }

    /**
     * @throws InvalidRequestException if an id is none of the model's tokens
     */
    int[] checkIds(String param, int[] ids) {
        int vocabSize = served.info().vocabSize();
        for (int id : ids) {
            if (id < 0 || id >= vocabSize) {
                throw new InvalidRequestException(
                        param,
                        "'"
                                + param
                                + "' has token id "
                                + id
                                + ", which is none of the model's "
                                + vocabSize
                                + " tokens.");
            }
        }
        return ids;
    }

    /** Tokens that fit behind the prompt, at least one. */
    private int room(String param, int numPromptTokens) {
        int room = served.info().maxModelLength() - numPromptTokens;
        if (room < 1) {
            throw tooLong(param, "the prompt has " + numPromptTokens);
        }
        return room;
    }

    private int within(int room, String param, int asked, int numPromptTokens) {
        if (asked > room) {
            throw new InvalidRequestException(
                    param,
                    "'"
                            + param
                            + "' is "
                            + asked
                            + ", but this model's maximum context length is "
                            + served.info().maxModelLength()
                            + " tokens and the prompt has "
                            + numPromptTokens
                            + " of them; ask for at most "
                            + room
                            + ".",
                    "context_length_exceeded");
        }
        return asked;
    }

    private InvalidRequestException tooLong(String param, String what) {
        return new InvalidRequestException(
                param,
                "This model's maximum context length is "
                        + served.info().maxModelLength()
                        + " tokens, but "
                        + what
                        + "; shorten it so that there is room for an answer.",
                "context_length_exceeded");
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
