package quire;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model inside a Java program, with the engine and the continuous batching of the server.
 *
 * <pre>{@code
 * try (LLM llm = LLM.load(Path.of("models/quire-demo"))) {
 *     System.out.println(llm.chat(List.of(Message.user("What is the capital of France?"))).text());
 *     llm.stream("Once upon a time", SamplingParams.greedy(32), System.out::print);
 * }
 * }</pre>
 *
 * <p>Any thread may call, virtual ones too; what several ask for at once is computed together. A
 * program that wants to be tested without a model implements this interface: all that generates is
 * made of {@link #submitAll}.
 *
 * <p>Whatever a user did wrong, and whatever befell the engine, is an {@link LLMException}; null
 * where none is allowed is a {@link NullPointerException}.
 */
public interface LLM extends AutoCloseable {

    /**
     * Loads a Hugging Face folder or a GGUF file with the server's defaults.
     *
     * @param model the folder or file
     * @return the model, to be closed
     * @throws ModelException if the model's files cannot be used
     * @throws OptionException if the machine's memory does not hold it, or nothing but the
     *     reference computes on this machine
     * @throws LoadInterruptedException if the thread is interrupted
     * @throws EngineFailedException if the machine fails meanwhile
     */
    static LLM load(Path model) {
        return builder(model).load();
    }

    /**
     * Loads with other options than the server's defaults.
     *
     * @param model a Hugging Face folder or a GGUF file
     * @return a builder, on which {@link LLMBuilder#load} is called last
     */
    static LLMBuilder builder(Path model) {
        return new LLMBuilder(model);
    }

    /**
     * Takes prompts in, together or not at all, and returns at once; each is computed beside
     * whatever else is under way.
     *
     * @param prompts any number; none gives no handle
     * @param params for all of them
     * @return a handle for each, in the order of the prompts
     * @throws PromptException if one of the prompts or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws EngineFailedException if the engine failed before, for good
     * @throws ClosedException if this is closed
     */
    List<PendingCompletion> submitAll(List<Prompt> prompts, SamplingParams params);

    /**
     * Takes one prompt in and returns at once.
     *
     * @param prompt what to go on from
     * @param params how
     * @return a handle on the completion
     * @throws PromptException if prompt or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws EngineFailedException if the engine failed before, for good
     * @throws ClosedException if this is closed
     */
    default PendingCompletion submit(Prompt prompt, SamplingParams params) {
        return submitAll(List.of(prompt), params).getFirst();
    }

    /**
     * Continues a text as the model's authors recommend, see {@link SamplingParams#DEFAULT}.
     *
     * @param prompt the text
     * @return what came behind it
     * @throws PromptException if the text does not fit into the context
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion generate(String prompt) {
        return generate(prompt, SamplingParams.DEFAULT);
    }

    /**
     * Continues a text.
     *
     * @param prompt the text
     * @param params how
     * @return what came behind it
     * @throws PromptException if prompt or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion generate(String prompt, SamplingParams params) {
        return generateAll(List.of(Prompt.text(prompt)), params).getFirst();
    }

    /**
     * Continues texts; all are computed together, whatever their number.
     *
     * @param prompts the texts
     * @param params for all of them
     * @return completions in the order of the texts
     * @throws PromptException if one of the prompts or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed at one; the others are cancelled
     * @throws ClosedException if this is closed
     */
    default List<Completion> generate(List<String> prompts, SamplingParams params) {
        return generateAll(prompts.stream().map(Prompt::text).toList(), params);
    }

    /**
     * As {@link #generate(List, SamplingParams)}, for prompts of any kind.
     *
     * @param prompts texts, tokens or conversations
     * @param params for all of them
     * @return completions in the order of the prompts
     * @throws PromptException if one of the prompts or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed at one; the others are cancelled
     * @throws ClosedException if this is closed
     */
    default List<Completion> generateAll(List<Prompt> prompts, SamplingParams params) {
        List<PendingCompletion> pending = submitAll(prompts, params);
        try {
            List<Completion> completions = new ArrayList<>();
            pending.forEach(one -> completions.add(one.await()));
            return completions;
        } finally {
            // Of those that have ended this changes nothing.
            pending.forEach(PendingCompletion::cancel);
        }
    }

    /**
     * Answers a conversation as the model's authors recommend, see {@link SamplingParams#DEFAULT}.
     *
     * @param conversation the oldest message first
     * @return the answer
     * @throws PromptException if the model has no chat template, or it refuses the messages, or
     *     they do not fit into the context
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion chat(List<Message> conversation) {
        return chat(conversation, SamplingParams.DEFAULT);
    }

    /**
     * Answers a conversation, through the model's chat template.
     *
     * @param conversation the oldest message first
     * @param params how
     * @return the answer
     * @throws PromptException if the model has no chat template, or it refuses the messages, or
     *     conversation or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion chat(List<Message> conversation, SamplingParams params) {
        return generateAll(List.of(Prompt.chat(conversation)), params).getFirst();
    }

    /**
     * Answers conversations that have nothing to do with each other, all together.
     *
     * @param conversations each with its oldest message first
     * @param params for all of them
     * @return answers in the order of the conversations
     * @throws PromptException as {@link #chat(List, SamplingParams)}, for any of them
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed at one; the others are cancelled
     * @throws ClosedException if this is closed
     */
    default List<Completion> chatAll(List<List<Message>> conversations, SamplingParams params) {
        return generateAll(conversations.stream().map(Prompt::chat).toList(), params);
    }

    /**
     * Continues a text and gives the first choice away while it grows.
     *
     * @param prompt the text
     * @param params how
     * @param onText called on this thread with each piece; what it throws ends the completion and
     *     goes on to the caller
     * @return what came behind the prompt, as a whole
     * @throws PromptException if prompt or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion stream(String prompt, SamplingParams params, Consumer<String> onText) {
        return awaitText(submit(Prompt.text(prompt), params), onText, piece -> {});
    }

    /**
     * As {@link #stream}, for the answer to a conversation.
     *
     * @param conversation the oldest message first
     * @param params how
     * @param onText called on this thread with each piece; what it throws ends the completion and
     *     goes on to the caller
     * @return the answer as a whole
     * @throws PromptException if the model has no chat template, or it refuses the messages, or
     *     conversation or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion streamChat(
            List<Message> conversation, SamplingParams params, Consumer<String> onText) {
        return streamChat(conversation, params, onText, piece -> {});
    }

    /**
     * As {@link #streamChat(List, SamplingParams, Consumer)}, with the thought before the answer by
     * itself.
     *
     * @param conversation the oldest message first
     * @param params how
     * @param onText called on this thread with each piece of the text; what it throws ends the
     *     completion and goes on to the caller
     * @param onReasoning the same for the thought, see {@link LLMBuilder#reasoningParser}
     * @return the answer as a whole
     * @throws PromptException if the model has no chat template, or it refuses the messages, or
     *     conversation or params can never be served
     * @throws OverloadException if more would wait than {@link LLMBuilder#maxQueue} allows
     * @throws CompletionInterruptedException if this thread is interrupted; nothing goes on
     * @throws EngineFailedException if the engine failed
     * @throws ClosedException if this is closed
     */
    default Completion streamChat(
            List<Message> conversation,
            SamplingParams params,
            Consumer<String> onText,
            Consumer<String> onReasoning) {
        return awaitText(submit(Prompt.chat(conversation), params), onText, onReasoning);
    }

    private static Completion awaitText(
            PendingCompletion pending, Consumer<String> onText, Consumer<String> onReasoning) {
        try {
            return pending.await(onText, onReasoning);
        } finally {
            // Nobody else has it; of one that has ended this changes nothing.
            pending.cancel();
        }
    }

    /**
     * The tokens that a prompt is computed as, with those that the model or its chat template puts
     * in front and behind.
     *
     * @param prompt of any kind
     * @return ids, new ones
     * @throws PromptException if the prompt can never be served
     * @throws OverloadException if too many long texts are being tokenized
     * @throws ClosedException if this is closed
     */
    int[] tokenize(Prompt prompt);

    /**
     * The tokens of a text as a prompt.
     *
     * @param text the text
     * @return ids, those first that the model puts in front of texts
     * @throws PromptException if the text is too long to be tokenized
     * @throws OverloadException if too many long texts are being tokenized
     * @throws ClosedException if this is closed
     */
    default int[] tokenize(String text) {
        return tokenize(Prompt.text(text));
    }

    /**
     * The text of tokens, special ones written out.
     *
     * @param tokenIds from 0 and below {@link LLMInfo#vocabSize}
     * @return the text; characters that are cut through are U+FFFD
     * @throws PromptException if an id is none of the model's
     * @throws ClosedException if this is closed
     */
    String detokenize(int... tokenIds);

    /**
     * How many tokens a text is as a prompt.
     *
     * @param text the text
     * @return with those that the model puts in front of texts
     * @throws PromptException if the text is too long to be tokenized
     * @throws OverloadException if too many long texts are being tokenized
     * @throws ClosedException if this is closed
     */
    default int countTokens(String text) {
        return tokenize(text).length;
    }

    /**
     * How many tokens a conversation is as a prompt.
     *
     * @param conversation the oldest message first
     * @return with all that the model's chat template puts around the messages
     * @throws PromptException if the model has no chat template, or it refuses the messages
     * @throws OverloadException if too many long texts are being tokenized
     * @throws ClosedException if this is closed
     */
    default int countTokens(List<Message> conversation) {
        return tokenize(Prompt.chat(conversation)).length;
    }

    /**
     * The text that the model's chat template makes of a conversation.
     *
     * @param conversation the oldest message first
     * @return the text, with the opening of the answer at its end
     * @throws PromptException if the model has no chat template, or it refuses the messages
     * @throws ClosedException if this is closed
     */
    String applyTemplate(List<Message> conversation);

    /**
     * What is known of the model and of what computes it.
     *
     * @return the same as long as this lives
     * @throws ClosedException if this is closed
     */
    LLMInfo info();

    /**
     * Ends the engine and frees what it holds. Completions under way end with a {@link
     * ClosedException}. Returns when the engine has ended, whoever interrupts, and leaves the flag
     * of an interrupt set; a step that hangs keeps its memory and nobody waiting. Any thread may
     * call, again too: it waits for the first call.
     */
    @Override
    void close();
}
