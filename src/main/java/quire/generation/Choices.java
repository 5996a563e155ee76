package quire.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import quire.error.InvalidRequestException;
import quire.error.RequestField;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.Sequence;
import quire.tokenizer.Detokenizer;
import quire.tokenizer.StopStrings;
import quire.tokenizer.Tokenizer;

/** Checks requests against the model's limits and makes their choices. Any thread. */
public final class Choices implements EngineLoop.ChoiceFactory {

    private final Tokenizer tokenizer;
    private final EosTokens eos;
    private final int vocabSize;
    private final int maxLength;
    private final long engineSeed;
    private final AtomicLong nextId = new AtomicLong();
    private final AtomicLong nextRequest = new AtomicLong();

    /**
     * @param maxLength longest prompt plus output in tokens
     */
    public Choices(
            Tokenizer tokenizer, EosTokens eos, int vocabSize, int maxLength, long engineSeed) {
        this.tokenizer = tokenizer;
        this.eos = eos;
        this.vocabSize = vocabSize;
        this.maxLength = maxLength;
        this.engineSeed = engineSeed;
    }

    @Override
    public void check(GenerationRequest request) {
        int[] prompt = request.promptTokenIds();
        if (prompt.length == 0) {
            throw new InvalidRequestException(
                    "prompt", "the prompt has no tokens; give at least one");
        }
        for (int id : prompt) {
            checkTokenId("prompt", id);
        }
        SamplingParams params = request.params();
        for (int id : params.stopTokenIds()) {
            checkTokenId("stop_token_ids", id);
        }
        if (prompt.length >= maxLength || params.maxTokens() > maxLength - prompt.length) {
            throw new InvalidRequestException(
                    prompt.length >= maxLength ? "prompt" : "max_tokens",
                    "This model's maximum context length is "
                            + maxLength
                            + " tokens, but the prompt has "
                            + prompt.length
                            + " and "
                            + RequestField.named("max_tokens")
                            + " asks for "
                            + params.maxTokens()
                            + "; shorten the one or lower the other.",
                    "context_length_exceeded");
        }
    }

    private void checkTokenId(String param, int id) {
        if (id < 0 || id >= vocabSize) {
            throw new InvalidRequestException(
                    param,
                    "token id " + id + " is outside the vocabulary, 0 to " + (vocabSize - 1));
        }
    }

    @Override
    public List<Choice> choices(GenerationRequest request, Generation generation, long nowNanos) {
        SamplingParams params = request.params();
        int[] prompt = request.promptTokenIds();
        long fallbackSeed = SamplingRule.fallbackSeed(engineSeed, nextRequest.getAndIncrement());
        List<Choice> choices = new ArrayList<>(params.n());
        for (int index = 0; index < params.n(); index++) {
            Choice choice =
                    new Choice(
                            generation,
                            index,
                            new Sequence(
                                    nextId.getAndIncrement(),
                                    prompt,
                                    new SamplingRule(params, eos, index, fallbackSeed),
                                    request.cacheSalt(),
                                    request.priority()),
                            detokenizer(request),
                            new StopStrings(params.stop(), params.includeStopStrInOutput()),
                            request.display().tellsTokenIds(),
                            nowNanos);
            choices.add(choice);
        }
        return List.copyOf(choices);
    }

    private Detokenizer detokenizer(GenerationRequest request) {
        GenerationRequest.Display display = request.display();
        return tokenizer.detokenizer(
                request.promptTokenIds(),
                request.params().skipSpecialTokens(),
                display.joinsSpecialTokens(),
                display.shownTokenIds());
    }
}
