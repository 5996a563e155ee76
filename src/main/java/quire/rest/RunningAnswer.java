package quire.rest;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import quire.batcher.Batcher;
import quire.engine.Generation;
import quire.engine.GenerationListener;
import quire.engine.GenerationOutput;
import quire.error.QuireException;

/** All generations of one HTTP request, joined into one answer that ends once. */
final class RunningAnswer {

    private final Batcher batcher;
    private final GenerationPlan plan;
    private final BooleanSupplier isClientGone;
    private final AtomicReferenceArray<Generation> generations;
    private final AtomicInteger numCompletionTokens = new AtomicInteger();

    /** Choices that have not ended, and one more while prompts are handed in. */
    private final AtomicInteger open;

    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * @param isClientGone whether nobody waits for the answer any more; asked at every output, for
     *     {@link #cancel} is not called for a client that went away before the server listened
     */
    RunningAnswer(Batcher batcher, GenerationPlan plan, BooleanSupplier isClientGone) {
        this.batcher = batcher;
        this.plan = plan;
        this.isClientGone = isClientGone;
        this.generations = new AtomicReferenceArray<>(plan.prompts().size());
        this.open = new AtomicInteger(plan.numChoices() + 1);
    }

    /**
     * Hands all prompts in, once; the sink may hear of the first before this returns.
     *
     * @throws QuireException if one of them is refused; those before it are cancelled
     */
    void start(AnswerSink sink) {
        try {
            for (int prompt = 0; prompt < generations.length() && !stopped.get(); prompt++) {
                generations.set(
                        prompt, batcher.submit(plan.prompts().get(prompt), listener(prompt, sink)));
            }
        } catch (RuntimeException e) {
            cancel();
            throw e;
        }
        if (stopped.get()) {
            // What stopped it may not have seen the last generation.
            cancelAll();
        } else {
            countDown(sink);
        }
    }

    /** Ends everything that still runs; the sink hears nothing more. Any thread, any time. */
    void cancel() {
        stopped.set(true);
        cancelAll();
    }

    private void cancelAll() {
        for (int prompt = 0; prompt < generations.length(); prompt++) {
            Generation generation = generations.get(prompt);
            if (generation != null) {
                generation.cancel();
            }
        }
    }

    private GenerationListener listener(int prompt, AnswerSink sink) {
        int firstChoice = prompt * plan.choicesPerPrompt();
        return new GenerationListener() {
            @Override
            public void onOutput(GenerationOutput output) {
                if (stopped.get()) {
                    return;
                }
                if (isClientGone.getAsBoolean()) {
                    cancel();
                    return;
                }
                sink.onOutput(firstChoice + output.choice(), output);
                if (output.finishReason().isPresent()) {
                    numCompletionTokens.addAndGet(output.numTokens());
                    countDown(sink);
                }
            }

            @Override
            public void onError(QuireException error) {
                if (stopped.compareAndSet(false, true)) {
                    cancelAll();
                    sink.onError(error);
                }
            }
        };
    }

    private void countDown(AnswerSink sink) {
        if (open.decrementAndGet() == 0 && stopped.compareAndSet(false, true)) {
            sink.onEnd(usage());
        }
    }

    private TokenUsage usage() {
        int numPromptTokens = 0;
        int numCachedTokens = 0;
        for (int prompt = 0; prompt < generations.length(); prompt++) {
            numPromptTokens += plan.numPromptTokens(prompt);
            numCachedTokens += generations.get(prompt).numCachedTokens();
        }
        return new TokenUsage(numPromptTokens, numCompletionTokens.get(), numCachedTokens);
    }
}
