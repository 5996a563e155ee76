package sample;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.MimeTypeUtils;
import quire.LLM;
import quire.LLMInfo;
import quire.Message;
import quire.PendingCompletion;
import quire.SamplingParams;

/** Does with the sample's beans what applications do, and prints what comes of it. */
@SpringBootApplication
public class Main {

    private static final String QUESTION = "Name the capital of Iraq.";

    public static void main(String[] args) throws Exception {
        try (ConfigurableApplicationContext context = SpringApplication.run(Main.class, args)) {
            LLM llm = context.getBean(LLM.class);
            QuireChatModel model = context.getBean(QuireChatModel.class);
            ChatClient client =
                    ChatClient.builder(model)
                            .defaultOptions(ChatOptions.builder().temperature(0.0).build())
                            .build();
            print("answer", client.prompt(QUESTION).call().content());
            stream(client);
            remember(client, llm);
            cut(client);
            cancel(model, context.getBean(MeterRegistry.class));
            honour(llm);
            refuse(model);
            meters(context.getBean(PrometheusMeterRegistry.class));
        }
    }

    private static void print(String what, Object value) {
        System.out.println("> " + what + ": " + value);
    }

    private static void stream(ChatClient client) {
        List<ChatResponse> pieces =
                client.prompt(QUESTION).stream().chatResponse().collectList().block();
        print(
                "stream",
                pieces.stream()
                        .map(piece -> piece.getResult().getOutput().getText())
                        .collect(Collectors.joining()));
        ChatResponse last = pieces.getLast();
        print("stream ended by", last.getResult().getMetadata().getFinishReason());
        print("stream's tokens", last.getMetadata().getUsage().getCompletionTokens());
        // Who is slower than the model gets longer pieces: a long answer has several all the same.
        ChatOptions hot = ChatOptions.builder().temperature(20.0).maxTokens(300).build();
        long numPieces = client.prompt(QUESTION).options(hot).stream().content().count().block();
        print("pieces", numPieces > 2);
    }

    private static void remember(ChatClient client, LLM llm) {
        ChatClient remembering =
                client.mutate()
                        .defaultAdvisors(
                                MessageChatMemoryAdvisor.builder(
                                                MessageWindowChatMemory.builder().build())
                                        .build())
                        .build();
        String answer = remembering.prompt(QUESTION).call().content();
        String next = "And of France?";
        ChatResponse second = remembering.prompt(next).call().chatResponse();
        print(
                "forgotten tokens",
                llm.countTokens(
                                List.of(
                                        Message.user(QUESTION),
                                        Message.assistant(answer),
                                        Message.user(next)))
                        - second.getMetadata().getUsage().getPromptTokens());
    }

    private static void cut(ChatClient client) {
        ChatResponse cut =
                client.prompt(QUESTION)
                        .options(ChatOptions.builder().temperature(0.0).maxTokens(3).build())
                        .call()
                        .chatResponse();
        print("cut", cut.getResult().getOutput().getText());
        print("cut by", cut.getResult().getMetadata().getFinishReason());
        print("cut's tokens", cut.getMetadata().getUsage().getCompletionTokens());
        print("cut's model", cut.getMetadata().getModel());
    }

    private static void cancel(QuireChatModel model, MeterRegistry registry) throws Exception {
        var aborted =
                registry.get("vllm:request_success").tag("finished_reason", "abort").counter();
        print("aborted", aborted.count());
        // Hot enough to go on for the whole context, or nearly.
        ChatOptions hot = ChatOptions.builder().temperature(20.0).build();
        model.stream(new Prompt(QUESTION, hot)).take(2).blockLast();
        while (aborted.count() == 0) {
            Thread.sleep(1);
        }
        print("aborted", aborted.count());
    }

