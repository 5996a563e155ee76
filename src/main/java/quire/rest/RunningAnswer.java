package quire.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import quire.batcher.ServingEngine;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.Submission;

/** All generations of one HTTP request, joined into one answer that ends once. */
final class RunningAnswer {

    private final ServingEngine serving;
    private final GenerationPlan plan;
    private final BooleanSupplier isClientGone;
    private final AnswerWatch watch;

    /** One for each prompt, once they are inside. */
    private final AtomicReference<List<Generation>> generations = new AtomicReference<>(List.of());

    private final AtomicInteger numCompletionTokens = new AtomicInteger();

    private final AtomicInteger numReasoningTokens = new AtomicInteger();

    /** Choices that have not ended, and one more while prompts are handed in. */
    private final AtomicInteger open;

    private final Optional<Echo> echo;
    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * @param isClientGone whether nobody waits for the answer any more; asked at every output, for
     *     {@link #cancel} is not called for a client that went away before the server listened
     */
    RunningAnswer(
            ServingEngine serving,
            GenerationPlan plan,
            BooleanSupplier isClientGone,
            AnswerWatch watch) {
        this.serving = serving;
        this.plan = plan;
        this.isClientGone = isClientGone;
        this.watch = watch;
        this.open = new AtomicInteger(plan.numChoices() + 1);
        this.echo = plan.echo().map(prompts -> new Echo(prompts, plan.numChoices()));
    }

    /**
     * Hands all prompts in, once, together or not at all; the sink may hear of the first before
     * this returns.
     *
     * @throws QuireException if they are refused
     */
    void start(AnswerSink sink) {
        List<Submission> submissions = new ArrayList<>();
        for (int prompt = 0; prompt < plan.prompts().size(); prompt++) {
            submissions.add(new Submission(plan.prompts().get(prompt), listener(prompt, sink)));
        }
        try {
            generations.set(serving.submit(submissions));
        } catch (RuntimeException e) {
            if (!stopped.getAndSet(true) && e instanceof QuireException refusal) {
                watch.failed(refusal);
            }
            throw e;
        }
        if (stopped.get()) {
            // What stopped it may not have seen the generations.
            cancelAll();
        } else {
            countDown(sink);
        }
    }

    /** Ends everything that still runs; the sink hears nothing more. Any thread, any time. */
    void cancel() {
        if (!stopped.getAndSet(true)) {
            watch.abandoned();
        }
        cancelAll();
    }

    /** Whether the sink hears nothing more; a client that went away ends the answer here too. */
    boolean isOver() {
        if (isClientGone.getAsBoolean()) {
            cancel();
        }
        return stopped.get();
    }

    private void cancelAll() {
        generations.get().forEach(Generation::cancel);
    }

    private GenerationListener listener(int prompt, AnswerSink sink) {
        int firstChoice = prompt * plan.choicesPerPrompt();
        List<ThoughtTokens> thoughts = new ArrayList<>();
        for (int i = 0; plan.reading().thoughts().isPresent() && i < plan.choicesPerPrompt(); i++) {
            thoughts.add(new ThoughtTokens(plan.reading().thoughts().get()));
        }
        return new GenerationListener() {
            @Override
            public void onOutput(GenerationOutput made) {
                if (stopped.get()) {
                    return;
                }
                if (isClientGone.getAsBoolean()) {
                    cancel();
                    return;
                }
                if (!thoughts.isEmpty()) {
                    thoughts.get(made.choice()).take(made.text(), made.numTokens());
                }
                int choice = firstChoice + made.choice();
                watch.made(choice, made);
                GenerationOutput output =
                        echo.isPresent() ? echo.get().shown(prompt, choice, made) : made;
                sink.onOutput(choice, output);
                if (output.finishReason().isPresent()) {
                    if (!thoughts.isEmpty()) {
                        numReasoningTokens.addAndGet(thoughts.get(output.choice()).count());
                    }
                    numCompletionTokens.addAndGet(output.numTokens());
                    countDown(sink);
                }
            }

            @Override
            public void onError(QuireException error) {
                if (stopped.compareAndSet(false, true)) {
                    cancelAll();
                    watch.failed(error);
                    sink.onError(error);
                }
            }
        };
    }

    private void countDown(AnswerSink sink) {
        if (open.decrementAndGet() == 0 && stopped.compareAndSet(false, true)) {
            TokenUsage usage = usage();
            watch.ended(usage);
            sink.onEnd(usage);
        }
    }

    private TokenUsage usage() {
        int numPromptTokens = 0;
        int numCachedTokens = 0;
        for (Generation generation : generations.get()) {
            numPromptTokens += generation.numPromptTokens();
            numCachedTokens += generation.numCachedTokens();
        }
        return new TokenUsage(
                numPromptTokens,
                numCompletionTokens.get(),
                numCachedTokens,
                plan.reading().thoughts().isPresent()
                        ? OptionalInt.of(numReasoningTokens.get())
                        : OptionalInt.empty());
    }
}
