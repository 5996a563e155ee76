package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers that are more than text, from the demo model: calls, objects, likelihoods. */
class LLMAnswersTest {

    private static final List<Message> QUESTION = List.of(Message.user("What time is it in Lima?"));
    private static final SamplingParams GREEDY = SamplingParams.greedy(64);

    record City(String city) {}

    private static final Tool GET_TIME =
            Tool.of(
                    "get_time",
                    "Get the local time in a city.",
                    "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\","
                            + " \"description\": \"The name of the city.\"}}, \"required\":"
                            + " [\"city\"]}");
    private static final Tool GET_WEATHER =
            Tool.of("get_weather", "Get the current weather of a city.", City.class);

    private static LLM llm;

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm = LLM.builder(Path.of("models/quire-demo")).contextLength(1024).threads(1).load();
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    private static SamplingParamsBuilder with(Tool... tools) {
        return GREEDY.toBuilder().tools(tools);
    }

    @Test
    void modelCallsAToolAndReadsItsAnswer() {
        SamplingParams params = with(GET_WEATHER, GET_TIME).build();
        List<Message> conversation = new ArrayList<>(QUESTION);
        Completion call = llm.chat(conversation, params);
        assertEquals(FinishReason.TOOL_CALLS, call.finishReason());
        assertEquals("", call.text());
        ToolCall toolCall = call.toolCalls().getFirst();
        assertEquals("get_time", toolCall.name());
        assertEquals(new City("Lima"), toolCall.as(City.class));
        conversation.add(call.message());
        conversation.add(Message.tool(toolCall, "{\"time\": \"06:17\"}"));
        Completion answer = llm.chat(conversation, params);
        assertEquals("It is 06:17 in Lima.", answer.text());
        assertEquals(List.of(), answer.toolCalls());
        assertEquals(FinishReason.STOP, answer.finishReason());
    }

    @Test
    void streamedTextHasNoCalls() {
        List<String> pieces = new ArrayList<>();
        Completion call = llm.streamChat(QUESTION, with(GET_TIME).build(), pieces::add);
        assertEquals(List.of(), pieces);
        assertEquals(1, call.toolCalls().size());
        PendingCompletion pending = llm.submit(Prompt.chat(QUESTION), with(GET_TIME).n(2).build());
        assertEquals(
                pending.await().choices().getFirst().toolCalls(),
                pending.await().toolCalls(),
                "with the same ids for whoever asks");
        assertEquals(2, pending.await().choices().size());
        pending.await()
                .choices()
                .forEach(
                        choice ->
                                assertEquals(
                                        new City("Lima"),
                                        choice.toolCalls().getFirst().as(City.class)));
    }

    @Test
    void callThatIsForbiddenIsText() {
        Completion said = llm.chat(QUESTION, with(GET_TIME).toolChoice(ToolChoice.NONE).build());
        assertEquals(List.of(), said.toolCalls());
        assertTrue(said.text().contains("\"name\": \"get_time\""), said.text());
    }

    @Test
    void callsAreForced() {
        SamplingParams required = with(GET_WEATHER).toolChoice(ToolChoice.REQUIRED).build();
        List<Message> hello = List.of(Message.user("Who are you?"));
        Completion call = llm.chat(hello, required.toBuilder().maxTokens(300).build());
        assertEquals("get_weather", call.toolCalls().getFirst().name());
        assertEquals(FinishReason.TOOL_CALLS, call.finishReason());
        assertEquals("", call.text());
        call.toolCalls().getFirst().as(City.class);
        Completion named =
                llm.chat(
                        QUESTION,
                        with(GET_WEATHER, GET_TIME)
                                .toolChoice(ToolChoice.tool("get_time"))
                                .build());
        assertEquals(1, named.toolCalls().size());
        assertEquals("get_time", named.toolCalls().getFirst().name());
        assertEquals(FinishReason.STOP, named.finishReason());
        named.toolCalls().getFirst().as(City.class);
    }

    @Test
    void toolsThatCannotBeCalledAreRefused() {
        PromptException text =
                assertThrows(
                        PromptException.class, () -> llm.generate("Once", with(GET_TIME).build()));
        assertTrue(text.getMessage().contains("Prompt.chat"), text.getMessage());
        assertThrows(PromptException.class, () -> with(GET_TIME, GET_TIME).build());
        assertThrows(PromptException.class, () -> with().toolChoice(ToolChoice.REQUIRED).build());
        PromptException other =
                assertThrows(
                        PromptException.class,
                        () -> with(GET_TIME).toolChoice(ToolChoice.tool("f")).build());
        assertEquals(
                "toolChoice names f, which is none of the tools [get_time]", other.getMessage());
        assertThrows(PromptException.class, () -> Tool.of(" ", "", "{}"));
        assertThrows(PromptException.class, () -> Tool.of("f", "", "[]"));
        assertThrows(PromptException.class, () -> Tool.of("f", "", "{"));
    }

