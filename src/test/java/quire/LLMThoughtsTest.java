package quire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A model that thinks before it answers: its chat template opens the thought. */
class LLMThoughtsTest {

    private static final Path MODEL = Path.of("models/quire-demo");
    private static final String TEMPLATE =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                    + "{% endfor %}<|im_start|>assistant\n<think>\n";
    private static final List<Message> QUESTION = List.of(Message.user("Is Lima in Peru?"));

    /** A thought of six tokens at most. */
    private static final SamplingParams SHORT =
            SamplingParams.greedy(40).toBuilder().thinkingTokenBudget(6).build();

    private static LLM llm;

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm = builder().reasoningParser("qwen3").load();
    }

    private static LLMBuilder builder() {
        return LLM.builder(MODEL).contextLength(512).threads(1).chatTemplate(TEMPLATE);
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    private static SamplingParams answering(ResponseFormat format) {
        return SHORT.toBuilder().responseFormat(format).build();
    }

    @Test
    void thoughtIsToldApartFromTheAnswer() {
        Completion completion = llm.chat(QUESTION, SHORT);
        assertFalse(completion.reasoning().isEmpty());
        assertFalse(completion.reasoning().contains("think>"), completion.reasoning());
        assertFalse(completion.text().contains("think>"), completion.text());
        assertEquals(completion.text(), completion.message().text());
        String said = llm.detokenize(completion.choices().getFirst().tokenIds());
        int end = said.indexOf("</think>");
        assertEquals(completion.reasoning(), said.substring(0, end).strip());
        assertTrue(said.substring(end).contains(completion.text().strip()), said);
    }

    @Test
    void formatBeginsBehindTheThought() {
        Completion completion =
                llm.chat(QUESTION, answering(ResponseFormat.choice("certainly", "never")));
        assertTrue(completion.text().matches("certainly|never"), completion.text());
        assertFalse(completion.reasoning().isEmpty());
        assertEquals(FinishReason.STOP, completion.finishReason());
        record Answer(boolean yes) {}
        Completion object = llm.chat(QUESTION, answering(ResponseFormat.of(Answer.class)));
        assertFalse(object.reasoning().isEmpty());
        assertTrue(object.as(Answer.class) != null);
    }

    @Test
    void thoughtIsStreamedByItself() {
        List<String> heard = new ArrayList<>();
        Completion completion =
                llm.streamChat(
                        QUESTION,
                        answering(ResponseFormat.choice("certainly", "never")),
                        text -> heard.add("text " + text),
                        thought -> heard.add("thought " + thought));
        assertEquals(completion.reasoning(), joined(heard, "thought "));
        assertEquals(completion.text(), joined(heard, "text "));
        int first = heard.indexOf(heard.stream().filter(LLMThoughtsTest::isText).findFirst().get());
        assertTrue(heard.subList(first, heard.size()).stream().allMatch(LLMThoughtsTest::isText));
        StringBuilder text = new StringBuilder();
        llm.streamChat(QUESTION, SHORT, text::append);
        assertEquals(llm.chat(QUESTION, SHORT).text(), text.toString());
    }

    private static boolean isText(String piece) {
        return piece.startsWith("text ");
    }

    private static String joined(List<String> pieces, String kind) {
        StringBuilder joined = new StringBuilder();
        pieces.stream()
                .filter(piece -> piece.startsWith(kind))
                .forEach(piece -> joined.append(piece.substring(kind.length())));
        return joined.toString();
    }

    @Test
    void textThatIsNoConversationHasNoThought() {
        Completion completion = llm.generate("Lima is in", SamplingParams.greedy(4));
        assertEquals("", completion.reasoning());
        Completion limited =
                llm.generate(
                        llm.applyTemplate(QUESTION),
                        SHORT.toBuilder().thinkingTokenBudget(3).build());
        assertTrue(limited.text().contains("</think>"), limited.text());
    }

    @Test
    void withoutAParserAThoughtIsAPartOfTheText() {
        try (LLM plain = builder().load()) {
            Completion completion = plain.chat(QUESTION, SamplingParams.greedy(8));
            assertEquals("", completion.reasoning());
            assertEquals(8, completion.choices().getFirst().numTokens());
            PromptException refusal =
                    assertThrows(PromptException.class, () -> plain.chat(QUESTION, SHORT));
            assertTrue(
                    refusal.getMessage().startsWith("thinkingTokenBudget cannot be kept"),
                    refusal.getMessage());
        }
        OptionException unknown =
                assertThrows(OptionException.class, () -> builder().reasoningParser("r2").load());
        assertEquals("reasoningParser is r2; known are deepseek_r1, qwen3", unknown.getMessage());
    }

    @Test
    void tokensAreThoseOfPromptAndAnswer() {
        SamplingParams two =
                SamplingParams.builder().n(2).seed(3).maxTokens(5).temperature(1.2).build();
        Completion completion = llm.chat(QUESTION, two);
        assertArrayEquals(llm.tokenize(Prompt.chat(QUESTION)), completion.promptTokenIds());
        assertEquals(completion.usage().numPromptTokens(), completion.promptTokenIds().length);
        for (Completion.Choice choice : completion.choices()) {
            assertEquals(choice.numTokens(), choice.tokenIds().length);
        }
        Completion plain =
                llm.generate(
                        "Lima is in the",
                        SamplingParams.greedy(30).toBuilder().logprobs(0).build());
        Completion.Choice choice = plain.choices().getFirst();
        assertArrayEquals(
                choice.logprobs().stream().mapToInt(TokenLogprob::tokenId).toArray(),
                choice.tokenIds());
        int[] changed = choice.tokenIds();
        Arrays.fill(changed, -1);
        assertTrue(Arrays.stream(choice.tokenIds()).allMatch(id -> id >= 0));
        Completion cut =
                llm.generate(
                        "One two three four five",
                        SamplingParams.greedy(3).toBuilder().truncatePromptTokens(2).build());
        int[] whole = llm.tokenize("One two three four five");
        assertArrayEquals(
                Arrays.copyOfRange(whole, whole.length - 2, whole.length), cut.promptTokenIds());
        Completion searched =
                llm.generate(
                        "Lima is in",
                        SamplingParams.greedy(6).toBuilder().n(2).useBeamSearch(true).build());
        searched.choices().forEach(beam -> assertEquals(beam.numTokens(), beam.tokenIds().length));
        assertTrue(searched.choices().getFirst().numTokens() > 0);
    }
}
