package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import quire.ops.reference.ReferenceOps;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;

/**
 * A loop with the sampler, guides and grammars that serve, over a model that is computed in no
 * time. One thread moves executor, engine and grammars, a piece of work at a time: each as soon as
 * there is one, or in an order that is drawn.
 */
final class AnswerLife implements AutoCloseable {

    static final int VOCABULARY = 300;
    private static final int MOST_MOVES = 200_000;

    private final ReferenceOps ops = new ReferenceOps();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final HeldGrammars grammars;
    private final Scheduler scheduler;
    private final ModelRunner runner;
    private final EngineLoop loop;
    private int numComputed;
    private int numForced;
    private int numSatOut;

    AnswerLife(HeldGrammars.Library library, SchedulerConfig config) {
        grammars = new HeldGrammars(library);
        HashedModel model =
                new HashedModel(
                        ops,
                        VOCABULARY,
                        config.maxNumSequences(),
                        config.numBlocks() * config.blockSize());
        runner = new ModelRunner(ops, model, config, VOCABULARY);
        scheduler = new Scheduler(config, Pipeline.ofDepth(1));
        loop =
                new EngineLoop(
                        scheduler,
                        new StepPace(0),
                        watched(runner),
                        grammars.choices(VOCABULARY, scheduler.maxLength()),
                        tasks::addLast,
                        new EngineObserver() {
                            @Override
                            public void stepDone(int numTokens) {
                                numComputed += numTokens;
                            }

                            @Override
                            public void tokensForced(int count) {
                                numForced += count;
                            }
                        },
                        Duration.ofMinutes(5));
    }

    private StepRunner watched(StepRunner all) {
        return new StepRunner() {
            @Override
            public void launch(Step step) {
                all.launch(step);
            }

            @Override
            public boolean isDone() {
                return all.isDone();
            }

            @Override
            public void await(Step step) {
                all.await(step);
                for (int i = 0; i < step.size(); i++) {
                    numSatOut += step.result().satOut(i) ? 1 : 0;
                }
            }

            @Override
            public void stop() {
                all.stop();
            }

            @Override
            public void resume() {
                all.resume();
            }
        };
    }

    /** What a request says where nobody is beside it and nothing is late. */
    HeardAnswer alone(GenerationRequest request) {
        HeardAnswer answer = new HeardAnswer(request);
        answer.submit(loop);
        for (int left = MOST_MOVES; loop.numInside() > 0 || !isIdle(); left--) {
            assertTrue(left > 0, "nothing comes to an end");
            if (!grammars.isIdle()) {
                grammars.move(new Random(0));
            } else if (!tasks.isEmpty()) {
                tasks.removeFirst().run();
            } else {
                loop.steps.engine().work();
            }
        }
        return answer;
    }

    /**
     * Lives through requests that come and go, and end.
     *
     * @param lateness how many moves go by before a piece of work of a grammar is done
     */
    void together(List<HeardAnswer> answers, Random random, int lateness) {
        ArrayDeque<HeardAnswer> later = new ArrayDeque<>(answers);
        double cancelRate = random.nextInt(3) * 0.005;
        for (int left = MOST_MOVES; !later.isEmpty() || loop.numInside() > 0 || !isIdle(); left--) {
            assertTrue(left > 0, "nothing comes to an end");
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (!later.isEmpty() && random.nextInt(4) == 0) {
                        later.removeFirst().submit(loop);
                    }
                }
                case 1, 2 -> {
                    if (!tasks.isEmpty()) {
                        tasks.removeFirst().run();
                    }
                }
                case 3 -> {
                    if (random.nextInt(lateness) == 0) {
                        grammars.move(random);
                    }
                }
                default -> loop.steps.engine().work();
            }
            if (random.nextDouble() < cancelRate) {
                answers.get(random.nextInt(answers.size())).cancel();
            }
            assertTrue(loop.isLive(), "the loop broke");
        }
        assertEquals(0, scheduler.stats().numHeldSlots(), "something stays held");
    }

    private boolean isIdle() {
        return grammars.isIdle() && tasks.isEmpty() && !loop.steps.engine().work();
    }

    /** Tokens of all steps. */
    int numComputed() {
        return numComputed;
    }

    int numForced() {
        return numForced;
    }

    int numSatOut() {
        return numSatOut;
    }

    long numPreemptions() {
        return scheduler.stats().numPreemptions();
    }

    long numFound() {
        return scheduler.stats().prefixHits();
    }

    @Override
    public void close() {
        runner.close();
        ops.close();
    }

    /** Requests of all kinds, which its grammars can be asked for. */
    List<GenerationRequest> requests(Random random, int count, int maxLength) {
        AnyRequest any = new AnyRequest(random, grammars, maxLength);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(any.next("request " + i));
        }
        return requests;
    }
}
