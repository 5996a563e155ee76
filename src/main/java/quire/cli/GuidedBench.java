package quire.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import quire.engine.LlmEngine;
import quire.generation.AnswerForm;
import quire.generation.EngineObserver;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.sampling.SamplingParams;

/**
 * Measures sampled answers that follow a grammar beside ones that follow nothing, in turn, of one
 * engine. Tokens that the grammar forces count as others do.
 */
final class GuidedBench {

    private static final double NANOS = 1e-9;
    private static final int PROMPT_TOKENS = 16;

    /** A list that no answer comes to the end of. */
    static final Constraint SCHEMA =
            new Constraint.JsonSchema(
                    """
                    {"type": "array", "minItems": 100, "items": {
                      "type": "object",
                      "properties": {
                        "name": {"type": "string"},
                        "age": {"type": "integer", "minimum": 0, "maximum": 150},
                        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
                        "kind": {"enum": ["person", "place", "thing"]}},
                      "required": ["name", "age", "tags", "kind"],
                      "additionalProperties": false}}""",
                    SchemaOptions.SERVED);

    /** Text of which nothing is forced. */
    static final Constraint TEXT = new Constraint.Pattern("[^\"\\\\\\x00-\\x1f]*");

    private final LlmEngine engine;
    private final int batch;
    private final int numTokens;
    private final AtomicLong numForced = new AtomicLong();

    /**
     * @param batch answers at once
     * @param numTokens of each
     */
    GuidedBench(LlmEngine engine, int batch, int numTokens) {
        this.engine = engine;
        this.batch = batch;
        this.numTokens = numTokens;
    }

    /**
     * What was measured.
     *
     * @param free tokens per second of answers that follow nothing
     * @param guided tokens per second of answers that follow the grammar
     * @param forced share of these that the grammar forced
     */
    record Figures(double free, double guided, double forced) {}

    /**
     * The best of so many runs of both, after one of each that does not count.
     *
     * @param constraint what answers follow
     */
    Figures measure(Constraint constraint, int repetitions) {
        EngineObserver forced =
                new EngineObserver() {
                    @Override
                    public void tokensForced(int count) {
                        numForced.addAndGet(count);
                    }
                };
        AnswerForm form = new AnswerForm("bench", constraint);
        engine.observe(forced);
        try {
            double free = 0;
            double guided = 0;
            for (int i = 0; i <= repetitions; i++) {
                double freeNow = run(Optional.empty());
                numForced.set(0);
                double guidedNow = run(Optional.of(form));
                free = i == 0 ? 0 : Math.max(free, freeNow);
                guided = i == 0 ? 0 : Math.max(guided, guidedNow);
            }
            return new Figures(free, guided, (double) numForced.get() / (batch * numTokens));
        } finally {
            engine.forget(forced);
        }
    }

    private double run(Optional<AnswerForm> form) {
        Random random = new Random(1);
        int vocabSize = engine.info().vocabSize();
        Tokens tokens = new Tokens(batch);
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            int[] prompt = random.ints(PROMPT_TOKENS, vocabSize / 20, vocabSize / 2).toArray();
            SamplingParams params =
                    SamplingParams.builder().maxTokens(numTokens).seed(i).ignoreEos(true).build();
            submissions.add(
                    new Submission(
                            new GenerationRequest(
                                    "bench",
                                    prompt,
                                    params,
                                    0,
                                    Optional.empty(),
                                    GenerationRequest.Display.TEXT,
                                    form),
                            tokens));
        }
        long start = System.nanoTime();
        engine.submit(submissions, Integer.MAX_VALUE);
        tokens.await();
        return tokens.count / ((System.nanoTime() - start) * NANOS);
    }

    /** Counts the tokens of answers that end. */
    private static final class Tokens extends AwaitedAnswers {

        private volatile long count;

        Tokens(int numAnswers) {
            super(numAnswers);
        }

        @Override
        void look(GenerationOutput output) {
            if (output.finishReason().isPresent()) {
                count += output.numTokens();
            }
        }
    }
}
