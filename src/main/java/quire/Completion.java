package quire;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** What a prompt became. Immutable. */
public final class Completion {

    private final List<Choice> choices;
    private final Usage usage;
    private final int[] promptTokenIds;
    private final List<TokenLogprob> promptLogprobs;

    /**
     * @param promptTokenIds not modified, and not to be changed by the caller afterwards
     */
    Completion(
            List<Choice> choices,
            Usage usage,
            int[] promptTokenIds,
            List<TokenLogprob> promptLogprobs) {
        this.choices = List.copyOf(choices);
        this.usage = usage;
        this.promptTokenIds = promptTokenIds;
        this.promptLogprobs = List.copyOf(promptLogprobs);
    }

    /**
     * Made by hand, for an {@link LLM} that is none of Quire's.
     *
     * @param choices at least one
     * @param usage how many tokens it took
     * @return the completion
     * @throws IllegalArgumentException if there is no choice
     */
    public static Completion of(List<Choice> choices, Usage usage) {
        if (choices.isEmpty()) {
            throw new IllegalArgumentException("a completion has a choice at least");
        }
        return new Completion(choices, usage, new int[0], List.of());
    }

    /**
     * Made by hand, with one choice that ended by itself, and no tokens counted.
     *
     * @param text of the choice
     * @return the completion
     */
    public static Completion of(String text) {
        return new Completion(
                List.of(Choice.of(text, FinishReason.STOP)),
                Usage.of(0, 0, 0),
                new int[0],
                List.of());
    }

    /**
     * The answers, one for each of {@link SamplingParams#n}.
     *
     * @return at least one; unmodifiable
     */
    public List<Choice> choices() {
        return choices;
    }

    /**
     * The text of the first choice.
     *
     * @return maybe empty
     */
    public String text() {
        return choices.getFirst().text();
    }

    /**
     * The thought of the first choice, see {@link Choice#reasoning}.
     *
     * @return maybe empty
     */
    public String reasoning() {
        return choices.getFirst().reasoning();
    }

    /**
     * The first choice as an object, see {@link Choice#as}.
     *
     * @param type a record, class or other type that JSON can be read as
     * @param <T> the type
     * @return a new object
     * @throws AnswerException if the choice was cut off, or is no JSON of that type
     */
    public <T> T as(Class<T> type) {
        return choices.getFirst().as(type);
    }

    /**
     * What the first choice calls.
     *
     * @return in their order, maybe none; unmodifiable
     */
    public List<ToolCall> toolCalls() {
        return choices.getFirst().toolCalls();
    }

    /**
     * The first choice as a message, for the conversation to go on.
     *
     * @return of the role {@code assistant}, with its calls
     */
    public Message message() {
        return choices.getFirst().message();
    }

    /**
     * The tokens of the prompt as it was computed: with those that the model or its chat template
     * puts around it, and cut where {@link SamplingParams#truncatePromptTokens} asks.
     *
     * @return ids, new ones; none of a completion that was made by hand
     */
    public int[] promptTokenIds() {
        return promptTokenIds.clone();
    }

    /**
     * How likely the tokens of the prompt were, where {@link SamplingParams#promptLogprobs} asks.
     *
     * @return without the first token, which nothing comes before; else empty; unmodifiable
     */
    public List<TokenLogprob> promptLogprobs() {
        return promptLogprobs;
    }

    /**
     * Why the first choice ended.
     *
     * @return its reason
     */
    public FinishReason finishReason() {
        return choices.getFirst().finishReason();
    }

    /**
     * How many tokens it took.
     *
     * @return those of the prompt once, those of all choices together
     */
    public Usage usage() {
        return usage;
    }

    @Override
    public String toString() {
        return choices + ", " + usage;
    }

    /** One answer. Immutable. */
    public static final class Choice {

        private final String text;
        private final List<ToolCall> toolCalls;
        private final String reasoning;
        private final FinishReason finishReason;
        private final Optional<String> stopString;
        private final OptionalInt stopTokenId;
        private final int[] tokenIds;
        private final List<TokenLogprob> logprobs;

        /**
         * @param tokenIds not modified, and not to be changed by the caller afterwards
         */
        Choice(
                String text,
                List<ToolCall> toolCalls,
                String reasoning,
                FinishReason finishReason,
                Optional<String> stopString,
                OptionalInt stopTokenId,
                int[] tokenIds,
                List<TokenLogprob> logprobs) {
            this.text = text;
            this.toolCalls = List.copyOf(toolCalls);
            this.reasoning = reasoning;
            this.finishReason = finishReason;
            this.stopString = stopString;
            this.stopTokenId = stopTokenId;
            this.tokenIds = tokenIds;
            this.logprobs = List.copyOf(logprobs);
        }

        /**
         * Made by hand, for an {@link LLM} that is none of Quire's.
         *
         * @param text what was generated
         * @param finishReason why it ended
         * @return the choice, of which no tokens are counted
         */
        public static Choice of(String text, FinishReason finishReason) {
            return of(text, List.of(), finishReason);
        }

