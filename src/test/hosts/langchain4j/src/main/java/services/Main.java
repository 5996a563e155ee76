package services;

import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import quire.LLM;
import quire.Message;
import quire.SamplingParams;
import quire.langchain4j.QuireChatModel;
import quire.langchain4j.QuireStreamingChatModel;

/** Asks a service twice, whole and streamed. */
public class Main {

    private static final String QUESTION = "Name the capital of Iraq.";
    private static final String NEXT = "Name the capital of France.";

    interface Assistant {

        String answer(String question);

        TokenStream stream(String question);
    }

    private static List<Message> conversation(String answer) {
        return List.of(Message.user(QUESTION), Message.assistant(answer), Message.user(NEXT));
    }

    public static void main(String[] args) {
        try (LLM llm = LLM.load(Path.of(args[0]))) {
            SamplingParams greedy = SamplingParams.greedy();
            Assistant assistant =
                    AiServices.builder(Assistant.class)
                            .chatModel(new QuireChatModel(llm, greedy))
                            .streamingChatModel(new QuireStreamingChatModel(llm, greedy))
                            .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                            .build();
            String answer = assistant.answer(QUESTION);
            System.out.println("answer: " + answer);
            StringBuilder text = new StringBuilder();
            CompletableFuture<Integer> tokens = new CompletableFuture<>();
            assistant.stream(NEXT)
                    .onPartialResponse(text::append)
                    .onCompleteResponse(
                            whole -> tokens.complete(whole.tokenUsage().inputTokenCount()))
                    .onError(tokens::completeExceptionally)
                    .start();
            int remembered = tokens.join();
            System.out.println("stream: " + text);
            System.out.println(
                    "forgotten tokens: " + (llm.countTokens(conversation(answer)) - remembered));
        }
    }
}
