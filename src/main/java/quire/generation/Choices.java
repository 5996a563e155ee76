package quire.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import quire.error.InvalidRequestException;
import quire.error.RequestField;
import quire.sampling.BadWords;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.Sequence;
import quire.tokenizer.Detokenizer;
import quire.tokenizer.StopStrings;
import quire.tokenizer.Tokenizer;

/** Checks requests against the model's limits and makes their choices. Any thread. */
public final class Choices implements ChoiceFactory, AutoCloseable {

    private final Tokenizer tokenizer;
    private final EosTokens eos;
    private final int vocabSize;
    private final int maxLength;
    private final long engineSeed;
    private final Grammars grammars;
    private final AtomicLong nextId = new AtomicLong();
    private final AtomicLong nextRequest = new AtomicLong();

    /**
     * @param vocabSize logits of a row
     * @param maxLength longest prompt plus output in tokens
     */
    public Choices(
            Tokenizer tokenizer, EosTokens eos, int vocabSize, int maxLength, long engineSeed) {
        this(
                tokenizer,
                eos,
                vocabSize,
                maxLength,
                engineSeed,
                new Grammars(new GrammarCompiler(tokenizer, eos, vocabSize)));
    }

    Choices(
            Tokenizer tokenizer,
            EosTokens eos,
            int vocabSize,
            int maxLength,
            long engineSeed,
            Grammars grammars) {
        this.tokenizer = tokenizer;
        this.eos = eos;
        this.vocabSize = vocabSize;
        this.maxLength = maxLength;
        this.engineSeed = engineSeed;
        this.grammars = grammars;
    }

    @Override
    public void check(GenerationRequest request) {
        int[] prompt = request.promptTokenIds();
        if (prompt.length == 0) {
            throw new InvalidRequestException(
                    "prompt", "the prompt has no tokens; give at least one");
        }
        for (int id : prompt) {
            checkPromptToken(id);
        }
        SamplingParams params = request.params();
        params.checkTokenIds(vocabSize);
        request.form().ifPresent(this::checkForm);
        if (params.useBeamSearch()) {
            refuseBesideSearch(request);
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

    private void checkForm(AnswerForm form) {
        for (int id : form.afterTokenIds()) {
            if (id < 0 || id >= vocabSize) {
                throw new IllegalArgumentException("no token has the id " + id);
            }
        }
    }

    /** A search follows no guide. */
    private static void refuseBesideSearch(GenerationRequest request) {
        Optional<String> guided =
                request.form()
                        .map(AnswerForm::param)
                        .or(() -> request.thought().map(limit -> "thinking_token_budget"));
        if (guided.isPresent()) {
            throw new InvalidRequestException(
                    guided.get(),
                    RequestField.named(guided.get())
                            + " is not available with "
                            + RequestField.named("use_beam_search")
                            + "; leave one of them out.");
        }
    }

    private void checkPromptToken(int id) {
        if (id < 0 || id >= vocabSize) {
            throw new InvalidRequestException(
                    "prompt",
                    "token id " + id + " is outside the vocabulary, 0 to " + (vocabSize - 1));
        }
    }

    @Override
    public List<Choice> choices(GenerationRequest request, Generation generation, long nowNanos) {
        SamplingParams params = request.params();
        int[] prompt = request.promptTokenIds();
        BadWords badWords = BadWordTokens.of(params.badWords(), tokenizer);
        long number = nextRequest.getAndIncrement();
        long fallbackSeed = SamplingRule.fallbackSeed(engineSeed, number);
        List<Choice> choices = new ArrayList<>(params.n());
        for (int index = 0; index < params.n(); index++) {
            Sequence sequence =
                    new Sequence(
                            nextId.getAndIncrement(),
                            prompt,
                            new SamplingRule(params, badWords, eos, index, fallbackSeed),
                            request.cacheSalt(),
                            request.priority());
            if (params.n() > 1) {
                sequence.join(number + 1);
            }
            if (index > 0) {
                sequence.leaveScoring();
            }
            choices.add(
                    new Choice(
                            generation,
                            index,
                            sequence,
                            detokenizer(request),
                            new StopStrings(params.stop(), params.includeStopStrInOutput()),
                            request.display().tellsTokenIds(),
                            nowNanos));
        }
        request.form().ifPresent(form -> guide(choices, form));
        request.thought().ifPresent(limit -> limit(choices, limit));
        return List.copyOf(choices);
    }

    /** Gives each choice a guide, which begins as soon as the grammar is compiled. */
    private void guide(List<Choice> choices, AnswerForm form) {
        CompletableFuture<Compiled> compiled = grammars.compile(form.constraint());
        for (Choice choice : choices) {
            SamplingParams params = choice.sequence().params();
            GrammarGuide guide =
                    grammars.guide(
                            new Marker(form.afterTokenIds()),
                            new GrammarState.Rules(
                                    form.param(),
                                    vocabSize,
                                    eos.ids(),
                                    params.ignoreEos(),
                                    params.logprobs().isEmpty()),
                            () -> choice.generation().called(choice));
            choice.sequence().follow(guide);
            compiled.whenComplete(guide::start);
        }
    }

    private void limit(List<Choice> choices, ThoughtLimit limit) {
        for (Choice choice : choices) {
            Sequence sequence = choice.sequence();
            sequence.follow(new ThoughtGuide(limit, vocabSize, sequence.guide()));
        }
    }

    @Override
    public BeamSearch search(Submission submission, BeamSearch.Rounds rounds) {
        GenerationRequest request = submission.request();
        return new BeamSearch(
                request, submission.listener(), eos, () -> detokenizer(request), rounds);
    }

    private Detokenizer detokenizer(GenerationRequest request) {
        GenerationRequest.Display display = request.display();
        return tokenizer.detokenizer(
                request.promptTokenIds(),
                request.params().skipSpecialTokens(),
                display.joinsSpecialTokens(),
                display.shownTokenIds());
    }

    /** Ends the threads of grammars. */
    @Override
    public void close() {
        grammars.close();
    }
}
