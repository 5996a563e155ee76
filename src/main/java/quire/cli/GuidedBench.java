package quire.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import quire.engine.LlmEngine;
import quire.error.ConfigurationException;
import quire.generation.AnswerForm;
import quire.generation.GenerationRequest;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.sampling.SamplingParams;

/**
 * Measures sampled answers that follow a grammar beside ones that follow nothing: pairs of runs in
 * turn, of the same prompts and seeds, each while the whole batch runs. The ratio is the median of
 * the pairs', since machines drift.
 */
final class GuidedBench {

    private static final int PROMPT_TOKENS = 16;
    private static final int LEAST_TOKENS = 64;

    /** Fewer than the shortest list has that follows {@link #SCHEMA}. */
    private static final int MOST_TOKENS = 1500;

    /** Of a run; the time until all have begun comes on top. */
    private static final double RUN_SECONDS = 0.6;

    /** Before anything counts: the compiler then has seen both kinds of runs. */
    private static final double WARM_UP_SECONDS = 4;

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
    private final int numPairs;

    /** Of each answer. */
    private int numTokens;

    /**
     * @param batch answers at once
     * @param numPairs of runs
     */
    GuidedBench(LlmEngine engine, int batch, int numPairs) {
        this.engine = engine;
        this.batch = batch;
        this.numPairs = numPairs;
    }

    /** A run without a grammar and one with it, one after the other. */
    private record Pair(FullBatch.Figures free, FullBatch.Figures guided) {

        double ratio() {
            return guided.tokensPerSecond() / free.tokensPerSecond();
        }

        double seconds() {
            return free.seconds() + guided.seconds();
        }
    }

    /**
     * Measures, and prints what it saw.
     *
     * @param what answers do that follow the constraint
     */
    void print(PrintWriter out, String what, Constraint constraint) {
        Optional<AnswerForm> form = Optional.of(new AnswerForm("bench", constraint));
        numTokens = Math.min(LEAST_TOKENS, mostTokens());
        double warm = 0;
        while (warm < WARM_UP_SECONDS) {
            Pair pair = pair(form);
            warm += pair.seconds();
            int wanted = (int) (pair.free().tokensPerSecond() * RUN_SECONDS / batch);
            numTokens = Math.clamp(wanted, numTokens, mostTokens());
        }
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < numPairs; i++) {
            pairs.add(pair(form));
        }
        print(out, what, pairs);
    }

    private int mostTokens() {
        return Math.min(MOST_TOKENS, engine.info().maxModelLength() - PROMPT_TOKENS - 1);
    }

    /** Answers become longer where they are too short for a pair. */
    private Pair pair(Optional<AnswerForm> form) {
        while (true) {
            Optional<FullBatch.Figures> free = run(Optional.empty());
            Optional<FullBatch.Figures> guided = run(form);
            if (free.isPresent() && guided.isPresent()) {
                return new Pair(free.get(), guided.get());
            }
            if (numTokens == mostTokens()) {
                throw new ConfigurationException(
                        batch
                                + " answers of "
                                + numTokens
                                + " tokens do not run together; use a smaller --batch, or leave"
                                + " this out with --pairs 0");
            }
            numTokens = Math.min(2 * numTokens, mostTokens());
        }
    }

    private Optional<FullBatch.Figures> run(Optional<AnswerForm> form) {
        Random random = new Random(1);
        int vocabSize = engine.info().vocabSize();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            int[] prompt = random.ints(PROMPT_TOKENS, vocabSize / 20, vocabSize / 2).toArray();
            SamplingParams params =
                    SamplingParams.builder().maxTokens(numTokens).seed(i).ignoreEos(true).build();
            requests.add(
                    new GenerationRequest(
                            "bench",
                            prompt,
                            params,
                            0,
                            Optional.empty(),
                            GenerationRequest.Display.TEXT,
                            form));
        }
        return FullBatch.run(engine, requests);
    }

    private void print(PrintWriter out, String what, List<Pair> pairs) {
        double[] ratios = pairs.stream().mapToDouble(Pair::ratio).sorted().toArray();
        double[] free = sorted(pairs.stream().map(Pair::free).toList());
        double[] guided = sorted(pairs.stream().map(Pair::guided).toList());
        FullBatch.Figures last = pairs.getLast().guided();
        double perStep = (double) last.numTokens() / last.numSteps();
        out.printf(
                Locale.ROOT,
                "%s, batch %d: %.1f tokens/s, %.1f without; ratio %.3f, of %d pairs of runs of %d"
                        + " tokens each half within %.3f to %.3f%n",
                what,
                batch,
                quantile(guided, 0.5),
                quantile(free, 0.5),
                quantile(ratios, 0.5),
                pairs.size(),
                numTokens,
                quantile(ratios, 0.25),
                quantile(ratios, 0.75));
        out.printf(
                Locale.ROOT,
                "          %.2f tokens a step, %.1f%% of them forced; %.1f%% more computed for"
                        + " masks that were late%n",
                perStep,
                100.0 * last.numForced() / last.numTokens(),
                100.0 * Math.max(0, last.numComputed() - last.numTokens()) / last.numTokens());
        out.flush();
    }

    private static double[] sorted(List<FullBatch.Figures> runs) {
        return runs.stream().mapToDouble(FullBatch.Figures::tokensPerSecond).sorted().toArray();
    }

    private static double quantile(double[] sorted, double part) {
        return sorted[(int) Math.round(part * (sorted.length - 1))];
    }
}
