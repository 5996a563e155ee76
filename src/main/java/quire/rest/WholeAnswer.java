package quire.rest;

import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import quire.error.QuireException;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** Collects all choices and answers them as one body. */
final class WholeAnswer<T> implements AnswerSink {

    /** A choice that is still being made, or has ended. */
    static final class Choice {

        private final StringBuilder text = new StringBuilder();
        private Optional<FinishReason> finishReason = Optional.empty();
        private Optional<StopReason> stopReason = Optional.empty();

        String text() {
            return text.toString();
        }

        /**
         * @param calls whether it calls tools
         */
        String finishReason(boolean calls) {
            return WholeAnswer.finishReason(finishReason.orElseThrow(), calls);
        }

        Optional<StopReason> stopReason() {
            return stopReason;
        }
    }

    /** The reason's word: a choice that calls tools has ended in order to. */
    static String finishReason(FinishReason reason, boolean calls) {
        return calls && reason == FinishReason.STOP ? "tool_calls" : reason.wireName();
    }

    private final List<Choice> choices = new ArrayList<>();
    private final BiFunction<List<Choice>, TokenUsage, T> body;
    private final UniEmitter<? super T> emitter;

    /**
     * @param body makes the body of what was collected
     */
    WholeAnswer(
            int numChoices,
            BiFunction<List<Choice>, TokenUsage, T> body,
            UniEmitter<? super T> emitter) {
        for (int i = 0; i < numChoices; i++) {
            choices.add(new Choice());
        }
        this.body = body;
        this.emitter = emitter;
    }

    @Override
    public void onOutput(int choice, GenerationOutput output) {
        Choice collected = choices.get(choice);
        collected.text.append(output.text());
        collected.finishReason = output.finishReason();
        collected.stopReason = output.stopReason();
    }

    @Override
    public void onEnd(TokenUsage usage) {
        emitter.complete(body.apply(choices, usage));
    }

    @Override
    public void onError(QuireException error) {
        emitter.fail(error);
    }
}