    /** Asks for one option of Spring AI after the other, and looks what comes to Quire. */
    private static void honour(LLM llm) throws Exception {
        Map<String, Object> asked =
                Map.of(
                        "model",
                        llm.info().name(),
                        "frequencyPenalty",
                        0.5,
                        "maxTokens",
                        4,
                        "presencePenalty",
                        0.25,
                        "stopSequences",
                        List.of("zebra"),
                        "temperature",
                        0.75,
                        "topK",
                        6,
                        "topP",
                        0.125);
        Map<String, SamplingParams> expected =
                Map.of(
                        "model", SamplingParams.DEFAULT,
                        "frequencyPenalty", SamplingParams.builder().frequencyPenalty(0.5).build(),
                        "maxTokens", SamplingParams.builder().maxTokens(4).build(),
                        "presencePenalty", SamplingParams.builder().presencePenalty(0.25).build(),
                        "stopSequences", SamplingParams.builder().stop("zebra").build(),
                        "temperature", SamplingParams.builder().temperature(0.75).build(),
                        "topK", SamplingParams.builder().topK(6).build(),
                        "topP", SamplingParams.builder().topP(0.125).build());
        List<SamplingParams> heard = new ArrayList<>();
        QuireChatModel model = new QuireChatModel(new Listening(llm, heard));
        model.call(QUESTION);
        print("nothing asked for", heard.removeLast().equals(SamplingParams.DEFAULT));
        Map<String, Boolean> honoured = new TreeMap<>();
        for (Method getter : ChatOptions.class.getMethods()) {
            if (getter.getName().startsWith("get")) {
                String name = getter.getName().substring(3, 4).toLowerCase(Locale.ROOT);
                name += getter.getName().substring(4);
                ChatOptions.Builder options = ChatOptions.builder();
                for (Method setter : ChatOptions.Builder.class.getMethods()) {
                    if (setter.getName().equals(name)) {
                        setter.invoke(options, asked.get(name));
                    }
                }
                model.call(new Prompt(QUESTION, options.build()));
                honoured.put(name, heard.removeLast().equals(expected.get(name)));
            }
        }
        print("honoured", honoured);
    }

    private static void refuse(QuireChatModel model) {
        refuse(model, new Prompt(QUESTION, ChatOptions.builder().model("other").build()));
        refuse(
                model,
                new Prompt(QUESTION, ToolCallingChatOptions.builder().toolNames("rain").build()));
        Media image = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("http://127.0.0.1/a.png"));
        refuse(model, new Prompt(UserMessage.builder().text(QUESTION).media(image).build()));
        AssistantMessage.ToolCall call = new AssistantMessage.ToolCall("1", "function", "rain", "");
        refuse(
                model,
                new Prompt(
                        AssistantMessage.builder().content("").toolCalls(List.of(call)).build()));
        refuse(
                model,
                new Prompt(
                        ToolResponseMessage.builder()
                                .responses(
                                        List.of(
                                                new ToolResponseMessage.ToolResponse(
                                                        "1", "rain", "yes")))
                                .build()));
    }

    private static void refuse(QuireChatModel model, Prompt prompt) {
        try {
            print("answered", model.call(prompt));
        } catch (UnsupportedOperationException e) {
            print("refused", e.getMessage());
        }
    }

    private static void meters(PrometheusMeterRegistry registry) {
        print(
                "meters",
                Arrays.stream(registry.scrape().split("\n"))
                        .filter(line -> line.startsWith("# TYPE vllm"))
                        .map(line -> line.split(" ")[2])
                        .filter(name -> !name.endsWith("_max"))
                        .sorted()
                        .collect(Collectors.joining(" ")));
    }

    /** Hears what an LLM is asked for. */
    private record Listening(LLM llm, List<SamplingParams> asked) implements LLM {

        @Override
        public List<PendingCompletion> submitAll(List<quire.Prompt> prompts, SamplingParams how) {
            asked.add(how);
            return llm.submitAll(prompts, how.toBuilder().maxTokens(1).build());
        }

        @Override
        public int[] tokenize(quire.Prompt prompt) {
            return llm.tokenize(prompt);
        }

        @Override
        public String detokenize(int... tokenIds) {
            return llm.detokenize(tokenIds);
        }

        @Override
        public String applyTemplate(List<Message> conversation) {
            return llm.applyTemplate(conversation);
        }

        @Override
        public LLMInfo info() {
            return llm.info();
        }

        @Override
        public void close() {
            llm.close();
        }
    }
}