        /**
         * Made by hand, with calls, for an {@link LLM} that is none of Quire's.
         *
         * @param text what was generated beside the calls
         * @param toolCalls in their order
         * @param finishReason why it ended
         * @return the choice, of which no tokens are counted
         */
        public static Choice of(String text, List<ToolCall> toolCalls, FinishReason finishReason) {
            return new Choice(
                    text,
                    toolCalls,
                    "",
                    finishReason,
                    Optional.empty(),
                    OptionalInt.empty(),
                    new int[0],
                    List.of());
        }

        /**
         * The same choice with another thought, for an {@link LLM} that is none of Quire's.
         *
         * @param reasoning maybe empty
         * @return a new choice
         */
        public Choice withReasoning(String reasoning) {
            return new Choice(
                    text,
                    toolCalls,
                    Objects.requireNonNull(reasoning, "reasoning"),
                    finishReason,
                    stopString,
                    stopTokenId,
                    tokenIds,
                    logprobs);
        }

        /**
         * What was generated, without its thought and calls of tools.
         *
         * @return maybe empty
         */
        public String text() {
            return text;
        }

        /**
         * What the model thought before its answer to a conversation, where {@link
         * LLMBuilder#reasoningParser} says how that is told from the answer.
         *
         * @return empty without a thought
         */
        public String reasoning() {
            return reasoning;
        }

        /**
         * The text as an object. With {@link ResponseFormat#of the format of the class} asked for
         * there is nothing else that it could be, unless it was cut off.
         *
         * @param type a record, class or other type that JSON can be read as
         * @param <T> the type
         * @return a new object
         * @throws AnswerException if the choice was cut off, or is no JSON of that type
         */
        public <T> T as(Class<T> type) {
            if (finishReason == FinishReason.LENGTH) {
                throw new AnswerException(
                        "the answer was cut off after %d tokens, before it was a whole %s; raise"
                                        .formatted(numTokens(), type.getSimpleName())
                                + " maxTokens, or leave it unset");
            }
            return JsonTypes.read(text, type, "the answer");
        }

        /**
         * What it calls.
         *
         * @return in their order, maybe none; unmodifiable
         */
        public List<ToolCall> toolCalls() {
            return toolCalls;
        }

        /**
         * The choice as a message, for the conversation to go on.
         *
         * @return of the role {@code assistant}, with its calls and without its thought
         */
        public Message message() {
            return Message.assistant(text, toolCalls);
        }

        /**
         * How likely its tokens were, where {@link SamplingParams#logprobs} asks.
         *
         * @return one for each of its tokens, else none; unmodifiable
         */
        public List<TokenLogprob> logprobs() {
            return logprobs;
        }

        /**
         * Tokens that were generated for it, the one that ended it included.
         *
         * @return at least 1, or 0 of a choice that was made by hand
         */
        public int numTokens() {
            return tokenIds.length;
        }

        /**
         * The tokens that were generated for it, those of its thought and calls and the one that
         * ended it included.
         *
         * @return ids, new ones; none of a choice that was made by hand
         */
        public int[] tokenIds() {
            return tokenIds.clone();
        }

        /**
         * Why it ended.
         *
         * @return the reason
         */
        public FinishReason finishReason() {
            return finishReason;
        }

        /**
         * Which of {@link SamplingParams#stop} ended it.
         *
         * @return empty where something else did
         */
        public Optional<String> stopString() {
            return stopString;
        }

        /**
         * Which of {@link SamplingParams#stopTokenIds} ended it.
         *
         * @return empty where something else did
         */
        public OptionalInt stopTokenId() {
            return stopTokenId;
        }

        @Override
        public String toString() {
            return text + (toolCalls.isEmpty() ? "" : toolCalls) + " (" + finishReason + ")";
        }
    }

    /** How many tokens a completion took. Immutable. */
    public static final class Usage {

        private final int numPromptTokens;
        private final int numCachedTokens;
        private final int numCompletionTokens;

        private Usage(int numPromptTokens, int numCachedTokens, int numCompletionTokens) {
            this.numPromptTokens = numPromptTokens;
            this.numCachedTokens = numCachedTokens;
            this.numCompletionTokens = numCompletionTokens;
        }

        /**
         * As counted.
         *
         * @param numPromptTokens of the prompt
         * @param numCachedTokens of these, found in the prefix cache
         * @param numCompletionTokens of all choices
         * @return the counts
         */
        public static Usage of(int numPromptTokens, int numCachedTokens, int numCompletionTokens) {
            return new Usage(numPromptTokens, numCachedTokens, numCompletionTokens);
        }

        /**
         * Tokens of the prompt.
         *
         * @return how many
         */
        public int numPromptTokens() {
            return numPromptTokens;
        }

        /**
         * Tokens of the prompt that the prefix cache had and nobody computed again.
         *
         * @return at most {@link #numPromptTokens}
         */
        public int numCachedTokens() {
            return numCachedTokens;
        }

        /**
         * Tokens that were generated, of all choices together.
         *
         * @return how many
         */
        public int numCompletionTokens() {
            return numCompletionTokens;
        }

        @Override
        public String toString() {
            return numPromptTokens
                    + " prompt tokens, "
                    + numCachedTokens
                    + " of them cached, "
                    + numCompletionTokens
                    + " generated";
        }
    }
}
