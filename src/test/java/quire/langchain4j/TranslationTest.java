package quire.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import quire.ClosedException;
import quire.Completion;
import quire.EngineFailedException;
import quire.LLMException;
import quire.Message;
import quire.OverloadException;
import quire.Prompt;
import quire.PromptException;
import quire.SamplingParams;

/** Nothing of a request is lost on its way: it is honoured, or refused by its name. */
class TranslationTest {

    private static final ToolSpecification TOOL =
            ToolSpecification.builder().name("weather").build();

    private final FakeLLM llm = new FakeLLM();

    private SamplingParams params(ChatRequestParameters parameters) {
        return params(SamplingParams.DEFAULT, parameters);
    }

    private SamplingParams params(SamplingParams defaults, ChatRequestParameters parameters) {
        new QuireChatModel(llm, defaults)
                .chat(
                        ChatRequest.builder()
                                .messages(UserMessage.from("Why?"))
                                .parameters(parameters)
                                .build());
        return llm.params.removeLast();
    }

    private static DefaultChatRequestParameters.Builder<?> asking() {
        return ChatRequestParameters.builder();
    }

    /** Each parameter that LangChain4j has, by its name, with a value that asks for something. */
    private static final Map<String, ChatRequestParameters> PARAMETERS =
            Map.ofEntries(
                    Map.entry("modelName", asking().modelName("other").build()),
                    Map.entry("temperature", asking().temperature(0.5).build()),
                    Map.entry("topP", asking().topP(0.25).build()),
                    Map.entry("topK", asking().topK(7).build()),
                    Map.entry("frequencyPenalty", asking().frequencyPenalty(0.75).build()),
                    Map.entry("presencePenalty", asking().presencePenalty(-0.5).build()),
                    Map.entry("maxOutputTokens", asking().maxOutputTokens(9).build()),
                    Map.entry("stopSequences", asking().stopSequences("a", "b").build()),
                    Map.entry("toolSpecifications", asking().toolSpecifications(TOOL).build()),
                    Map.entry("toolChoice", asking().toolChoice(ToolChoice.REQUIRED).build()),
                    Map.entry(
                            "responseFormat",
                            asking().responseFormat(ResponseFormat.JSON).build()));

    @Test
    void everyParameterThatLangChain4jHasIsHonouredOrRefusedByName() {
        Set<String> names =
                Arrays.stream(ChatRequestParameters.class.getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .filter(method -> method.getParameterCount() == 0)
                        .map(Method::getName)
                        .collect(Collectors.toSet());
        assertEquals(PARAMETERS.keySet(), names);
        PARAMETERS.forEach(
                (name, parameters) -> {
                    try {
                        assertNotEquals(SamplingParams.DEFAULT, params(parameters), name);
                    } catch (LangChain4jException e) {
                        assertTrue(e.getMessage().contains(name), e::getMessage);
                    }
                });
    }

    @Test
    void parametersAreQuiresOwnUnderOtherNames() {
        assertEquals(
                SamplingParams.builder()
                        .temperature(0.5)
                        .topP(0.25)
                        .topK(7)
                        .frequencyPenalty(0.75)
                        .presencePenalty(-0.5)
                        .maxTokens(9)
                        .stop("a", "b")
                        .build(),
                params(
                        asking().temperature(0.5)
                                .topP(0.25)
                                .topK(7)
                                .frequencyPenalty(0.75)
                                .presencePenalty(-0.5)
                                .maxOutputTokens(9)
                                .stopSequences("a", "b")
                                .build()));
    }

    @Test
    void whatARequestDoesNotSayIsAsTheModelWasMade() {
        assertEquals(SamplingParams.DEFAULT, params(asking().build()));
        SamplingParams defaults =
                SamplingParams.builder().seed(3).minP(0.1).topK(5).stop("end").build();
        assertEquals(defaults, params(defaults, asking().build()));
        assertEquals(
                defaults.toBuilder().topK(7).build(), params(defaults, asking().topK(7).build()));
    }

    @Test
    void whatAsksForNothingIsNotRefused() {
        ChatRequestParameters nothing =
                asking().modelName(FakeLLM.NAME)
                        .toolChoice(ToolChoice.AUTO)
                        .toolSpecifications(List.of())
                        .responseFormat(ResponseFormat.TEXT)
                        .build();
        assertEquals(SamplingParams.DEFAULT, params(nothing));
    }

    @Test
    void anotherModelIsNotFound() {
        assertThrows(ModelNotFoundException.class, () -> params(PARAMETERS.get("modelName")));
    }

    @Test
    void severalChoicesAreRefusedWhenTheModelIsMade() {
        SamplingParams two = SamplingParams.builder().n(2).build();
        assertThrows(UnsupportedFeatureException.class, () -> new QuireChatModel(llm, two));
        assertThrows(
                UnsupportedFeatureException.class, () -> new QuireStreamingChatModel(llm, two));
    }

    @Test
    void conversationsKeepTheirOrderAndText() {
        new QuireChatModel(llm)
                .chat(
                        SystemMessage.from("Be brief."),
                        UserMessage.from("Why?"),
                        AiMessage.from("Because."),
                        UserMessage.from(TextContent.from("And"), TextContent.from("how?")));
        assertEquals(
                List.of(
                        Prompt.chat(
                                List.of(
                                        Message.system("Be brief."),
                                        Message.user("Why?"),
                                        Message.assistant("Because."),
                                        Message.user("And\nhow?")))),
                llm.prompts);
    }

    @Test
    void whatIsNotTextIsRefused() {
        for (ChatMessage message :
                List.<ChatMessage>of(
                        UserMessage.from("Ann", "Why?"),
                        UserMessage.from(ImageContent.from("http://127.0.0.1/a.png")),
                        CustomMessage.from(Map.of("text", "Why?")))) {
            UnsupportedFeatureException e =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () -> new QuireChatModel(llm).chat(message));
            assertTrue(e.getMessage().startsWith("Quire does not support "), e::getMessage);
        }
        assertEquals(List.of(), llm.prompts);
    }

