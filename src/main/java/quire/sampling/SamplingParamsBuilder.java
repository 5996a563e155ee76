package quire.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private Map<Integer, Double> logitBias = Map.of();
    private Optional<List<Integer>> allowedTokenIds = Optional.empty();
    private List<String> badWords = List.of();
    private boolean useBeamSearch;
    private double lengthPenalty = 1;

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
        logitBias = from.logitBias();
        allowedTokenIds = from.allowedTokenIds();
        badWords = from.badWords();
        useBeamSearch = from.useBeamSearch();
        lengthPenalty = from.lengthPenalty();
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

    public SamplingParamsBuilder logitBias(Map<Integer, Double> logitBias) {
        this.logitBias = logitBias;
        return this;
    }

    public SamplingParamsBuilder allowedTokenIds(List<Integer> allowedTokenIds) {
        this.allowedTokenIds = Optional.of(allowedTokenIds);
        return this;
    }

    public SamplingParamsBuilder badWords(List<String> badWords) {
        this.badWords = badWords;
        return this;
    }

    public SamplingParamsBuilder useBeamSearch(boolean useBeamSearch) {
        this.useBeamSearch = useBeamSearch;
        return this;
    }

    public SamplingParamsBuilder lengthPenalty(double lengthPenalty) {
        this.lengthPenalty = lengthPenalty;
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
                promptLogprobs,
                logitBias,
                allowedTokenIds,
                badWords,
                useBeamSearch,
                lengthPenalty);
    }
}
