package quire;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.AskedSampling;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;

/** Makes {@link SamplingParams}: what is never called stays unset. Not for several threads. */
public final class SamplingParamsBuilder {

    private OptionalInt maxTokens = OptionalInt.empty();
    private OptionalDouble temperature = OptionalDouble.empty();
    private OptionalDouble topP = OptionalDouble.empty();
    private OptionalInt topK = OptionalInt.empty();
    private OptionalDouble minP = OptionalDouble.empty();
    private OptionalDouble repetitionPenalty = OptionalDouble.empty();
    private double presencePenalty;
    private double frequencyPenalty;
    private OptionalLong seed = OptionalLong.empty();
    private int n = 1;
    private List<String> stop = List.of();
    private List<Integer> stopTokenIds = List.of();
    private boolean ignoreEos;
    private int minTokens;
    private boolean includeStopString;
    private boolean skipSpecialTokens = true;

    SamplingParamsBuilder() {}

    SamplingParamsBuilder(OptionalInt maxTokens, AskedSampling from) {
        this.maxTokens = maxTokens;
        temperature = from.temperature();
        topP = from.topP();
        topK = from.topK();
        minP = from.minP();
        repetitionPenalty = from.repetitionPenalty();
        presencePenalty = from.presencePenalty();
        frequencyPenalty = from.frequencyPenalty();
        seed = from.seed();
        n = from.n();
        stop = from.stop();
        stopTokenIds = from.stopTokenIds();
        ignoreEos = from.ignoreEos();
        minTokens = from.minTokens();
        includeStopString = from.includeStopString();
        skipSpecialTokens = from.skipSpecialTokens();
    }

    /**
     * Sets most tokens of each choice, from 1. Unset: what is left of the model's context, or what
     * the model's generation config says if that is less.
     *
     * @param maxTokens the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder maxTokens(int maxTokens) {
        this.maxTokens = OptionalInt.of(maxTokens);
        return this;
    }

    /**
     * Sets how far the draw goes from the likeliest token, from 0, which always takes it.
     *
     * @param temperature the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder temperature(double temperature) {
        this.temperature = OptionalDouble.of(temperature);
        return this;
    }

    /**
     * Sets mass of the smallest set of likeliest tokens to draw from, above 0 and at most 1.
     *
     * @param topP the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder topP(double topP) {
        this.topP = OptionalDouble.of(topP);
        return this;
    }

    /**
     * Sets number of likeliest tokens to draw from; 0 or -1 for all.
     *
     * @param topK the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder topK(int topK) {
        this.topK = OptionalInt.of(topK);
        return this;
    }

    /**
     * Sets least probability relative to the likeliest token's, from 0 to 1.
     *
     * @param minP the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder minP(double minP) {
        this.minP = OptionalDouble.of(minP);
        return this;
    }

    /**
     * Sets what tokens of prompt and output are weighed down by, above 0; 1 is nothing.
     *
     * @param repetitionPenalty the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder repetitionPenalty(double repetitionPenalty) {
        this.repetitionPenalty = OptionalDouble.of(repetitionPenalty);
        return this;
    }

    /**
     * Sets what tokens of the output are weighed down by, once each, from -2 to 2; 0 where nothing
     * is set.
     *
     * @param presencePenalty the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder presencePenalty(double presencePenalty) {
        this.presencePenalty = presencePenalty;
        return this;
    }

    /**
     * Sets what tokens of the output are weighed down by, each time they are in it, from -2 to 2; 0
     * where nothing is set.
     *
     * @param frequencyPenalty the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder frequencyPenalty(double frequencyPenalty) {
        this.frequencyPenalty = frequencyPenalty;
        return this;
    }

    /**
     * Sets what makes choices reproducible; -1 is the same as none.
     *
     * @param seed the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder seed(long seed) {
        this.seed = OptionalLong.of(seed);
        return this;
    }

    /**
     * Sets number of choices, from 1 to 128; 1 where nothing is set.
     *
     * @param n the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder n(int n) {
        this.n = n;
        return this;
    }

    /**
     * Sets strings that end a choice.
     *
     * @param stop at most 64 of at most 1024 characters; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder stop(List<String> stop) {
        this.stop = List.copyOf(stop);
        return this;
    }

    /**
     * As {@link #stop(List)}.
     *
     * @param stop the strings
     * @return this builder
     */
    public SamplingParamsBuilder stop(String... stop) {
        return stop(List.of(stop));
    }

    /**
     * Sets tokens that end a choice.
     *
     * @param stopTokenIds at most 128; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder stopTokenIds(List<Integer> stopTokenIds) {
        this.stopTokenIds = List.copyOf(stopTokenIds);
        return this;
    }

    /**
     * Sets whether a choice goes on after the model's end of a text or turn; false where nothing is
     * set.
     *
     * @param ignoreEos the value
     * @return this builder
     */
    public SamplingParamsBuilder ignoreEos(boolean ignoreEos) {
        this.ignoreEos = ignoreEos;
        return this;
    }

    /**
     * Sets tokens before which neither the model's end nor a stop ends a choice; 0 where nothing is
     * set.
     *
     * @param minTokens the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder minTokens(int minTokens) {
        this.minTokens = minTokens;
        return this;
    }

    /**
     * Sets whether the stop string stays in the text; false where nothing is set.
     *
     * @param includeStopString the value
     * @return this builder
     */
    public SamplingParamsBuilder includeStopString(boolean includeStopString) {
        this.includeStopString = includeStopString;
        return this;
    }

    /**
     * Sets whether special tokens are left out of the text; true where nothing is set.
     *
     * @param skipSpecialTokens the value
     * @return this builder
     */
    public SamplingParamsBuilder skipSpecialTokens(boolean skipSpecialTokens) {
        this.skipSpecialTokens = skipSpecialTokens;
        return this;
    }

    /**
     * Checks each value by itself; what depends on a model is checked when it is used.
     *
     * @return the params
     * @throws PromptException if a value is outside of what is allowed
     */
    public SamplingParams build() {
        AskedSampling asked =
                new AskedSampling(
                        temperature,
                        topP,
                        topK,
                        minP,
                        repetitionPenalty,
                        presencePenalty,
                        frequencyPenalty,
                        seed,
                        n,
                        stop,
                        stopTokenIds,
                        ignoreEos,
                        minTokens,
                        includeStopString,
                        skipSpecialTokens,
                        OptionalInt.empty(),
                        OptionalInt.empty());
        try {
            asked.over(SamplingDefaults.NONE, maxTokens.orElse(Integer.MAX_VALUE));
        } catch (InvalidRequestException e) {
            throw Failures.of(e);
        }
        return new SamplingParams(maxTokens, asked);
    }
}
