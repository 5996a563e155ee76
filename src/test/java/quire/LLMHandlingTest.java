package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a prompt is to be treated like, beside its sampling: one at a time is computed here. */
class LLMHandlingTest {

    private static final List<Message> WORD = List.of(Message.user("a"));

    private static LLM llm;

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm =
                LLM.builder(Path.of("models/quire-demo"))
                        .contextLength(512)
                        .maxSequences(1)
                        .threads(1)
                        .chatTemplate("{{ messages[0].content }}{{ '<|im_end|>' * (times or 0) }}")
                        .load();
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    private static SamplingParamsBuilder greedy(int maxTokens) {
        return SamplingParams.greedy(maxTokens).toBuilder().ignoreEos(true);
    }

    @Test
    void lowerPriorityIsComputedFirst() throws Exception {
        Prompt prompt = Prompt.text("Once");
        PendingCompletion runs = llm.submit(prompt, greedy(400).build());
        PendingCompletion later = llm.submit(prompt, greedy(200).priority(1).build());
        PendingCompletion first = llm.submit(prompt, greedy(1).priority(-1).build());
        CompletableFuture.anyOf(later.toCompletableFuture(), first.toCompletableFuture()).get();
        assertTrue(runs.isDone());
        assertTrue(first.isDone());
        assertFalse(later.isDone());
        later.cancel();
    }

    @Test
    void onlyPromptsOfTheSameSaltShareTheCache() {
        String prompt = "These words stand for a long prompt. ".repeat(6);
        SamplingParams one = greedy(1).cacheSalt("one").build();
        assertEquals(0, llm.generate(prompt, one).usage().numCachedTokens());
        assertTrue(llm.generate(prompt, one).usage().numCachedTokens() > 16);
        SamplingParams two = one.toBuilder().cacheSalt("two").build();
        assertEquals(0, llm.generate(prompt, two).usage().numCachedTokens());
        assertEquals(0, llm.generate(prompt, greedy(1).build()).usage().numCachedTokens());
        assertFalse(one.toString().contains("one"), "a salt is a secret");
        for (String salt : List.of("", "a".repeat(1025))) {
            PromptException refusal =
                    assertThrows(PromptException.class, greedy(1).cacheSalt(salt)::build);
            assertTrue(refusal.getMessage().startsWith("'cacheSalt' has "), refusal.getMessage());
        }
    }

    @Test
    void longPromptsAreCutWhereThatIsAsked() {
        String prompt = "The capital of France is";
        int[] ids = llm.tokenize(prompt);
        Completion cut = llm.generate(prompt, greedy(4).truncatePromptTokens(3).build());
        assertEquals(3, cut.usage().numPromptTokens());
        Prompt last = Prompt.tokens(ids[ids.length - 3], ids[ids.length - 2], ids[ids.length - 1]);
        assertEquals(llm.submit(last, greedy(4).build()).await().text(), cut.text());
        String endless = "The cat sat. ".repeat(1000);
        assertThrows(PromptException.class, () -> llm.generate(endless, greedy(4).build()));
        SamplingParams fitting = greedy(4).truncatePromptTokens(-1).build();
        assertEquals(508, llm.generate(endless, fitting).usage().numPromptTokens());
        PromptException refusal =
                assertThrows(
                        PromptException.class,
                        () -> llm.generate(prompt, greedy(4).truncatePromptTokens(509).build()));
        assertTrue(
                refusal.getMessage().startsWith("'truncatePromptTokens' is 509; allowed: from 1"),
                refusal.getMessage());
    }

    @Test
    void templateGetsTheVariablesOfAPrompt() {
        assertEquals(1, llm.tokenize(Prompt.chat(WORD)).length);
        Prompt prompt = Prompt.chat(WORD, Map.of("times", 3));
        assertEquals(4, llm.tokenize(prompt).length);
        assertEquals(4, llm.submit(prompt, greedy(1).build()).await().usage().numPromptTokens());
        assertEquals(Prompt.chat(WORD, Map.of("times", 3)), prompt);
        assertThrows(PromptException.class, () -> Prompt.chat(WORD, Map.of("messages", List.of())));
    }
}
