package sample;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.metadata.*;
import org.springframework.ai.chat.model.*;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import quire.*;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/** A chat model of Spring AI in this process. What Quire does not have is refused, not left out. */
public record QuireChatModel(LLM llm) implements ChatModel {

    public ChatResponse call(Prompt prompt) {
        Completion completion = llm.chat(conversation(prompt), params(prompt));
        return response(completion.text(), completion);
    }

    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.defer(() -> {
            quire.Prompt conversation = quire.Prompt.chat(conversation(prompt));
            PendingCompletion pending = llm.submit(conversation, params(prompt));
            // The last response has no text; it has the finish reason and the usage.
            return JdkFlowAdapter.flowPublisherToFlux(pending.text())
                    .map(AssistantMessage::new)
                    .map(piece -> new ChatResponse(List.of(new Generation(piece))))
                    .concatWith(Flux.defer(() -> Flux.just(response("", pending.await()))));
        });
    }

    private static List<Message> conversation(Prompt prompt) {
        return prompt.getInstructions().stream().map(message -> {
            refuse(message.getMessageType() == MessageType.TOOL, "results of tools");
            refuse(message instanceof AssistantMessage ai && ai.hasToolCalls(), "tool calls");
            refuse(message instanceof MediaContent of && !of.getMedia().isEmpty(), "media");
            return Message.of(message.getMessageType().getValue(), message.getText());
        }).toList();
    }

    private SamplingParams params(Prompt prompt) {
        SamplingParamsBuilder params = SamplingParams.builder();
        var options = Objects.requireNonNullElse(prompt.getOptions(), getDefaultOptions());
        refuse(options instanceof ToolCallingChatOptions tools
                && tools.getToolCallbacks().size() + tools.getToolNames().size() > 0, "tools");
        set(options.getModel(), name -> refuse(!name.equals(llm.info().name()), "model " + name));
        set(options.getTemperature(), params::temperature);
        set(options.getTopP(), params::topP);
        set(options.getTopK(), params::topK);
        set(options.getFrequencyPenalty(), params::frequencyPenalty);
        set(options.getPresencePenalty(), params::presencePenalty);
        set(options.getMaxTokens(), params::maxTokens);
        set(options.getStopSequences(), params::stop);
        return params.build();
    }

    private static <T> void set(T value, Consumer<T> setter) {
        if (value != null) setter.accept(value);
    }

    private static void refuse(boolean asked, String what) {
        if (asked) throw new UnsupportedOperationException("Quire does not support " + what);
    }

    private ChatResponse response(String text, Completion completion) {
        Completion.Usage usage = completion.usage();
        String reason = completion.finishReason().name();
        var tokens = new DefaultUsage(usage.numPromptTokens(), usage.numCompletionTokens());
        return new ChatResponse(
                List.of(new Generation(new AssistantMessage(text),
                        ChatGenerationMetadata.builder().finishReason(reason).build())),
                ChatResponseMetadata.builder().model(llm.info().name()).usage(tokens).build());
    }
}
