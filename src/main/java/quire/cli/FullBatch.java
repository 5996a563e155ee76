package quire.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.engine.LlmEngine;
import quire.generation.EngineObserver;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;

/**
 * Some answers at once, measured while all of them run: from the step on before which the last of
 * them began, up to the one that ends the first. That answers end at different times, so that a
 * batch becomes smaller, is left out.
 */
final class FullBatch implements EngineObserver {

    private static final double NANOS = 1e-9;

    /** Fewer say nothing. */
    private static final int LEAST_STEPS = 16;

    private final LlmEngine engine;
    private final int size;
    private int numBegun;
    private long numTokens;
    private long numForced;
    private long numComputed;
    private Moment now = new Moment(0, 0, 0, 0, 0);
    private Moment begin;
    private Moment end;

    /** What there is before the outputs of a step are given out. */
    private record Moment(long nanos, long step, long tokens, long forced, long computed) {}

    /**
     * What a full batch did.
     *
     * @param numTokens that answers got
     * @param numForced of these, tokens that a grammar forced
     * @param numComputed tokens that went through the model; more than answers got where masks were
     *     late, for a sequence that sits a step out has its last token computed again
     */
    record Figures(
            double seconds, long numSteps, long numTokens, long numForced, long numComputed) {

        double tokensPerSecond() {
            return numTokens / seconds;
        }
    }

    private FullBatch(LlmEngine engine, int size) {
        this.engine = engine;
        this.size = size;
    }

    /**
     * Generates the answers.
     *
     * @return empty where they are too short: the first ended when the last had hardly begun
     */
    static Optional<Figures> run(LlmEngine engine, List<GenerationRequest> requests) {
        FullBatch batch = new FullBatch(engine, requests.size());
        List<Submission> submissions = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        for (GenerationRequest request : requests) {
            answers.add(batch.new Answer());
            submissions.add(new Submission(request, answers.getLast()));
        }
        engine.observe(batch);
        try {
            engine.submit(submissions, Integer.MAX_VALUE);
            answers.forEach(Answer::await);
        } finally {
            engine.forget(batch);
        }
        return batch.figures();
    }

    private Optional<Figures> figures() {
        if (begin == null || end.step() - begin.step() < LEAST_STEPS) {
            return Optional.empty();
        }
        return Optional.of(
                new Figures(
                        (end.nanos() - begin.nanos()) * NANOS,
                        end.step() - begin.step(),
                        end.tokens() - begin.tokens(),
                        end.forced() - begin.forced(),
                        end.computed() - begin.computed()));
    }

    @Override
    public void stepDone(int numStepTokens) {
        now = new Moment(System.nanoTime(), engine.numSteps(), numTokens, numForced, numComputed);
        if (begin == null && numBegun == size) {
            begin = now;
        }
        numComputed += numStepTokens;
    }

    @Override
    public void tokensForced(int count) {
        numForced += count;
    }

    private final class Answer extends AwaitedAnswers {

        private int numKnown;

        Answer() {
            super(1);
        }

        @Override
        void look(GenerationOutput output) {
            numBegun += numKnown == 0 ? 1 : 0;
            numTokens += output.numTokens() - numKnown;
            numKnown = output.numTokens();
            if (output.finishReason().isPresent() && end == null) {
                end = now;
            }
        }
    }
}
