package quire;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.AskedSampling;

/**
 * How tokens are chosen, and when a text ends; names, defaults and ranges after vLLM's. Immutable.
 *
 * <p>What is unset is as the model's {@code generation_config.json} says, unless {@link
 * LLMBuilder#generationConfig} says otherwise; where that is silent too, tokens are drawn from all
 * there are at a temperature of 1, up to the end of the context.
 */
public final class SamplingParams {

    /** Nothing set. */
    public static final SamplingParams DEFAULT = builder().build();

    private static final SamplingParams GREEDY = builder().temperature(0).build();

    private final OptionalInt maxTokens;
    private final OptionalInt truncatePromptTokens;
    private final long priority;
    private final Optional<String> cacheSalt;
    private final AskedSampling asked;
    private final AskedAnswer answer;

    SamplingParams(
            OptionalInt maxTokens,
            OptionalInt truncatePromptTokens,
            long priority,
            Optional<String> cacheSalt,
            AskedSampling asked,
            AskedAnswer answer) {
        this.maxTokens = maxTokens;
        this.truncatePromptTokens = truncatePromptTokens;
        this.priority = priority;
        this.cacheSalt = cacheSalt;
        this.asked = asked;
        this.answer = answer;
    }

    /**
     * Starts with nothing set.
     *
     * @return a builder
     */
    public static SamplingParamsBuilder builder() {
        return new SamplingParamsBuilder();
    }

    /**
     * The likeliest token each time.
     *
     * @return params with a temperature of 0
     */
    public static SamplingParams greedy() {
        return GREEDY;
    }

    /**
     * The likeliest token each time, up to so many.
     *
     * @param maxTokens most tokens of each choice, from 1
     * @return params with a temperature of 0
     * @throws PromptException if the number is below 1
     */
    public static SamplingParams greedy(int maxTokens) {
        return GREEDY.toBuilder().maxTokens(maxTokens).build();
    }

    /**
     * Starts from these params.
     *
     * @return a builder
     */
    public SamplingParamsBuilder toBuilder() {
        return new SamplingParamsBuilder(this);
    }

    /**
     * The same params for an answer that a class can be made of: {@code llm.chat(messages,
     * params.as(Weather.class)).as(Weather.class)}.
     *
     * @param type see {@link ResponseFormat#of(Class)}
     * @return params with that response format
     * @throws PromptException if no schema can be made of the class
     */
    public SamplingParams as(Class<?> type) {
        return toBuilder().responseFormat(type).build();
    }

    /** What the answer must be, and may call. */
    AskedAnswer answer() {
        return answer;
    }

    /** What is sampled by, as the engine is asked, but for what depends on the prompt. */
    AskedSampling asked() {
        return asked;
    }

    /**
     * Most tokens of each choice, from 1.
     *
     * @return empty where unset
     */
    public OptionalInt maxTokens() {
        return maxTokens;
    }

    /**
     * Tokens of a longer prompt that are kept, the last ones; -1 for as many as leave room for
     * {@link #maxTokens}, or for one token where that is unset.
     *
     * @return empty where unset: a prompt that does not fit is refused
     */
    public OptionalInt truncatePromptTokens() {
        return truncatePromptTokens;
    }

    /**
     * Prompts with a lower one are computed before others, whenever those came.
     *
     * @return 0 where unset
     */
    public long priority() {
        return priority;
    }

    /**
     * Only prompts with the same one share what the prefix cache holds of them.
     *
     * @return empty where unset
     */
    public Optional<String> cacheSalt() {
        return cacheSalt;
    }

    /**
     * How far the draw goes from the likeliest token, from 0, which always takes it.
     *
     * @return empty where unset
     */
    public OptionalDouble temperature() {
        return asked.temperature();
    }

    /**
     * Mass of the smallest set of likeliest tokens to draw from, above 0 and at most 1.
     *
     * @return empty where unset
     */
    public OptionalDouble topP() {
        return asked.topP();
    }

    /**
     * Number of likeliest tokens to draw from; 0 or -1 for all.
     *
     * @return empty where unset
     */
    public OptionalInt topK() {
        return asked.topK();
    }

    /**
     * Least probability relative to the likeliest token's, from 0 to 1.
     *
     * @return empty where unset
     */
    public OptionalDouble minP() {
        return asked.minP();
    }

    /**
     * What tokens of prompt and output are weighed down by, above 0; 1 is nothing.
     *
     * @return empty where unset
     */
    public OptionalDouble repetitionPenalty() {
        return asked.repetitionPenalty();
    }

    /**
     * What tokens of the output are weighed down by, once each, from -2 to 2.
     *
     * @return 0 where unset
     */
    public double presencePenalty() {
        return asked.others().presencePenalty();
    }

