package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a host's test does that has no model: six methods are a whole {@link LLM}. */
class FakeLLMTest {

    /** Says a prompt backwards. */
    private static final class Backwards implements LLM {

        private boolean closed;

        @Override
        public List<PendingCompletion> submitAll(List<Prompt> prompts, SamplingParams params) {
            if (closed) {
                throw new ClosedException("the fake is closed");
            }
            return prompts.stream()
                    .map(prompt -> PendingCompletion.completed(Completion.of(answer(prompt))))
                    .toList();
        }

        private String answer(Prompt prompt) {
            String text =
                    switch (prompt) {
                        case Prompt.Text written -> written.text();
                        case Prompt.Chat chat -> applyTemplate(chat.conversation());
                        default -> "";
                    };
            return new StringBuilder(text).reverse().toString();
        }

        @Override
        public int[] tokenize(Prompt prompt) {
            return answer(prompt).chars().toArray();
        }

        @Override
        public String detokenize(int... tokenIds) {
            return new String(tokenIds, 0, tokenIds.length);
        }

        @Override
        public String applyTemplate(List<Message> conversation) {
            return conversation.getLast().text();
        }

        @Override
        public LLMInfo info() {
            return LLMInfo.of("backwards", 100);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void everythingElseIsMadeOfThem() throws Exception {
        List<Message> conversation = List.of(Message.user("hello"));
        LLM llm = new Backwards();
        assertEquals("cba", llm.generate("abc").text());
        assertEquals("olleh", llm.chat(conversation).text());
        assertEquals(
                List.of("olleh", "olleh"),
                llm.chatAll(List.of(conversation, conversation), SamplingParams.DEFAULT).stream()
                        .map(Completion::text)
                        .toList());
        List<String> pieces = new ArrayList<>();
        llm.stream("abc", SamplingParams.DEFAULT, pieces::add);
        llm.streamChat(conversation, SamplingParams.DEFAULT, pieces::add);
        assertEquals(List.of("cba", "olleh"), pieces);
        assertEquals(
                "cba",
                llm.submit(Prompt.text("abc"), SamplingParams.DEFAULT)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS)
                        .text());
        assertEquals(5, llm.countTokens(conversation));
        assertEquals(3, llm.countTokens("abc"));
        assertEquals(FinishReason.STOP, llm.generate("abc").finishReason());
        assertTrue(llm.info().toString().startsWith("backwards"), llm.info()::toString);
        llm.close();
        assertThrows(ClosedException.class, () -> llm.generate("abc"));
    }
}
