package quire;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

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

    private final SamplingValues values;

    SamplingParams(SamplingValues values) {
        this.values = values;
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
        return new SamplingParamsBuilder(values);
    }

    SamplingValues values() {
        return values;
    }

    /**
     * Most tokens of each choice, from 1.
     *
     * @return empty where unset
     */
    public OptionalInt maxTokens() {
        return values.maxTokens();
    }

    /**
     * How far the draw goes from the likeliest token, from 0, which always takes it.
     *
     * @return empty where unset
     */
    public OptionalDouble temperature() {
        return values.temperature();
    }

    /**
     * Mass of the smallest set of likeliest tokens to draw from, above 0 and at most 1.
     *
     * @return empty where unset
     */
    public OptionalDouble topP() {
        return values.topP();
    }

    /**
     * Number of likeliest tokens to draw from; 0 or -1 for all.
     *
     * @return empty where unset
     */
    public OptionalInt topK() {
        return values.topK();
    }

    /**
     * Least probability relative to the likeliest token's, from 0 to 1.
     *
     * @return empty where unset
     */
    public OptionalDouble minP() {
        return values.minP();
    }

    /**
     * What tokens of prompt and output are weighed down by, above 0; 1 is nothing.
     *
     * @return empty where unset
     */
    public OptionalDouble repetitionPenalty() {
        return values.repetitionPenalty();
    }

    /**
     * What tokens of the output are weighed down by, once each, from -2 to 2.
     *
     * @return 0 where unset
     */
    public double presencePenalty() {
        return values.presencePenalty();
    }

    /**
     * What tokens of the output are weighed down by, each time they are in it, from -2 to 2.
     *
     * @return 0 where unset
     */
    public double frequencyPenalty() {
        return values.frequencyPenalty();
    }

    /**
     * What makes choices reproducible; -1 is the same as none.
     *
     * @return empty where unset
     */
    public OptionalLong seed() {
        return values.seed();
    }

    /**
     * Number of choices, from 1 to 128.
     *
     * @return 1 where unset
     */
    public int n() {
        return values.n();
    }

    /**
     * Strings that end a choice.
     *
     * @return none where unset; unmodifiable
     */
    public List<String> stop() {
        return values.stop();
    }

    /**
     * Tokens that end a choice.
     *
     * @return none where unset; unmodifiable
     */
    public List<Integer> stopTokenIds() {
        return values.stopTokenIds();
    }

    /**
     * Whether a choice goes on after the model's end of a text or turn.
     *
     * @return false where unset
     */
    public boolean ignoreEos() {
        return values.ignoreEos();
    }

    /**
     * Tokens before which neither the model's end nor a stop ends a choice.
     *
     * @return 0 where unset
     */
    public int minTokens() {
        return values.minTokens();
    }

    /**
     * Whether the stop string stays in the text.
     *
     * @return false where unset
     */
    public boolean includeStopString() {
        return values.includeStopString();
    }

    /**
     * Whether special tokens are left out of the text.
     *
     * @return true where unset
     */
    public boolean skipSpecialTokens() {
        return values.skipSpecialTokens();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SamplingParams params && values.equals(params.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
