package quire.clients;

import java.util.List;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.tool.annotation.Tool;

/** Asks a server through Spring AI's client for OpenAI, and prints what it answers. */
public final class Ask {

    private static final String QUESTION = "Name the capital of Iraq.";
    private static final String CLOCK_QUESTION = "What time is it in Lima?";

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
        try {
            client(args[0], "nobody").prompt(QUESTION).call().content();
        } catch (NonTransientAiException e) {
            print(e.getMessage());
        }
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
