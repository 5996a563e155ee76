package quire.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import quire.generation.ModelRunner;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.Ops;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.scheduler.Pipeline;
import quire.scheduler.PrefillBudget;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * The engine's own model, scheduler and runner on a backend. One thread plans, launches and awaits,
 * so that each can be timed.
 */
final class StepLoop implements AutoCloseable {
    static final int BLOCK = 16;

    private static final int ANY_TOKEN = 1;

    /** What a run of steps took. */
    record Timing(int steps, double seconds, double launchSeconds) {
        double millisEach() {
            return seconds / steps * 1e3;
        }

        /** Of the host, to plan a step and put it on the card's stream. */
        double launchMicrosEach() {
            return launchSeconds / steps * 1e6;
        }
    }

    /**
     * The largest loads that it has room for.
     *
     * @param sequences that decode at once
     * @param context tokens of each of them
     * @param prompt tokens of the longest prompt
     */
    record Room(int sequences, int context, int prompt) {
        /** Positions that a sequence may go on by. */
        private static final int SPARE = 64;

        int length() {
            return Math.max(context, prompt) + SPARE;
        }

        int blocks() {
            int decoding = sequences * Math.ceilDiv(context + SPARE, BLOCK);
            return Math.max(decoding, Math.ceilDiv(length(), BLOCK));
        }

        int stepTokens() {
            return Math.max(prompt, sequences);
        }

        /** As if they were computed, for the contexts of all. */
        int pretendedTokens() {
            return Math.max(stepTokens(), sequences * context);
        }

        private SchedulerConfig limits(int tokens) {
            return new SchedulerConfig(sequences, tokens, 0, length(), blocks(), BLOCK, false);
        }
    }

    private final Scheduler scheduler;
    private final ModelRunner runner;
    private final List<Sequence> sequences = new ArrayList<>();
    private final ArrayDeque<Step> inFlight = new ArrayDeque<>();
    private final double loadSeconds;
    private long nextId;

    /** Places the model's weights; checkpoint and backend stay the caller's. */
    StepLoop(Ops ops, Checkpoint checkpoint, ModelConfig config, Room room) {
        ModelLimits limits = new ModelLimits(room.length(), room.stepTokens(), room.sequences);
        long begun = System.nanoTime();
        DecoderModel model =
                DecoderModel.load(checkpoint, config, ops, limits, LoadProgress.SILENT);
        loadSeconds = (System.nanoTime() - begun) / 1e9;
        scheduler =
                new Scheduler(
                        room.limits(room.pretendedTokens()), Pipeline.ofDepth(ops.stepsInFlight()));
        runner =
                new ModelRunner(
                        ops,
                        model,
                        ops.allocateKvCache(config.kvCacheLayout(room.blocks(), BLOCK, DType.BF16)),
                        room.limits(room.stepTokens()),
                        config.vocabSize());
    }

    /** What it took to bring the weights to the card and into tiles. */
    double loadSeconds() {
        return loadSeconds;
    }

    /** Steps that the backend takes at once. */
    int maxDepth() {
        return scheduler.pipeline().depth();
    }

    /** A sequence of likeliest tokens, which nothing ends but their number. */
    void add(int[] prompt, int maxTokens) {
        long id = nextId++;
        SamplingParams params = SamplingParams.greedy(maxTokens);
        Sequence sequence =
                new Sequence(id, prompt, new SamplingRule(params, EosTokens.of(), 0, id));
        sequences.add(sequence);
        scheduler.add(sequence);
    }

    /** Takes all prompts as computed: their keys and values are zeros. */
    void pretend() {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        for (int i = 0; i < step.size(); i++) {
            step.result().add(i, ANY_TOKEN);
        }
        scheduler.commit(step);
    }

    /**
     * Runs steps, fewer where all sequences end before.
     *
     * @param depth steps in flight
     */
    Timing run(int most, int depth) {
        int steps = 0;
        long launching = 0;
        long begun = System.nanoTime();
        while (steps < most && scheduler.hasUnfinished()) {
            if (inFlight.size() == depth) {
                await();
            }
            long before = System.nanoTime();
            Step step = scheduler.plan(PrefillBudget.UNLIMITED);
            if (step.isEmpty()) {
                await();
                continue;
            }
            runner.launch(step);
            inFlight.add(step);
            launching += System.nanoTime() - before;
            steps++;
        }
        while (!inFlight.isEmpty()) {
            await();
        }
        return new Timing(steps, (System.nanoTime() - begun) / 1e9, launching / 1e9);
    }

    private void await() {
        if (inFlight.isEmpty()) {
            // Everybody ended with the step that came back last.
            return;
        }
        Step step = inFlight.remove();
        runner.await(step);
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i) && step.result().numTokens(i) == 0) {
                throw new IllegalStateException("no token can be chosen from logits that are NaN");
            }
        }
        scheduler.commit(step);
    }

    /** Ends all sequences, and returns what each put out. */
    List<int[]> end() {
        List<int[]> outputs = new ArrayList<>();
        for (Sequence one : sequences) {
            scheduler.finish(one, FinishReason.ABORT, Optional.empty());
            outputs.add(Arrays.copyOfRange(one.tokenIds(), one.numPromptTokens(), one.numTokens()));
        }
        sequences.clear();
        return outputs;
    }

    @Override
    public void close() {
        runner.close();
    }
}