    enum Mood {
        GOOD,
        BAD
    }

    record Day(LocalDate date, Mood mood, short steps, boolean rain, Optional<Day> before) {}

    @Test
    void answerIsAnObjectOfTheClassThatWasAskedFor() {
        List<Message> question = List.of(Message.user("Tell me about your day, as JSON."));
        int numFinished = 0;
        for (int seed = 1; seed <= 6; seed++) {
            SamplingParams params =
                    SamplingParams.builder().seed(seed).temperature(1.5).maxTokens(400).build();
            Completion answer = llm.chat(question, params.as(Day.class));
            if (answer.finishReason() == FinishReason.LENGTH) {
                assertThrows(AnswerException.class, () -> answer.as(Day.class));
                continue;
            }
            numFinished++;
            Day day = answer.as(Day.class);
            assertTrue(day.date() != null && day.mood() != null, answer.text());
        }
        assertTrue(numFinished >= 3, numFinished + " of 6 answers finished");
    }

    @Test
    void answersKeepToTheirFormat() {
        assertEquals(
                "\"GOOD\"".length(),
                llm.chat(QUESTION, GREEDY.as(Mood.class)).text().replace("BAD", "GOOD").length());
        assertTrue(
                llm.generate("Say yes.", format(ResponseFormat.choice("yes", "no")))
                        .text()
                        .matches("yes|no"));
        assertTrue(
                llm.generate("A number:", format(ResponseFormat.regex("[1-9][0-9]{2}")))
                        .text()
                        .matches("[1-9][0-9]{2}"));
        assertTrue(
                llm.generate("A sum:", format(ResponseFormat.grammar("root ::= [0-9] \"+\" [0-9]")))
                        .text()
                        .matches("[0-9]\\+[0-9]"));
    }

    private static SamplingParams format(ResponseFormat format) {
        return GREEDY.toBuilder().responseFormat(format).build();
    }

    @Test
    void formatsThatCannotBeKeptAreRefusedBeforeAnythingIsGenerated() {
        PromptException grammar =
                assertThrows(
                        PromptException.class,
                        () -> llm.generate("A", format(ResponseFormat.grammar("root ::= ("))));
        assertTrue(grammar.getMessage().contains("responseFormat"), grammar.getMessage());
        assertThrows(
                PromptException.class,
                () -> llm.generate("A", format(ResponseFormat.regex("a{2,1}"))));
        assertThrows(PromptException.class, () -> ResponseFormat.jsonSchema("true"));
        assertThrows(PromptException.class, () -> ResponseFormat.choice());
        assertThrows(PromptException.class, () -> ResponseFormat.regex("a").compact());
    }

    @Test
    void likelihoodsAreTold() {
        SamplingParams params =
                GREEDY.toBuilder().maxTokens(8).logprobs(2).promptLogprobs(0).build();
        Completion completion = llm.generate("Once upon a time", params);
        Completion.Choice choice = completion.choices().getFirst();
        assertEquals(8, choice.logprobs().size());
        for (TokenLogprob token : choice.logprobs()) {
            assertEquals(1, token.rank(), "greedy");
            assertEquals(2, token.top().size());
            assertEquals(token.tokenId(), token.top().getFirst().tokenId());
            assertEquals(token.logprob(), token.top().getFirst().logprob());
            assertTrue(token.logprob() <= 0 && token.top().get(1).logprob() <= token.logprob());
        }
        StringBuilder text = new StringBuilder();
        choice.logprobs().forEach(token -> text.append(token.text()));
        assertEquals(choice.text(), text.toString());
        assertEquals(llm.countTokens("Once upon a time") - 1, completion.promptLogprobs().size());
        assertEquals(List.of(), completion.promptLogprobs().getFirst().top());
        Completion silent = llm.generate("Once upon a time", GREEDY);
        assertEquals(List.of(), silent.choices().getFirst().logprobs());
        assertEquals(List.of(), silent.promptLogprobs());
        assertThrows(PromptException.class, () -> GREEDY.toBuilder().logprobs(1001).build());
    }

    @Test
    void likelihoodsOfACallAreThoseOfItsTokens() {
        Completion call = llm.chat(QUESTION, with(GET_TIME).logprobs(0).build());
        assertEquals(1, call.toolCalls().size());
        Completion.Choice choice = call.choices().getFirst();
        assertEquals(choice.numTokens(), choice.logprobs().size());
    }
}
