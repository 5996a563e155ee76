package quire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.sequence.StopReason;

/** Makes a completion of what the engine's thread says of a generation. */
final class GenerationCollector implements GenerationListener {

    private final RunningCompletion completion = new RunningCompletion();
    private final Function<QuireException, Supplier<LLMException>> failures;
    private final List<StringBuilder> texts = new ArrayList<>();
    private final Completion.Choice[] choices;
    private int open;
    private volatile Generation generation;

    /**
     * @param failures looks at the engine when something failed, and makes the exception later, on
     *     the stack of whoever asks
     */
    GenerationCollector(int numChoices, Function<QuireException, Supplier<LLMException>> failures) {
        this.failures = failures;
        this.choices = new Completion.Choice[numChoices];
        this.open = numChoices;
        for (int i = 0; i < numChoices; i++) {
            texts.add(new StringBuilder());
        }
    }

    /** The generation is inside; from here on its handle may be given away. */
    PendingCompletion begin(Generation theGeneration) {
        generation = theGeneration;
        completion.onCancel(theGeneration::cancel);
        return completion;
    }

    @Override
    public void onOutput(GenerationOutput output) {
        texts.get(output.choice()).append(output.text());
        if (output.choice() == 0) {
            completion.grow(output.text());
        }
        if (output.finishReason().isPresent()) {
            choices[output.choice()] = choice(output);
            open--;
            if (open == 0) {
                completion.end(this::completion);
            }
        }
    }

    private Completion.Choice choice(GenerationOutput output) {
        return new Completion.Choice(
                texts.get(output.choice()).toString(),
                output.numTokens(),
                finishReason(output),
                output.stopReason().flatMap(GenerationCollector::stopString),
                stopTokenId(output.stopReason()));
    }

    private static FinishReason finishReason(GenerationOutput output) {
        return switch (output.finishReason().orElseThrow()) {
            case STOP -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case ABORT, ERROR -> throw new IllegalStateException("these have no last output");
        };
    }

    private static Optional<String> stopString(StopReason reason) {
        return reason instanceof StopReason.Text(String text)
                ? Optional.of(text)
                : Optional.empty();
    }

    private static OptionalInt stopTokenId(Optional<StopReason> reason) {
        return reason.isPresent() && reason.get() instanceof StopReason.Token(int id)
                ? OptionalInt.of(id)
                : OptionalInt.empty();
    }

    /** By whoever asks: the engine's thread may be here before {@link #begin}. */
    private Completion completion() {
        Generation done = generation;
        return Completion.of(
                List.of(choices),
                Completion.Usage.of(
                        done.numPromptTokens(),
                        done.numCachedTokens(),
                        Arrays.stream(choices).mapToInt(Completion.Choice::numTokens).sum()));
    }

    @Override
    public void onError(QuireException error) {
        Supplier<LLMException> failure = failures.apply(error);
        completion.end(
                () -> {
                    throw failure.get();
                });
    }
}
