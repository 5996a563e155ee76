package quire.sampling;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.error.InvalidRequestException;

/** Makes {@link SamplingParams}, field by field; {@link #build} checks them. */
public final class SamplingParamsBuilder {

    private int maxTokens = 16;
    private double temperature = 1;
    private double topP = 1;
    private int topK;
    private double minP;
    private double repetitionPenalty = 1;
    private double presencePenalty;
    private double frequencyPenalty;
    private OptionalLong seed = OptionalLong.empty();
    private int n = 1;
    private List<String> stop = List.of();
    private List<Integer> stopTokenIds = List.of();
    private boolean ignoreEos;
    private int minTokens;
    private boolean includeStopStrInOutput;
    private boolean skipSpecialTokens = true;
    private OptionalInt logprobs = OptionalInt.empty();
    private OptionalInt promptLogprobs = OptionalInt.empty();

    SamplingParamsBuilder() {}

    SamplingParamsBuilder(SamplingParams from) {
        maxTokens = from.maxTokens();
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
        includeStopStrInOutput = from.includeStopStrInOutput();
        skipSpecialTokens = from.skipSpecialTokens();
        logprobs = from.logprobs();
        promptLogprobs = from.promptLogprobs();
    }

    public SamplingParamsBuilder maxTokens(int maxTokens) {
        this.maxTokens = maxTokens;
        return this;
    }

    public SamplingParamsBuilder temperature(double temperature) {
        this.temperature = temperature;
        return this;
    }

    public SamplingParamsBuilder topP(double topP) {
        this.topP = topP;
        return this;
    }

    public SamplingParamsBuilder topK(int topK) {
        this.topK = topK;
        return this;
    }

    public SamplingParamsBuilder minP(double minP) {
        this.minP = minP;
        return this;
    }

    public SamplingParamsBuilder repetitionPenalty(double repetitionPenalty) {
        this.repetitionPenalty = repetitionPenalty;
        return this;
    }

    public SamplingParamsBuilder presencePenalty(double presencePenalty) {
        this.presencePenalty = presencePenalty;
        return this;
    }

    public SamplingParamsBuilder frequencyPenalty(double frequencyPenalty) {
        this.frequencyPenalty = frequencyPenalty;
        return this;
    }

    public SamplingParamsBuilder seed(long seed) {
        this.seed = OptionalLong.of(seed);
        return this;
    }

    public SamplingParamsBuilder n(int n) {
        this.n = n;
        return this;
    }

    public SamplingParamsBuilder stop(List<String> stop) {
        this.stop = stop;
        return this;
    }

    public SamplingParamsBuilder stop(String... stop) {
        return stop(List.of(stop));
    }

    public SamplingParamsBuilder stopTokenIds(List<Integer> stopTokenIds) {
        this.stopTokenIds = stopTokenIds;
        return this;
    }

    public SamplingParamsBuilder ignoreEos(boolean ignoreEos) {
        this.ignoreEos = ignoreEos;
        return this;
    }

    public SamplingParamsBuilder minTokens(int minTokens) {
        this.minTokens = minTokens;
        return this;
    }

    public SamplingParamsBuilder includeStopStrInOutput(boolean includeStopStrInOutput) {
        this.includeStopStrInOutput = includeStopStrInOutput;
        return this;
    }

    public SamplingParamsBuilder skipSpecialTokens(boolean skipSpecialTokens) {
        this.skipSpecialTokens = skipSpecialTokens;
        return this;
    }

    public SamplingParamsBuilder logprobs(int logprobs) {
        this.logprobs = OptionalInt.of(logprobs);
        return this;
    }

    public SamplingParamsBuilder promptLogprobs(int promptLogprobs) {
        this.promptLogprobs = OptionalInt.of(promptLogprobs);
        return this;
    }

    /**
     * Checks and makes the params.
     *
     * @throws InvalidRequestException naming the first field that is out of range
     */
    public SamplingParams build() {
        return new SamplingParams(
                maxTokens,
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
                includeStopStrInOutput,
                skipSpecialTokens,
                logprobs,
                promptLogprobs);
    }
}
