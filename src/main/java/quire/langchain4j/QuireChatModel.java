package quire.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import quire.LLM;
import quire.LLMException;
import quire.Message;
import quire.SamplingParams;

/**
 * Answers LangChain4j's requests in this process. What a request does not say is as the model's
 * authors recommend, or as the sampling parameters say that were given. Tools and response formats
 * hold by the engine's grammars. Content that is not text is refused with LangChain4j's {@code
 * UnsupportedFeatureException}. The {@link LLM} is closed by whoever loaded it.
 */
public final class QuireChatModel implements ChatModel {

    private final LLM llm;
    private final Translation translation;

    /**
     * Samples as the model's authors recommend.
     *
     * @param llm what answers
     */
    public QuireChatModel(LLM llm) {
        this(llm, SamplingParams.DEFAULT);
    }

    /**
     * Samples as told; what a request says itself goes first.
     *
     * @param llm what answers
     * @param params of one choice, with what LangChain4j has no words for, such as a seed
     */
    public QuireChatModel(LLM llm, SamplingParams params) {
        this.llm = llm;
        this.translation = new Translation(llm.info().name(), params);
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        try {
            SamplingParams params = translation.params(request);
            List<Message> messages = Conversation.of(request.messages());
            return translation.response(llm.chat(messages, params));
        } catch (LLMException e) {
            throw Translation.exception(e);
        }
    }
}
