package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTokenLogprob;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.models.Model;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client, unchanged but for the address. */
@QuarkusTest
class OpenAiJavaClientTest extends JavaClients {

    private static CompletionCreateParams.Builder resume(String prompt) {
        return CompletionCreateParams.builder().model(MODEL).temperature(0.0).prompt(prompt);
    }

    private static ChatCompletionCreateParams params(GoldenChat chat) {
        ChatCompletionCreateParams.Builder params =
                ChatCompletionCreateParams.builder().model(MODEL).temperature(0.0);
        for (GoldenChat.Message message : chat.messages()) {
            switch (message.role()) {
                case "system" -> params.addSystemMessage(message.content());
                case "assistant" -> params.addAssistantMessage(message.content());
                default -> params.addUserMessage(message.content());
            }
        }
        return params.build();
    }

    private static ChatCompletionStreamOptions withUsage() {
        return ChatCompletionStreamOptions.builder().includeUsage(true).build();
    }

    private ChatCompletion chat(ChatCompletionCreateParams params) {
        return openAi.chat().completions().create(params).validate();
    }

    private static String text(ChatCompletion completion) {
        return completion.choices().getFirst().message().content().orElseThrow();
    }

    @Test
    void conversationsAreAnsweredAsInTransformers() {
        for (GoldenChat chat : GoldenChat.all()) {
            ChatCompletion completion = chat(params(chat));
            assertEquals(chat.answer(), text(completion), chat.prompt());
            assertEquals(
                    ChatCompletion.Choice.FinishReason.STOP,
                    completion.choices().getFirst().finishReason());
            assertUsage(chat, completion.usage());
            assertEquals(MODEL, completion.model());
        }
    }

    private static void assertUsage(GoldenChat chat, Optional<CompletionUsage> usage) {
        assertEquals(chat.promptIds().size(), usage.orElseThrow().promptTokens(), chat.prompt());
        assertEquals(chat.numAnswerTokens(), usage.get().completionTokens(), chat.prompt());
        assertEquals(chat.promptIds().size() + chat.numAnswerTokens(), usage.get().totalTokens());
    }

    @Test
    void streamedConversationsAddUpToTheSameAnswerAndUsage() {
        for (GoldenChat chat : GoldenChat.all().subList(0, 10)) {
            ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
            List<ChatCompletionChunk> chunks = new ArrayList<>();
            ChatCompletionCreateParams params =
                    params(chat).toBuilder().streamOptions(withUsage()).build();
            try (StreamResponse<ChatCompletionChunk> stream =
                    openAi.chat().completions().createStreaming(params)) {
                stream.stream()
                        .map(ChatCompletionChunk::validate)
                        .peek(whole::accumulate)
                        .forEach(chunks::add);
            }
            assertEquals(chat.answer(), text(whole.chatCompletion()), chat.prompt());
            assertUsage(chat, chunks.getLast().usage());
            assertTrue(chunks.getLast().choices().isEmpty());
            assertTrue(chunks.size() > 3, "one text at a time: " + chunks);
            assertEquals(1, chunks.stream().map(ChatCompletionChunk::id).distinct().count());
        }
    }

    @Test
    void logprobsOfAStreamAddUpToThoseOfTheAnswer() {
        ChatCompletionCreateParams params = ask("Hello").logprobs(true).topLogprobs(2).build();
        ChatCompletion streamed =
                joined(openAi.chat().completions().createStreaming(params)).chatCompletion();
        List<ChatCompletionTokenLogprob> tokens = logprobs(chat(params));
        assertEquals(tokens, logprobs(streamed));
        assertFalse(tokens.isEmpty());
        tokens.forEach(token -> assertEquals(2, token.topLogprobs().size()));
    }

    private static List<ChatCompletionTokenLogprob> logprobs(ChatCompletion answer) {
        return answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    }

    @Test
    void completionsOfTextAndOfTokensAreTheSame() {
        for (GoldenChat chat : GoldenChat.all().subList(0, 10)) {
            CompletionCreateParams ofText = resume(chat.prompt()).maxTokens(128).build();
            CompletionCreateParams ofTokens =
                    ofText.toBuilder().promptOfArrayOfTokens(chat.promptIds()).build();
            for (CompletionCreateParams params : List.of(ofText, ofTokens)) {
                Completion completion = openAi.completions().create(params).validate();
                CompletionChoice choice = completion.choices().getFirst();
                assertEquals(chat.answer(), choice.text());
                assertEquals(CompletionChoice.FinishReason.STOP, choice.finishReason());
                assertUsage(chat, completion.usage());
            }
        }
    }

    @Test
    void streamedCompletionAddsUpToTheSameText() {
        GoldenChat chat = GoldenChat.all().getFirst();
        StringBuilder text = new StringBuilder();
        List<Completion> chunks = new ArrayList<>();
        CompletionCreateParams params =
                resume(chat.prompt()).maxTokens(128).streamOptions(withUsage()).build();
        try (StreamResponse<Completion> stream = openAi.completions().createStreaming(params)) {
            stream.stream().forEach(chunks::add);
        }
        chunks.forEach(chunk -> chunk.choices().forEach(choice -> text.append(choice.text())));
        assertEquals(chat.answer(), text.toString());
        assertUsage(chat, chunks.getLast().usage());
    }

