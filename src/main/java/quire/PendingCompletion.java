package quire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;

/** Collects a generation's outputs on the engine's thread and hands them to the caller's. */
final class PendingCompletion implements GenerationListener {

    private sealed interface Event {

        record Output(GenerationOutput output) implements Event {}

        record Failure(QuireException error) implements Event {}
    }

    /** At most one event a token is queued, and {@code max_tokens} bounds those. */
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private final List<StringBuilder> texts = new ArrayList<>();
    private final Completion.Choice[] finished;
    private Optional<Generation> generation = Optional.empty();

    PendingCompletion(int numChoices) {
        finished = new Completion.Choice[numChoices];
        for (int i = 0; i < numChoices; i++) {
            texts.add(new StringBuilder());
        }
    }

    void generation(Generation theGeneration) {
        generation = Optional.of(theGeneration);
    }

    /** Ends the generation, if it still runs. */
    void cancel() {
        generation.ifPresent(Generation::cancel);
    }

    /**
     * Waits for the end.
     *
     * @param onText gets each piece of the first choice, on the calling thread; what it throws
     *     cancels the generation and goes on to the caller
     * @throws UnavailableException if the thread is interrupted; the generation is cancelled
     */
    Completion await(Consumer<String> onText) {
        int open = finished.length;
        try {
            while (open > 0) {
                switch (events.take()) {
                    case Event.Failure failure -> throw failure.error();
                    case Event.Output(GenerationOutput output) -> {
                        open -= take(output) ? 1 : 0;
                        if (output.choice() == 0 && !output.text().isEmpty()) {
                            onText.accept(output.text());
                        }
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while generating");
        } finally {
            if (open > 0) {
                cancel();
            }
        }
        Generation done = generation.orElseThrow();
        return new Completion(List.of(finished), done.numPromptTokens(), done.numCachedTokens());
    }

    private boolean take(GenerationOutput output) {
        StringBuilder text = texts.get(output.choice()).append(output.text());
        if (output.finishReason().isEmpty()) {
            return false;
        }
        FinishReason reason = output.finishReason().get();
        finished[output.choice()] =
                new Completion.Choice(
                        text.toString(), output.numTokens(), reason, output.stopReason());
        return true;
    }

    @Override
    public void onOutput(GenerationOutput output) {
        events.add(new Event.Output(output));
    }

    @Override
    public void onError(QuireException error) {
        events.add(new Event.Failure(error));
    }
}
