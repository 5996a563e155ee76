package quire.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import quire.engine.ChatRenderer;
import quire.engine.ModelInfo;
import quire.engine.PromptLimits;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.generation.GenerationRequest;
import quire.rest.GenerationPlan.Streaming;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.sampling.SamplingParams;
import quire.template.ChatTemplate;
import quire.tokenizer.Tokenizer;

class ApiMapperTest {

    private static final int MAX_LENGTH = 32;
    private static final ObjectMapper MAPPER = RequestBodyTest.mapper();
    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));
    private static final ModelInfo INFO =
            new ModelInfo(
                    List.of("quire-demo", "other"),
                    "Qwen2ForCausalLM",
                    1,
                    MAX_LENGTH,
                    4096,
                    Instant.EPOCH);
    private static final RequestPolicy RULES =
            new RequestPolicy(20, false, false, Optional.empty(), Map.of());
    private static final ChatPolicy POLICY =
            new ChatPolicy(true, Optional.empty(), false, Optional.empty());
    private static final String TEMPLATE =
            """
            {%- for m in messages %}{% if m.role == 'assistant' and m.content == 'no' %}\
            {{ raise_exception('say yes') }}{% endif %}<{{ m.role }}>{{ m.content | trim }}\
            {{ '!' if loud }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}""";

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private static ApiMapper mapper(SamplingDefaults defaults) {
        return new ApiMapper(
                new Served(
                        INFO,
                        TOKENIZER,
                        new ChatRenderer(
                                Optional.of(ChatTemplate.compile(TEMPLATE)),
                                Map.of("bos_token", "<s>")),
                        defaults,
                        RULES));
    }

    private static GenerationPlan completion(String fields) throws IOException {
        String body = "{\"model\": \"quire-demo\", " + fields + "}";
        return mapper(SamplingDefaults.NONE)
                .completion(MAPPER.readValue(body, CreateCompletionRequest.class), "id");
    }

    private static GenerationPlan chat(String fields) throws IOException {
        String body = "{\"model\": \"quire-demo\", " + fields + "}";
        return mapper(SamplingDefaults.NONE)
                .chat(MAPPER.readValue(body, CreateChatCompletionRequest.class), POLICY, "id");
    }

    private static String rendered(String fields) throws IOException {
        return TOKENIZER.decode(chat(fields).prompts().getFirst().promptTokenIds(), false);
    }

    private static InvalidRequestException completionRefusal(String fields) {
        return assertThrows(InvalidRequestException.class, () -> completion(fields));
    }

    private static InvalidRequestException chatRefusal(String fields) {
        return assertThrows(InvalidRequestException.class, () -> chat(fields));
    }

    private static SamplingParams params(GenerationPlan plan) {
        return plan.prompts().getFirst().params();
    }

    @Test
    void silentCompletionHasTheDefaultsOfTheApi() throws IOException {
        GenerationPlan plan = completion("\"prompt\": [1, 2, 3]");
        assertEquals(SamplingParams.builder().maxTokens(16).build(), params(plan));
        assertEquals(Streaming.OFF, plan.streaming());
        assertEquals(1, plan.choicesPerPrompt());
        assertEquals("cmpl-id", plan.id());
        assertArrayEquals(new int[] {1, 2, 3}, plan.prompts().getFirst().promptTokenIds());
    }

    @Test
    void everySamplingFieldReachesTheEngine() throws IOException {
        SamplingParams expected =
                SamplingParams.builder()
                        .maxTokens(7)
                        .temperature(0.5)
                        .topP(0.9)
                        .topK(40)
                        .minP(0.1)
                        .repetitionPenalty(1.2)
                        .presencePenalty(0.3)
                        .frequencyPenalty(-0.4)
                        .seed(42)
                        .n(2)
                        .stop("a", "b")
                        .stopTokenIds(List.of(5, 6))
                        .ignoreEos(true)
                        .minTokens(3)
                        .includeStopStrInOutput(true)
                        .skipSpecialTokens(false)
                        .build();
        String fields =
                """
                "max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1,
                "repetition_penalty": 1.2, "presence_penalty": 0.3, "frequency_penalty": -0.4,
                "seed": 42, "n": 2, "stop": ["a", "b"], "stop_token_ids": [5, 6], "ignore_eos": true,
                "min_tokens": 3, "include_stop_str_in_output": true, "skip_special_tokens": false,\s""";
        assertEquals(expected, params(completion(fields + "\"prompt\": [1]")));
        assertEquals(
                expected,
                params(chat(fields + "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]")));
    }

    @Test
    void modelsDefaultsApplyWhereTheRequestIsSilent() throws IOException {
        ApiMapper mapper =
                mapper(
                        new SamplingDefaults(
                                OptionalDouble.of(0.7),
                                OptionalDouble.of(0.8),
                                OptionalInt.of(20),
                                OptionalDouble.of(0.05),
                                OptionalDouble.of(1.1),
                                OptionalInt.of(9)));
        SamplingParams silent =
                params(
                        mapper.chat(
                                MAPPER.readValue(
                                        "{\"model\": \"other\","
                                                + " \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
                                        CreateChatCompletionRequest.class),
                                POLICY,
                                "id"));
        assertEquals(
                SamplingParams.builder()
                        .temperature(0.7)
                        .topP(0.8)
                        .topK(20)
                        .minP(0.05)
                        .repetitionPenalty(1.1)
                        .maxTokens(9)
                        .build(),
                silent);
        SamplingParams asked =
                params(
                        mapper.completion(
                                MAPPER.readValue(
                                        "{\"model\": \"other\","
                                                + " \"prompt\": [1], \"temperature\": 0, \"top_p\": 1, \"top_k\": 0, \"min_p\": 0,"
                                                + " \"repetition_penalty\": 1}",
                                        CreateCompletionRequest.class),
                                "id"));
        assertEquals(SamplingParams.greedy(16), asked);
    }

    @Test
    void seedOfMinusOneIsNoSeedAsInVllm() throws IOException {
        assertEquals(
                OptionalLong.empty(), params(completion("\"prompt\": [1], \"seed\": -1")).seed());
    }

    @Test
    void severalPromptsBecomeSeveralRequests() throws IOException {
        GenerationPlan plan = completion("\"prompt\": [[1, 2], [3]], \"n\": 3");
        assertEquals(6, plan.numChoices());
        assertEquals(2, plan.numPromptTokens(0));
        assertEquals(1, plan.numPromptTokens(1));
        List<String> ids = plan.prompts().stream().map(GenerationRequest::id).toList();
        assertEquals(List.of(plan.id() + "-0", plan.id() + "-1"), ids);
    }

    @Test
    void choicesOfAllPromptsTogetherAreLimited() throws IOException {
        int prompts = ApiMapper.MAX_CHOICES / 128;
        String most = "[1], ".repeat(prompts - 1) + "[1]";
        assertEquals(
                ApiMapper.MAX_CHOICES,
                completion("\"prompt\": [" + most + "], \"n\": 128").numChoices());
        assertEquals("n", completionRefusal("\"prompt\": [" + most + ", [1]], \"n\": 128").param());
    }

    @Test
    void unknownModelIsRefusedWithOpenAisCode() {
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class,
                        () ->
                                mapper(SamplingDefaults.NONE)
                                        .completion(
                                                MAPPER.readValue(
                                                        "{\"model\": \"gpt-9\", \"prompt\": [1]}",
                                                        CreateCompletionRequest.class),
                                                "id"));
        assertEquals("model", refusal.param());
        assertEquals("model_not_found", refusal.code());
        assertEquals(
                "The model 'gpt-9' does not exist; this server has quire-demo, other.",
                refusal.getMessage());
    }

    @Test
    void streamingHasThreeForms() throws IOException {
        assertEquals(Streaming.ON, completion("\"prompt\": [1], \"stream\": true").streaming());
        assertEquals(
                Streaming.WITH_USAGE,
                completion(
                                "\"prompt\": [1], \"stream\": true,"
                                        + " \"stream_options\": {\"include_usage\": true}")
                        .streaming());
        assertEquals(
                Streaming.WITH_CONTINUOUS_USAGE,
                completion(
                                "\"prompt\": [1], \"stream\": true,"
                                        + " \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}")
                        .streaming());
        assertEquals(
                Streaming.ON,
                completion(
                                "\"prompt\": [1], \"stream\": true,"
                                        + " \"stream_options\": {\"continuous_usage_stats\": true}")
                        .streaming());
    }

    @Test
    void streamOptionsNeedAStream() {
        assertEquals(
                "stream_options",
                completionRefusal("\"prompt\": [1], \"stream_options\": {}").param());
    }

    @Test
    void tokenIdsAreInsideTheVocabulary() throws IOException {
        assertEquals(1, completion("\"prompt\": [4095]").prompts().size());
        InvalidRequestException refusal = completionRefusal("\"prompt\": [1, 4096]");
        assertEquals("prompt", refusal.param());
        assertEquals(
                "'prompt' has token id 4096, which is none of the model's 4096 tokens.",
                refusal.getMessage());
        assertEquals("prompt", completionRefusal("\"prompt\": [-1]").param());
        assertEquals(
                "stop_token_ids",
                completionRefusal("\"prompt\": [1], \"stop_token_ids\": [4096]").param());
    }

    @Test
    void promptLeavesRoomForOneToken() throws IOException {
        assertEquals(1, params(completion("\"prompt\": " + ids(MAX_LENGTH - 1))).maxTokens());
        InvalidRequestException refusal = completionRefusal("\"prompt\": " + ids(MAX_LENGTH));
        assertEquals("prompt", refusal.param());
        assertEquals("context_length_exceeded", refusal.code());
        assertEquals(
                "This model's maximum context length is 32 tokens, but the prompt has 32;"
                        + " shorten it so that there is room for an answer.",
                refusal.getMessage());
    }

    @Test
    void explicitLengthFitsOrIsRefused() throws IOException {
        assertEquals(30, params(completion("\"prompt\": [1, 2], \"max_tokens\": 30")).maxTokens());
        InvalidRequestException refusal =
                completionRefusal("\"prompt\": [1, 2], \"max_tokens\": 31");
        assertEquals("max_tokens", refusal.param());
        assertEquals("context_length_exceeded", refusal.code());
        assertTrue(refusal.getMessage().endsWith("ask for at most 30."), refusal.getMessage());
    }

    private static String ids(int length) {
        return "[" + "1, ".repeat(length - 1) + "1]";
    }

    @Test
    void chatGoesOnToTheEndOfTheContext() throws IOException {
        String messages = "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]";
        GenerationPlan plan = chat(messages);
        assertEquals(MAX_LENGTH - plan.numPromptTokens(0), params(plan).maxTokens());
        assertTrue(plan.id().startsWith("chatcmpl-"), plan.id());
        assertEquals(4, params(chat(messages + ", \"max_tokens\": 4")).maxTokens());
        assertEquals(
                5,
                params(chat(messages + ", \"max_tokens\": 4, \"max_completion_tokens\": 5"))
                        .maxTokens());
        assertEquals(
                "max_completion_tokens",
                chatRefusal(messages + ", \"max_completion_tokens\": 32").param());
    }

    @Test
    void textThatCouldNotFitIsNotEvenTokenized() {
        String fits = "a".repeat(MAX_LENGTH * PromptLimits.MAX_CHARS_PER_TOKEN);
        assertTrue(
                completionRefusal("\"prompt\": \"" + fits + "\"")
                        .getMessage()
                        .contains("but the prompt has"));
        assertTrue(
                completionRefusal("\"prompt\": \"a" + fits + "\"")
                        .getMessage()
                        .contains("but the text has 2049 characters, more than 64 for each token"));
    }

    @Test
    void messagesGoThroughTheTemplate() throws IOException {
        assertEquals(
                "<system>s<user>a\nb<assistant>",
                rendered(
                        "\"messages\": ["
                                + "{\"role\": \"developer\", \"content\": \"s\"}, {\"role\": \"user\", \"content\": ["
                                + "{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"b\"}]}]"));
    }

    @Test
    void anAssistantMayHaveSaidNothing() throws IOException {
        for (String content : List.of("", ", \"content\": null")) {
            assertEquals(
                    "<assistant><user>a<assistant>",
                    rendered(
                            "\"messages\": [{\"role\": \"assistant\""
                                    + content
                                    + "}, {\"role\": \"user\", \"content\": \"a\"}]"));
        }
        assertTrue(
                chatRefusal("\"messages\": [{\"role\": \"user\"}]")
                        .getMessage()
                        .contains("'messages.0.content' is required"));
    }

    @Test
    void templateTakesFurtherVariables() throws IOException {
        assertEquals(
                "<user>a!",
                rendered(
                        "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}],"
                                + " \"add_generation_prompt\": false, \"chat_template_kwargs\": {\"loud\": true}"));
        assertEquals(
                "chat_template_kwargs.messages",
                chatRefusal(
                                "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}],"
                                        + " \"chat_template_kwargs\": {\"messages\": []}")
                        .param());
    }

    @Test
    void finalMessageIsContinued() throws IOException {
        String messages =
                "\"messages\": [{\"role\": \"user\", \"content\": \"a\"},"
                        + " {\"role\": \"assistant\", \"content\": \"I am \"}], \"continue_final_message\": true";
        assertEquals(
                "<user>a<assistant>I am",
                rendered(
                        messages
                                + ", \"add_generation_prompt\": false,"
                                + " \"chat_template_kwargs\": {\"loud\": false}"));
        assertEquals("continue_final_message", chatRefusal(messages).param());
    }

    @Test
    void templatesRefusalIsTheUsers() {
        InvalidRequestException refusal =
                chatRefusal("\"messages\": [{\"role\": \"assistant\", \"content\": \"no\"}]");
        assertEquals("messages", refusal.param());
        assertEquals(
                "The model's chat template refuses these messages: say yes", refusal.getMessage());
    }

    @Test
    void rolesAreChecked() {
        assertEquals(
                "messages.0.role",
                chatRefusal("\"messages\": [{\"role\": \"pirate\", \"content\": \"a\"}]").param());
        assertEquals(
                "'messages.0.role' is 'function', which is gone; use 'tool'.",
                chatRefusal("\"messages\": [{\"role\": \"function\", \"content\": \"a\"}]")
                        .getMessage());
    }

    @Test
    void modelWithoutTemplateIsForCompletions() {
        ApiMapper mapper =
                new ApiMapper(
                        new Served(
                                INFO,
                                TOKENIZER,
                                new ChatRenderer(Optional.empty(), Map.of()),
                                SamplingDefaults.NONE,
                                RULES));
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class,
                        () ->
                                mapper.chat(
                                        MAPPER.readValue(
                                                "{\"model\": \"quire-demo\", \"messages\":"
                                                        + " [{\"role\": \"user\", \"content\": \"a\"}]}",
                                                CreateChatCompletionRequest.class),
                                        POLICY,
                                        "id"));
        assertTrue(refusal.getMessage().contains("no chat template"), refusal.getMessage());
    }
}
