package quire.clients;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import org.springframework.ai.openai.api.OpenAiApi.ChatCompletionRequest.ToolChoiceBuilder;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.annotation.Tool;

/** Asks a server through Spring AI's client for OpenAI, and prints what it answers. */
public final class Ask {

    private static final String QUESTION = "Name the capital of Iraq.";
    private static final String CLOCK_QUESTION = "What time is it in Lima?";

    /** A country and its capital, in the order of the demo model's answers. */
    @JsonPropertyOrder({"country", "capital"})
    record Capital(String country, String capital) {}

    /** A tool for the model. */
    static final class Clock {

        @Tool(name = "get_time", description = "Get the local time in a city.")
        String time(String city) {
            return city.equals("Lima") ? "{\"time\": \"06:17\"}" : "unknown";
        }
    }

    private Ask() {}

    /**
     * @param args the server's address
     */
    public static void main(String[] args) {
        ChatClient client = client(args[0], "quire-demo");
        print(client.prompt(QUESTION).call().content());
        print(joined(client.prompt(QUESTION).stream().content().collectList().block()));
        Clock clock = new Clock();
        print(client.prompt(CLOCK_QUESTION).tools(clock).call().content());
        print(
                joined(
                        client.prompt(CLOCK_QUESTION).tools(clock).stream()
                                .content()
                                .collectList()
                                .block()));
        print(
                client.prompt("Give the capital of Albania as JSON.")
                        .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
                        .call()
                        .entity(Capital.class));
        forced(args[0]);
        try {
            client(args[0], "nobody").prompt(QUESTION).call().content();
        } catch (NonTransientAiException e) {
            print(e.getMessage());
        }
    }

    /** A call that must come; it comes back as it is, and nothing is executed. */
    private static void forced(String server) {
        OpenAiChatOptions options =
                OpenAiChatOptions.builder()
                        .toolCallbacks(ToolCallbacks.from(new Clock()))
                        .toolChoice(ToolChoiceBuilder.function("get_time"))
                        .internalToolExecutionEnabled(false)
                        .maxTokens(64)
                        .build();
        client(server, "quire-demo")
                .prompt(CLOCK_QUESTION)
                .options(options)
                .call()
                .chatResponse()
                .getResult()
                .getOutput()
                .getToolCalls()
                .forEach(call -> print(call.name() + call.arguments()));
    }

    private static ChatClient client(String server, String model) {
        OpenAiApi api = OpenAiApi.builder().baseUrl(server).apiKey("none").build();
        OpenAiChatOptions options =
                OpenAiChatOptions.builder().model(model).temperature(0.0).build();
        return ChatClient.create(
                OpenAiChatModel.builder().openAiApi(api).defaultOptions(options).build());
    }

    /** So that it is told from what the libraries log. */
    private static void print(Object answer) {
        System.out.println("> " + answer);
    }

    private static String joined(List<String> pieces) {
        return String.join("", pieces);
    }
}