    @Test
    void answersHaveUsageReasonAndModel() {
        llm.answer =
                Completion.of(
                        List.of(Completion.Choice.of("Well", quire.FinishReason.LENGTH)),
                        Completion.Usage.of(12, 4, 3));
        ChatResponse response = new QuireChatModel(llm).chat(UserMessage.from("Why?"));
        assertEquals("Well", response.aiMessage().text());
        assertEquals(FinishReason.LENGTH, response.finishReason());
        assertEquals(new TokenUsage(12, 3, 15), response.tokenUsage());
        assertEquals(FakeLLM.NAME, response.modelName());
        llm.answer = Completion.of("");
        assertEquals("", new QuireChatModel(llm).chat("Why?"));
        assertEquals(
                FinishReason.STOP,
                new QuireChatModel(llm).chat(UserMessage.from("Why?")).finishReason());
    }

    @Test
    void thoughtsAreApartFromAnswers() throws Exception {
        Completion.Choice choice =
                Completion.Choice.of("42", quire.FinishReason.STOP).withReasoning("6 times 7");
        llm.answer = Completion.of(List.of(choice), Completion.Usage.of(1, 0, 1));
        AiMessage message = new QuireChatModel(llm).chat(UserMessage.from("Why?")).aiMessage();
        assertEquals("6 times 7", message.thinking());
        assertEquals("42", message.text());
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        new QuireStreamingChatModel(llm)
                .chat(
                        "Why?",
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onPartialThinking(PartialThinking piece) {
                                heard.add("thought " + piece.text());
                            }

                            @Override
                            public void onPartialResponse(String piece) {
                                heard.add(piece);
                            }

                            @Override
                            public void onCompleteResponse(ChatResponse response) {
                                heard.add(response.aiMessage().thinking());
                            }

                            @Override
                            public void onError(Throwable error) {
                                heard.add(error.toString());
                            }
                        });
        for (String expected : List.of("thought 6 times 7", "42", "6 times 7")) {
            assertEquals(expected, heard.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void exceptionsAreThoseThatLangChain4jLooksFor() {
        Map<LLMException, Class<?>> exceptions =
                Map.of(
                        new PromptException("too long"), InvalidRequestException.class,
                        new OverloadException("too many"), RateLimitException.class,
                        new EngineFailedException("failed", false), InternalServerException.class,
                        new EngineFailedException("lost", true), NonRetriableException.class,
                        new ClosedException("gone"), NonRetriableException.class);
        exceptions.forEach(
                (own, theirs) -> {
                    llm.failure = Optional.of(own);
                    Exception e =
                            assertThrows(
                                    LangChain4jException.class,
                                    () -> new QuireChatModel(llm).chat("Why?"));
                    assertSame(theirs, e.getClass());
                    assertEquals(own.getMessage(), e.getMessage());
                    assertInstanceOf(own.getClass(), e.getCause());
                });
    }

    @Test
    void aMessageCountsAsWhatAConversationGrowsBy() {
        QuireTokenCountEstimator counts = new QuireTokenCountEstimator(llm);
        ChatMessage question = UserMessage.from("Why?");
        ChatMessage answer = AiMessage.from("Because.");
        assertEquals(4, counts.estimateTokenCountInText("Why?"));
        assertEquals(5, counts.estimateTokenCountInMessage(question));
        assertEquals(15, counts.estimateTokenCountInMessages(List.of(question, answer)));
        llm.alternates = true;
        assertEquals(15, counts.estimateTokenCountInMessages(List.of(question, answer)));
        assertEquals(4, counts.estimateTokenCountInMessage(question), "its text alone");
        assertEquals(12, counts.estimateTokenCountInMessages(List.of(answer, question)), "refused");
        assertEquals(0, counts.estimateTokenCountInMessages(List.of()));
    }
}