    @Test
    void eachPromptOfSeveralHasItsChoicesInOrder() {
        CompletionCreateParams params =
                CompletionCreateParams.builder()
                        .model(MODEL)
                        .promptOfArrayOfStrings(
                                List.of("The capital of France is", "The capital of Iraq is"))
                        .temperature(0.0)
                        .n(2)
                        .maxTokens(8)
                        .build();
        Completion completion = openAi.completions().create(params).validate();
        assertEquals(
                List.of(" Paris.", " Paris.", " Baghdad.", " Baghdad."),
                completion.choices().stream().map(CompletionChoice::text).toList());
        assertEquals(
                List.of(0L, 1L, 2L, 3L),
                completion.choices().stream().map(CompletionChoice::index).toList());
    }

    @Test
    void stopStringEndsTheAnswerBeforeIt() {
        ChatCompletion completion =
                chat(ask("Name the months of the year.").stop(" March").build());
        assertEquals("The months are January, February,", text(completion));
        assertEquals(
                ChatCompletion.Choice.FinishReason.STOP,
                completion.choices().getFirst().finishReason());
    }

    @Test
    void answerOfLimitedLengthSaysSo() {
        ChatCompletion completion =
                chat(ask("Name the months of the year.").maxCompletionTokens(3).build());
        assertEquals(
                ChatCompletion.Choice.FinishReason.LENGTH,
                completion.choices().getFirst().finishReason());
        assertEquals(3, completion.usage().orElseThrow().completionTokens());
    }

    /** OpenAI calls the seed deprecated; we take it. */
    @SuppressWarnings("deprecation")
    @Test
    void seedDrawsTheSameChoicesAgainAndEachChoiceItsOwn() {
        ChatCompletionCreateParams params =
                ask("Tell me a story about a bear.").temperature(1.0).seed(7).n(2).build();
        List<String> first = texts(chat(params));
        assertEquals(first, texts(chat(params)));
        assertEquals(2, first.size());
        assertNotEquals(first.get(0), first.get(1));
        assertNotEquals(first, texts(chat(params.toBuilder().seed(8).build())));
    }

    private static List<String> texts(ChatCompletion completion) {
        return completion.choices().stream()
                .map(choice -> choice.message().content().orElseThrow())
                .toList();
    }

    @Test
    void manyQuestionsAtOnceGetEachItsAnswer() {
        List<CompletableFuture<ChatCompletion>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ChatCompletionCreateParams params = ask("What is " + i + " + 31?").build();
            answers.add(openAi.async().chat().completions().create(params));
        }
        for (int i = 0; i < 40; i++) {
            assertEquals(i + " + 31 = " + (i + 31), text(answers.get(i).join()));
        }
    }

    @Test
    void servedModelsAreListedAndDescribed() {
        List<Model> models = openAi.models().list().items();
        assertEquals(List.of(MODEL), models.stream().map(Model::id).toList());
        assertEquals(MODEL, openAi.models().retrieve(MODEL).validate().id());
        assertThrows(NotFoundException.class, () -> openAi.models().retrieve("none-such"));
    }

    @Test
    void modelThatIsNotServedIsNotFound() {
        ChatCompletionCreateParams params = ask("Hello").model("none-such").build();
        NotFoundException error = assertThrows(NotFoundException.class, () -> chat(params));
        assertEquals(Optional.of("model_not_found"), error.code());
        assertEquals(Optional.of("model"), error.param());
        assertFalse(error.getMessage().isBlank());
    }

    @Test
    void badRequestsNameTheirField() {
        assertRefused("temperature", ask("Hello").temperature(-1.0));
        assertRefused("n", ask("Hello").n(0));
        assertRefused("top_logprobs", ask("Hello").topLogprobs(2));
        assertRefused(
                "top_kk", ask("Hello").putAdditionalBodyProperty("top_kk", JsonValue.from(3)));
        BadRequestException tooLong =
                assertRefused("max_completion_tokens", ask("Hello").maxCompletionTokens(100_000));
        assertEquals(Optional.of("context_length_exceeded"), tooLong.code());
    }

    private BadRequestException assertRefused(
            String param, ChatCompletionCreateParams.Builder params) {
        BadRequestException error =
                assertThrows(BadRequestException.class, () -> chat(params.build()));
        assertEquals(Optional.of(param), error.param());
        assertEquals(Optional.of("invalid_request_error"), error.type());
        return error;
    }

    @Test
    void refusedStreamIsAnErrorAndNotAStream() {
        ChatCompletionCreateParams params = ask("Hello").temperature(-1.0).build();
        assertThrows(
                BadRequestException.class,
                () -> openAi.chat().completions().createStreaming(params).close());
    }
}
