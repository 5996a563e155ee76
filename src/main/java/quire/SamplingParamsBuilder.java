package quire;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import quire.engine.AskedSampling;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.generation.GenerationRequest;

/** Makes {@link SamplingParams}: what is never called stays unset. Not for several threads. */
public final class SamplingParamsBuilder {

    private OptionalInt maxTokens = OptionalInt.empty();
    private OptionalInt truncatePromptTokens = OptionalInt.empty();
    private long priority;
    private Optional<String> cacheSalt = Optional.empty();
    private OptionalDouble temperature = OptionalDouble.empty();
    private OptionalDouble topP = OptionalDouble.empty();
    private OptionalInt topK = OptionalInt.empty();
    private OptionalDouble minP = OptionalDouble.empty();
    private OptionalDouble repetitionPenalty = OptionalDouble.empty();
    private final quire.sampling.SamplingParamsBuilder others;
    private ResponseFormat responseFormat = ResponseFormat.TEXT;
    private List<Tool> tools = List.of();
    private ToolChoice toolChoice = ToolChoice.AUTO;
    private boolean parallelToolCalls = true;
    private OptionalInt thinkingTokenBudget = OptionalInt.empty();

    SamplingParamsBuilder() {
        others = AskedSampling.asked();
    }

    SamplingParamsBuilder(SamplingParams params) {
        maxTokens = params.maxTokens();
        truncatePromptTokens = params.truncatePromptTokens();
        priority = params.priority();
        cacheSalt = params.cacheSalt();
        AskedSampling from = params.asked();
        AskedAnswer answer = params.answer();
        temperature = from.temperature();
        topP = from.topP();
        topK = from.topK();
        minP = from.minP();
        repetitionPenalty = from.repetitionPenalty();
        others = from.others().toBuilder();
        responseFormat = answer.format();
        tools = answer.tools();
        toolChoice = answer.choice();
        parallelToolCalls = answer.parallel();
        thinkingTokenBudget = answer.thinkingTokenBudget();
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
     * Sets how many of a longer prompt's tokens are kept, the last ones; -1 for as many as leave
     * room for {@link #maxTokens}, or for one token where that is unset. Unset: a prompt that does
     * not fit is refused.
     *
     * @param truncatePromptTokens the value; checked when it is used
     * @return this builder
     */
    public SamplingParamsBuilder truncatePromptTokens(int truncatePromptTokens) {
        this.truncatePromptTokens = OptionalInt.of(truncatePromptTokens);
        return this;
    }

    /**
     * Sets who goes first: prompts with a lower value are computed before others, whenever those
     * came; 0 where nothing is set.
     *
     * @param priority the value
     * @return this builder
     */
    public SamplingParamsBuilder priority(long priority) {
        this.priority = priority;
        return this;
    }

    /**
     * Sets what keeps the prompts of one user from being guessed by another, by the time that they
     * take: only prompts with the same salt share what the prefix cache holds of them.
     *
     * @param cacheSalt from 1 to 1024 characters, better many that nobody guesses; checked by
     *     {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder cacheSalt(String cacheSalt) {
        this.cacheSalt = Optional.of(cacheSalt);
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
        others.presencePenalty(presencePenalty);
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
        others.frequencyPenalty(frequencyPenalty);
        return this;
    }

    /**
     * Sets what makes choices reproducible; -1 is the same as none.
     *
     * @param seed the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder seed(long seed) {
        others.seed(seed);
        return this;
    }

    /**
     * Sets number of choices, from 1 to 128; 1 where nothing is set.
     *
     * @param n the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder n(int n) {
        others.n(n);
        return this;
    }

    /**
     * Sets strings that end a choice.
     *
     * @param stop at most 64 of at most 1024 characters; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder stop(List<String> stop) {
        others.stop(List.copyOf(stop));
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
        others.stopTokenIds(List.copyOf(stopTokenIds));
        return this;
    }

    /**
     * Sets what is added to tokens' logits, by their ids, each from -100, which all but rules a
     * token out, to 100; nothing where nothing is set.
     *
     * @param logitBias of at most 1024 tokens; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder logitBias(Map<Integer, Double> logitBias) {
        others.logitBias(Map.copyOf(logitBias));
        return this;
    }

    /**
     * Sets the only tokens that may be drawn; all where nothing is set.
     *
     * @param allowedTokenIds at least one; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder allowedTokenIds(List<Integer> allowedTokenIds) {
        others.allowedTokenIds(List.copyOf(allowedTokenIds));
        return this;
    }

    /**
     * Sets texts that are not to be generated, at the start of a text or behind a space: where all
     * but the last token of one has just been said, the last one is not drawn.
     *
     * @param badWords at most 1000 of at most 256 characters; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder badWords(List<String> badWords) {
        others.badWords(List.copyOf(badWords));
        return this;
    }

    /**
     * Sets whether the n texts that are likeliest as a whole are searched for, instead of drawing
     * tokens; false where nothing is set. They come when the search is over. What changes logits,
     * and stop strings, are refused beside it.
     *
     * @param useBeamSearch the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder useBeamSearch(boolean useBeamSearch) {
        others.useBeamSearch(useBeamSearch);
        return this;
    }

    /**
     * Sets the power of its length that a text's log-probability is divided by in a beam search; 1
     * where nothing is set, and above it long texts are favoured.
     *
     * @param lengthPenalty the value; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder lengthPenalty(double lengthPenalty) {
        others.lengthPenalty(lengthPenalty);
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
        others.ignoreEos(ignoreEos);
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
        others.minTokens(minTokens);
        return this;
    }

    /**
     * Sets whether the stop string stays in the text; false where nothing is set.
     *
     * @param includeStopString the value
     * @return this builder
     */
    public SamplingParamsBuilder includeStopString(boolean includeStopString) {
        others.includeStopStrInOutput(includeStopString);
        return this;
    }

    /**
     * Sets whether special tokens are left out of the text; true where nothing is set.
     *
     * @param skipSpecialTokens the value
     * @return this builder
     */
    public SamplingParamsBuilder skipSpecialTokens(boolean skipSpecialTokens) {
        others.skipSpecialTokens(skipSpecialTokens);
        return this;
    }

    /**
     * Sets that each token of the text comes with its likelihood; nothing is told where nothing is
     * set.
     *
     * @param logprobs how many likeliest tokens come with it, from 0 to 1000; checked by {@link
     *     #build}
     * @return this builder
     */
    public SamplingParamsBuilder logprobs(int logprobs) {
        others.logprobs(logprobs);
        return this;
    }

    /**
     * Sets that each token of the prompt comes with its likelihood; nothing is told where nothing
     * is set.
     *
     * @param promptLogprobs how many likeliest tokens come with it, from 0 to 1000; checked by
     *     {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder promptLogprobs(int promptLogprobs) {
        others.promptLogprobs(promptLogprobs);
        return this;
    }

    /**
     * Sets what the answer must be; any text where nothing is set.
     *
     * @param responseFormat the format
     * @return this builder
     */
    public SamplingParamsBuilder responseFormat(ResponseFormat responseFormat) {
        this.responseFormat = Objects.requireNonNull(responseFormat, "responseFormat");
        return this;
    }

    /**
     * Sets that the answer is JSON which a class can be made of, by {@link Completion#as}.
     *
     * @param type see {@link ResponseFormat#of(Class)}
     * @return this builder
     * @throws PromptException if no schema can be made of the class
     */
    public SamplingParamsBuilder responseFormat(Class<?> type) {
        return responseFormat(ResponseFormat.of(type));
    }

    /**
     * Sets what the model may call in a conversation; nothing where nothing is set.
     *
     * @param tools each with a name of its own; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder tools(List<Tool> tools) {
        this.tools = List.copyOf(tools);
        return this;
    }

    /**
     * As {@link #tools(List)}.
     *
     * @param tools the tools
     * @return this builder
     */
    public SamplingParamsBuilder tools(Tool... tools) {
        return tools(List.of(tools));
    }

    /**
     * Sets who decides whether a tool is called; the model where nothing is set.
     *
     * @param toolChoice the choice; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder toolChoice(ToolChoice toolChoice) {
        this.toolChoice = Objects.requireNonNull(toolChoice, "toolChoice");
        return this;
    }

    /**
     * Sets whether one answer may have several calls; true where nothing is set.
     *
     * @param parallelToolCalls the value
     * @return this builder
     */
    public SamplingParamsBuilder parallelToolCalls(boolean parallelToolCalls) {
        this.parallelToolCalls = parallelToolCalls;
        return this;
    }

    /**
     * Sets how long the thought before an answer may be, which then ends; any number of tokens
     * where nothing is set. Needs {@link LLMBuilder#reasoningParser}.
     *
     * @param thinkingTokenBudget from 0, or -1 for any number; checked by {@link #build}
     * @return this builder
     */
    public SamplingParamsBuilder thinkingTokenBudget(int thinkingTokenBudget) {
        this.thinkingTokenBudget = OptionalInt.of(thinkingTokenBudget);
        return this;
    }

    /**
     * Checks each value by itself; what depends on a model is checked when it is used.
     *
     * @return the params
     * @throws PromptException if a value is outside of what is allowed
     */
    public SamplingParams build() {
        try {
            AskedSampling asked =
                    new AskedSampling(
                            temperature, topP, topK, minP, repetitionPenalty, others.build());
            asked.over(SamplingDefaults.NONE, maxTokens.orElse(Integer.MAX_VALUE));
            GenerationRequest.checkSalt(cacheSalt);
            AskedAnswer answer =
                    new AskedAnswer(
                            responseFormat,
                            tools,
                            toolChoice,
                            parallelToolCalls,
                            thinkingTokenBudget);
            return new SamplingParams(
                    maxTokens, truncatePromptTokens, priority, cacheSalt, asked, answer);
        } catch (InvalidRequestException e) {
            throw Failures.of(e);
        }
    }
}
