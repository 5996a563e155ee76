package quire.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.List;
import quire.LLM;
import quire.LLMException;
import quire.Message;
import quire.PromptException;

/** Counts by the model's own tokenizer and chat template. */
public final class QuireTokenCountEstimator implements TokenCountEstimator {

    private final LLM llm;

    /**
     * Counts for one model.
     *
     * @param llm whose tokens are counted
     */
    public QuireTokenCountEstimator(LLM llm) {
        this.llm = llm;
    }

    @Override
    public int estimateTokenCountInText(String text) {
        try {
            return llm.countTokens(text);
        } catch (LLMException e) {
            throw Translation.exception(e);
        }
    }

    /** What a conversation grows by with the message. */
    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return count(Conversation.of(List.of(message)).getFirst());
    }

    /**
     * All that the model reads: the messages, and what its chat template puts around them. Where
     * the template refuses such a conversation, which memories ask about too, the sum of its
     * messages.
     */
    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<Message> conversation = Conversation.of(messages);
        try {
            return llm.countTokens(conversation);
        } catch (PromptException e) {
            return conversation.stream().mapToInt(this::count).sum();
        } catch (LLMException e) {
            throw Translation.exception(e);
        }
    }

    private int count(Message message) {
        try {
            int once = llm.countTokens(List.of(message));
            return llm.countTokens(List.of(message, message)) - once;
        } catch (PromptException e) {
            return estimateTokenCountInText(message.text());
        } catch (LLMException e) {
            throw Translation.exception(e);
        }
    }
}
