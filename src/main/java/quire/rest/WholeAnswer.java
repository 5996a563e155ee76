package quire.rest;

import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.error.QuireException;
import quire.generation.GenerationOutput;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** Collects all choices and answers them as one body. */
final class WholeAnswer implements AnswerSink {

    /**
     * All that was collected.
     *
     * @param choices in their order
     */
    record Collected(List<Choice> choices, TokenUsage usage) {}

    /** A choice that is still being made, or has ended. */
    static final class Choice {

        private final StringBuilder text = new StringBuilder();
        private final List<Integer> tokenIds = new ArrayList<>();
        private final List<TokenLogprobs> logprobs = new ArrayList<>();
        private final List<TokenLogprobs> promptLogprobs = new ArrayList<>();
        private Optional<FinishReason> finishReason = Optional.empty();
        private Optional<StopReason> stopReason = Optional.empty();

        String text() {
            return text.toString();
        }

        /** The ids of its tokens; empty where nobody asked. */
        List<Integer> tokenIds() {
            return tokenIds;
        }

        /** Those of the tokens of its text; empty where nobody asked. */
        List<TokenLogprobs> logprobs() {
            return logprobs;
        }

        /** Those of the tokens of its prompt; empty where nobody asked. */
        List<TokenLogprobs> promptLogprobs() {
            return promptLogprobs;
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
    private final UniEmitter<? super Collected> emitter;

    WholeAnswer(int numChoices, UniEmitter<? super Collected> emitter) {
        for (int i = 0; i < numChoices; i++) {
            choices.add(new Choice());
        }
        this.emitter = emitter;
    }

    @Override
    public void onOutput(int choice, GenerationOutput output) {
        Choice collected = choices.get(choice);
        collected.text.append(output.text());
        IntStream.of(output.tokenIds()).forEach(collected.tokenIds::add);
        collected.logprobs.addAll(output.logprobs());
        collected.promptLogprobs.addAll(output.promptLogprobs());
        collected.finishReason = output.finishReason();
        collected.stopReason = output.stopReason();
    }

    @Override
    public void onEnd(TokenUsage usage) {
        emitter.complete(new Collected(choices, usage));
    }

    @Override
    public void onError(QuireException error) {
        emitter.fail(error);
    }
}
