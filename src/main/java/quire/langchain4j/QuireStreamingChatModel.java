package quire.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import quire.LLM;
import quire.LLMException;
import quire.PendingCompletion;
import quire.Prompt;
import quire.SamplingParams;

/**
 * As {@link QuireChatModel}, piece by piece. Handlers are called on a virtual thread; what one
 * throws ends the answer and comes back to its {@code onError}. After {@code
 * StreamingHandle.cancel()} nothing is computed and the handler hears no more.
 */
public final class QuireStreamingChatModel implements StreamingChatModel {

    private final LLM llm;
    private final Translation translation;

    /**
     * Samples as the model's authors recommend.
     *
     * @param llm what answers
     */
    public QuireStreamingChatModel(LLM llm) {
        this(llm, SamplingParams.DEFAULT);
    }

    /**
     * Samples as told; what a request says itself goes first.
     *
     * @param llm what answers
     * @param params of one choice, with what LangChain4j has no words for, such as a seed
     */
    public QuireStreamingChatModel(LLM llm, SamplingParams params) {
        this.llm = llm;
        this.translation = new Translation(llm.info().name(), params);
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        try {
            SamplingParams params = translation.params(request);
            Prompt prompt = Prompt.chat(Conversation.of(request.messages()));
            PendingCompletion pending = llm.submit(prompt, params);
            Thread.startVirtualThread(() -> deliver(pending, handler));
        } catch (LLMException e) {
            handler.onError(Translation.exception(e));
        }
    }

    private void deliver(PendingCompletion pending, StreamingChatResponseHandler handler) {
        Handle handle = new Handle(pending, new AtomicBoolean());
        PartialResponseContext context = new PartialResponseContext(handle);
        PartialThinkingContext thinking = new PartialThinkingContext(handle);
        ChatResponse response;
        try {
            response =
                    translation.response(
                            pending.await(
                                    text -> {
                                        if (!handle.isCancelled()) {
                                            handler.onPartialResponse(
                                                    new PartialResponse(text), context);
                                        }
                                    },
                                    thought -> {
                                        if (!handle.isCancelled()) {
                                            handler.onPartialThinking(
                                                    new PartialThinking(thought), thinking);
                                        }
                                    }));
        } catch (Throwable e) {
            pending.cancel();
            if (!handle.isCancelled()) {
                handler.onError(e instanceof LLMException own ? Translation.exception(own) : e);
            }
            return;
        }
        List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
        for (int i = 0; i < calls.size() && !handle.isCancelled(); i++) {
            handler.onCompleteToolCall(new CompleteToolCall(i, calls.get(i)));
        }
        if (!handle.isCancelled()) {
            handler.onCompleteResponse(response);
        }
    }

    private record Handle(PendingCompletion pending, AtomicBoolean cancelled)
            implements StreamingHandle {

        @Override
        public void cancel() {
            cancelled.set(true);
            pending.cancel();
        }

        @Override
        public boolean isCancelled() {
            return cancelled.get();
        }
    }
}
