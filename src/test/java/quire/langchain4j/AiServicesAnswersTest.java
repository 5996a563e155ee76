package quire.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.ToolExecutor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;

/** LangChain4j's services with tools and with objects as answers, over a model in this process. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AiServicesAnswersTest {

    private static LLM llm;

    enum Mood {
        GOOD,
        BAD
    }

    record Verdict(Mood mood, boolean sure) {}

    interface Judge {
        Verdict judge(String text);
    }

    interface Clock {
        String ask(String question);
    }

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm = LLM.load(Path.of("models/quire-demo"));
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    @Test
    void answerIsARecord() {
        Judge judge =
                AiServices.create(Judge.class, new QuireChatModel(llm, SamplingParams.greedy(100)));
        Verdict verdict = judge.judge("What a nice day!");
        assertNotNull(verdict.mood());
    }

    @Test
    void modelCallsAToolOfTheService() {
        List<String> cities = new CopyOnWriteArrayList<>();
        ToolSpecification time =
                ToolSpecification.builder()
                        .name("get_time")
                        .description("Get the local time in a city.")
                        .parameters(
                                JsonObjectSchema.builder()
                                        .addStringProperty("city", "The name of the city.")
                                        .required("city")
                                        .build())
                        .build();
        ToolExecutor executor =
                (call, memoryId) -> {
                    cities.add(call.arguments());
                    return "{\"time\": \"06:17\"}";
                };
        Clock clock =
                AiServices.builder(Clock.class)
                        .chatModel(new QuireChatModel(llm, SamplingParams.greedy(100)))
                        .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                        .tools(Map.of(time, executor))
                        .build();
        assertEquals("It is 06:17 in Lima.", clock.ask("What time is it in Lima?"));
        assertEquals(List.of("{\"city\": \"Lima\"}"), cities);
    }
}
