package quire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import quire.chat.Reading;
import quire.chat.ToolOffer;
import quire.chat.ToolUse;
import quire.chat.Turn;
import quire.chat.TurnRenderer;
import quire.engine.LlmEngine;
import quire.engine.PromptLimits;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.generation.AnswerForm;
import quire.generation.Generation;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.reasoning.ReasoningFormat;
import quire.toolcall.ToolCallFormat;

/** An {@link LLM} that an engine computes: translates what comes in, and what goes wrong. */
final class EngineLLM implements LLM {

    private final LlmEngine engine;
    private final int maxQueue;
    private final Optional<ReasoningFormat> thoughts;
    private final PromptLimits limits;
    private final LLMInfo info;
    private final AtomicLong nextId = new AtomicLong();
    private volatile boolean closed;

    /**
     * @param engine with a thread of its own, which this closes
     * @param maxQueue most requests that may wait
     * @param thoughts how the model writes these; empty where they are a part of the answer
     */
    EngineLLM(LlmEngine engine, int maxQueue, Optional<ReasoningFormat> thoughts) {
        this.engine = engine;
        this.maxQueue = maxQueue;
        this.thoughts = thoughts;
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
        Offered offered = offered(params.answer());
        for (Prompt prompt : prompts) {
            OptionalInt kept =
                    limits.kept(params.truncatePromptTokens(), params.maxTokens().orElse(1));
            Ready ready = ready(prompt, offered, kept);
            GenerationCollector collector =
                    new GenerationCollector(
                            ready.tokenIds,
                            params.n(),
                            ready.reading,
                            engine.tokenizer(),
                            this::failure);
            collectors.add(collector);
            submissions.add(new Submission(request(ready, params), collector));
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

    /**
     * What follows from the tools that params have.
     *
     * @param shown to the model by its chat template
     * @param use how calls are read
     * @param answer what it must be
     */
    private record Offered(
            List<Map<String, Object>> shown, Optional<ToolUse> use, Optional<AnswerForm> answer) {}

    /**
     * A prompt that may be computed, as the server makes it.
     *
     * @param reading how answers to it are read
     * @param answer what they must be
     */
    private record Ready(int[] tokenIds, Reading reading, Optional<AnswerForm> answer) {}

    private GenerationRequest request(Ready ready, SamplingParams params) {
        int room = limits.room("prompt", ready.tokenIds.length);
        return new GenerationRequest(
                        "llm-" + nextId.incrementAndGet(),
                        ready.tokenIds,
                        params.asked().over(engine.defaultSampling(), maxTokens(params, room)),
                        params.priority(),
                        params.cacheSalt(),
                        new GenerationRequest.Display(
                                ready.reading.markerIds(engine.tokenizer()), false, true),
                        ready.answer)
                .within(params.answer().limit(ready.tokenIds, thoughts, engine.tokenizer()));
    }

    private Offered offered(AskedAnswer asked) {
        if (asked.offer().isEmpty()) {
            return new Offered(List.of(), Optional.empty(), asked.asked());
        }
        ToolOffer offer = asked.offer().get();
        String template = engine.chat().source();
        Optional<ToolCallFormat> format = ToolCallFormat.ofTemplate(template);
        if (format.isEmpty() && offer.choice() instanceof ToolOffer.Choice.Auto) {
            throw new InvalidRequestException(
                    "tools",
                    "The model's chat template writes calls in no format that is known; force a"
                            + " call by toolChoice, or leave the tools out.");
        }
        return new Offered(
                offer.shown(),
                offer.use(format, asked.asked().isPresent()),
                offer.answer(format, template, asked.asked()));
    }

    private int maxTokens(SamplingParams params, int room) {
        return params.maxTokens().isPresent()
                ? limits.within(room, "max_tokens", params.maxTokens().getAsInt())
                : engine.defaultSampling().maxTokens(room);
    }

    private Ready ready(Prompt prompt, Offered offered, OptionalInt kept) {
        if (!offered.shown.isEmpty() && !(prompt instanceof Prompt.Chat)) {
            throw new InvalidRequestException(
                    "tools",
                    "Tools are called in conversations; this prompt is none. Use Prompt.chat, or"
                            + " leave the tools out.");
        }
        return switch (prompt) {
            case Prompt.Text text ->
                    plain(limits.encode("prompt", text.text(), true, kept), offered);
            case Prompt.Tokens tokens ->
                    plain(
                            PromptLimits.last(limits.checkIds("prompt", tokens.tokenIds()), kept),
                            offered);
            case Prompt.Chat chat -> {
                String text = render(chat, offered.shown);
                Reading reading =
                        new Reading(
                                thoughts.map(known -> Reading.Thoughts.behind(text, known, true)),
                                offered.use);
                yield new Ready(
                        limits.encode("conversation", text, false, kept),
                        reading,
                        offered.answer.map(
                                form -> reading.behindThought(form, text, engine.tokenizer())));
            }
        };
    }

    private static Ready plain(int[] tokenIds, Offered offered) {
        return new Ready(tokenIds, Reading.PLAIN, offered.answer);
    }

    private String render(Prompt.Chat chat, List<Map<String, Object>> tools) {
        return render(chat.conversation(), chat.templateVariables(), tools);
    }

    private String render(
            List<Message> conversation,
            Map<String, Object> variables,
            List<Map<String, Object>> tools) {
        List<Turn> turns = conversation.stream().map(EngineLLM::turn).toList();
        return TurnRenderer.render(engine.chat(), turns, tools, true, variables);
    }

    private static Turn turn(Message message) {
        List<Turn.Call> calls =
                message.toolCalls().stream()
                        .map(call -> new Turn.Call(call.id(), call.name(), call.arguments()))
                        .toList();
        boolean onlyCalls = message.text().isEmpty() && !calls.isEmpty();
        return new Turn(
                message.role(),
                onlyCalls ? Optional.empty() : Optional.of(message.text()),
                Optional.empty(),
                Optional.empty(),
                calls,
                message.toolCallId());
    }

    @Override
    public int[] tokenize(Prompt prompt) {
        Objects.requireNonNull(prompt, "prompt");
        return translated(
                () ->
                        switch (prompt) {
                            case Prompt.Text text -> engine.tokenizer().encode(text.text(), true);
                            case Prompt.Tokens tokens -> tokens.tokenIds();
                            case Prompt.Chat chat ->
                                    engine.tokenizer().encode(render(chat, List.of()), false);
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
        return translated(() -> render(messages, Map.of(), List.of()));
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