    /**
     * What tokens of the output are weighed down by, each time they are in it, from -2 to 2.
     *
     * @return 0 where unset
     */
    public double frequencyPenalty() {
        return asked.others().frequencyPenalty();
    }

    /**
     * What makes choices reproducible; -1 is the same as none.
     *
     * @return empty where unset
     */
    public OptionalLong seed() {
        return asked.others().seed();
    }

    /**
     * Number of choices, from 1 to 128.
     *
     * @return 1 where unset
     */
    public int n() {
        return asked.others().n();
    }

    /**
     * Strings that end a choice.
     *
     * @return none where unset; unmodifiable
     */
    public List<String> stop() {
        return asked.others().stop();
    }

    /**
     * Tokens that end a choice.
     *
     * @return none where unset; unmodifiable
     */
    public List<Integer> stopTokenIds() {
        return asked.others().stopTokenIds();
    }

    /**
     * What is added to tokens' logits, by their ids, each from -100, which all but rules a token
     * out, to 100.
     *
     * @return none where unset; unmodifiable
     */
    public Map<Integer, Double> logitBias() {
        return asked.others().logitBias();
    }

    /**
     * The only tokens that may be drawn.
     *
     * @return empty where unset, which allows all; unmodifiable
     */
    public List<Integer> allowedTokenIds() {
        return asked.others().allowedTokenIds().orElse(List.of());
    }

    /**
     * Texts that are not to be generated, at the start of a text or behind a space.
     *
     * @return none where unset; unmodifiable
     */
    public List<String> badWords() {
        return asked.others().badWords();
    }

    /**
     * Whether the {@link #n} texts that are likeliest as a whole are searched for, instead of
     * drawing tokens.
     *
     * @return false where unset
     */
    public boolean useBeamSearch() {
        return asked.others().useBeamSearch();
    }

    /**
     * The power of its length that a text's log-probability is divided by in a beam search.
     *
     * @return 1 where unset
     */
    public double lengthPenalty() {
        return asked.others().lengthPenalty();
    }

    /**
     * Whether a choice goes on after the model's end of a text or turn.
     *
     * @return false where unset
     */
    public boolean ignoreEos() {
        return asked.others().ignoreEos();
    }

    /**
     * Tokens before which neither the model's end nor a stop ends a choice.
     *
     * @return 0 where unset
     */
    public int minTokens() {
        return asked.others().minTokens();
    }

    /**
     * Whether the stop string stays in the text.
     *
     * @return false where unset
     */
    public boolean includeStopString() {
        return asked.others().includeStopStrInOutput();
    }

    /**
     * Whether special tokens are left out of the text.
     *
     * @return true where unset
     */
    public boolean skipSpecialTokens() {
        return asked.others().skipSpecialTokens();
    }

    /**
     * With each token of the text its likelihood, and those of this many likeliest tokens.
     *
     * @return empty where unset, and nothing is told
     */
    public OptionalInt logprobs() {
        return asked.others().logprobs();
    }

    /**
     * The same of each token of the prompt.
     *
     * @return empty where unset, and nothing is told
     */
    public OptionalInt promptLogprobs() {
        return asked.others().promptLogprobs();
    }

    /**
     * What the answer must be.
     *
     * @return {@link ResponseFormat#TEXT} where unset
     */
    public ResponseFormat responseFormat() {
        return answer.format();
    }

    /**
     * What the model may call in a conversation.
     *
     * @return none where unset; unmodifiable
     */
    public List<Tool> tools() {
        return answer.tools();
    }

    /**
     * Who decides whether a tool is called.
     *
     * @return {@link ToolChoice#AUTO} where unset
     */
    public ToolChoice toolChoice() {
        return answer.choice();
    }

    /**
     * Whether one answer may have several calls.
     *
     * @return true where unset
     */
    public boolean parallelToolCalls() {
        return answer.parallel();
    }

    /**
     * Most tokens of the thought before an answer; -1 for any number.
     *
     * @return empty where unset, and the number is any
     */
    public OptionalInt thinkingTokenBudget() {
        return answer.thinkingTokenBudget();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SamplingParams params
                && maxTokens.equals(params.maxTokens)
                && truncatePromptTokens.equals(params.truncatePromptTokens)
                && priority == params.priority
                && cacheSalt.equals(params.cacheSalt)
                && asked.equals(params.asked)
                && answer.equals(params.answer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(maxTokens, truncatePromptTokens, priority, cacheSalt, asked, answer);
    }

    @Override
    public String toString() {
        // Whoever logs this may not be one who is to know the salt.
        return "maxTokens="
                + maxTokens
                + ", truncatePromptTokens="
                + truncatePromptTokens
                + ", priority="
                + priority
                + ", "
                + asked
                + ", "
                + answer;
    }
}
