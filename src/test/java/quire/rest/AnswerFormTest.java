package quire.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import quire.engine.ChatRenderer;
import quire.engine.ModelInfo;
import quire.engine.SamplingDefaults;
import quire.generation.AnswerForm;
import quire.grammar.constraint.Constraint;
import quire.reasoning.ReasoningFormat;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.template.ChatTemplate;
import quire.tokenizer.Tokenizer;

/** Where in an answer begins what a request says of it. */
class AnswerFormTest {

    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));
    private static final Constraint CHOICE = new Constraint.Choice(List.of("a"));
    private static final ChatPolicy PLAIN =
            new ChatPolicy(true, Optional.empty(), false, Optional.empty());
    private static final ChatPolicy THINKING =
            new ChatPolicy(true, Optional.empty(), false, Optional.of(ReasoningFormat.QWEN3));

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private static AnswerForm form(ChatPolicy policy, String opening) throws IOException {
        ModelInfo info =
                new ModelInfo(List.of("m"), "Qwen3ForCausalLM", 1, 64, 4096, Instant.EPOCH);
        ChatRenderer chat =
                new ChatRenderer(Optional.of(ChatTemplate.compile("Hi." + opening)), Map.of());
        RequestPolicy rules = new RequestPolicy(20, false, false, Optional.empty(), Map.of());
        CreateChatCompletionRequest request =
                RequestBodyTest.chat("\"structured_outputs\": {\"choice\": [\"a\"]}");
        return new ApiMapper(new Served(info, TOKENIZER, chat, SamplingDefaults.NONE, rules))
                .chat(request, policy, "id")
                .prompts()
                .getFirst()
                .form()
                .orElseThrow();
    }

    @Test
    void modelWithoutThoughtsBeginsAtOnce() throws IOException {
        AnswerForm form = form(PLAIN, "<think>\n");
        assertEquals(CHOICE, form.constraint());
        assertEquals("structured_outputs.choice", form.param());
        assertEquals(0, form.afterTokenIds().length);
    }

    @Test
    void openThoughtEndsFirst() throws IOException {
        AnswerForm form = form(THINKING, "<think>\n");
        assertEquals(new Constraint.AfterThought(CHOICE), form.constraint());
        assertArrayEquals(TOKENIZER.encode("</think>", false), form.afterTokenIds());
    }

    @Test
    void thoughtThatIsOverInThePromptIsNotWaitedFor() throws IOException {
        AnswerForm form = form(THINKING, "<think>\n\n</think>\n\n");
        assertEquals(CHOICE, form.constraint());
        assertEquals(0, form.afterTokenIds().length);
    }

    @Test
    void thoughtThatMayComeMayComeFirst() throws IOException {
        AnswerForm form = form(THINKING, "");
        assertEquals(
                new Constraint.BehindThought("<think>", "</think>", CHOICE), form.constraint());
        assertEquals(0, form.afterTokenIds().length);
    }
}
