package quire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import quire.engine.LlmEngine;
import quire.engine.PromptLimits;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationRequest;
import quire.generation.Submission;

/** An {@link LLM} that an engine computes: translates what comes in, and what goes wrong. */
final class EngineLLM implements LLM {

    private final LlmEngine engine;
    private final int maxQueue;
    private final PromptLimits limits;
    private final LLMInfo info;
    private final AtomicLong nextId = new AtomicLong();
    private volatile boolean closed;

    /**
     * @param engine with a thread of its own, which this closes
     * @param maxQueue most requests that may wait
     */
    EngineLLM(LlmEngine engine, int maxQueue) {
        this.engine = engine;
        this.maxQueue = maxQueue;
        this.info = LLMInfo.of(engine);
        this.limits = new PromptLimits(engine.tokenizer(), info.contextLength(), info.vocabSize());
    }

    /** For what is counted of it. */
    LlmEngine engine() {
        return engine;
    }

    @Override
    public List<PendingCompletion> submitAll(List<Prompt> prompts, SamplingParams params) {
        Objects.requireNonNull(params, "params");
        List<Prompt> all = List.copyOf(prompts);
        return translated(() -> submit(all, params));
    }

    private List<PendingCompletion> submit(List<Prompt> prompts, SamplingParams params) {
        List<GenerationCollector> collectors = new ArrayList<>(prompts.size());
        List<Submission> submissions = new ArrayList<>(prompts.size());
        for (Prompt prompt : prompts) {
            OptionalInt kept =
                    limits.kept(params.truncatePromptTokens(), params.maxTokens().orElse(1));
            int[] tokenIds = encode(prompt, kept);
            int room = limits.room("prompt", tokenIds.length);
            GenerationCollector collector = new GenerationCollector(params.n(), this::failure);
            collectors.add(collector);
            submissions.add(
                    new Submission(
                            new GenerationRequest(
                                    "llm-" + nextId.incrementAndGet(),
                                    tokenIds,
                                    params.asked()
                                            .over(
                                                    engine.defaultSampling(),
                                                    maxTokens(params, room)),
                                    params.priority(),
                                    params.cacheSalt(),
                                    GenerationRequest.Display.TEXT),
                            collector));
        }
        List<PendingCompletion> pending = new ArrayList<>(prompts.size());
        if (!submissions.isEmpty()) {
            List<Generation> generations = engine.submit(submissions, maxQueue);
            for (int i = 0; i < generations.size(); i++) {
                pending.add(collectors.get(i).begin(generations.get(i)));
            }
        }
        return pending;
    }

    private int maxTokens(SamplingParams params, int room) {
        return params.maxTokens().isPresent()
                ? limits.within(room, "max_tokens", params.maxTokens().getAsInt())
                : engine.defaultSampling().maxTokens(room);
    }

    /** The tokens of a prompt that may be computed, as the server makes them. */
    private int[] encode(Prompt prompt, OptionalInt kept) {
        return switch (prompt) {
            case Prompt.Text text -> limits.encode("prompt", text.text(), true, kept);
            case Prompt.Tokens tokens ->
                    PromptLimits.last(limits.checkIds("prompt", tokens.tokenIds()), kept);
            case Prompt.Chat chat -> limits.encode("conversation", render(chat), false, kept);
        };
    }

    private String render(Prompt.Chat chat) {
        return render(chat.conversation(), chat.templateVariables());
    }

    private String render(List<Message> conversation, Map<String, Object> variables) {
        List<Map<String, Object>> turns =
                conversation.stream()
                        .map(
                                message ->
                                        Map.<String, Object>of(
                                                "role", message.role(), "content", message.text()))
                        .toList();
        return engine.chat().render(turns, true, variables);
    }

    @Override
    public int[] tokenize(Prompt prompt) {
        Objects.requireNonNull(prompt, "prompt");
        return translated(
                () ->
                        switch (prompt) {
                            case Prompt.Text text -> engine.tokenizer().encode(text.text(), true);
                            case Prompt.Tokens tokens -> tokens.tokenIds();
                            case Prompt.Chat chat -> engine.tokenizer().encode(render(chat), false);
                        });
    }

    @Override
    public String detokenize(int... tokenIds) {
        int[] ids = tokenIds.clone();
        return translated(() -> engine.tokenizer().decode(limits.checkIds("tokens", ids), false));
    }

    @Override
    public String applyTemplate(List<Message> conversation) {
        List<Message> messages = List.copyOf(conversation);
        return translated(() -> render(messages, Map.of()));
    }

    @Override
    public LLMInfo info() {
        return translated(() -> info);
    }

    /** Does what the engine has to do; what that throws leaves in the words of this API. */
    private <T> T translated(Supplier<T> work) {
        if (closed) {
            throw new ClosedException("this LLM is closed");
        }
        try {
            return work.get();
        } catch (QuireException e) {
            throw failure(e).get();
        } catch (IllegalStateException e) {
            // Who is overtaken by close() finds things freed.
            throw closed ? Failures.closed(e) : e;
        }
    }

    /** Looks at the engine now and makes the exception on the stack of whoever asks. */
    private Supplier<LLMException> failure(QuireException error) {
        boolean wasClosed = closed;
        boolean dead = !engine.isLive();
        return () -> Failures.of(error, wasClosed, dead);
    }

    @Override
    public void close() {
        closed = true;
        engine.close();
    }
}
