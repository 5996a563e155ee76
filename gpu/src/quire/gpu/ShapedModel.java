package quire.gpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
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
 * The engine's own model, scheduler and runner on a backend, with weights that are {@linkplain
 * MadeWeights made}. One thread plans, launches and awaits, so that each can be timed.
 */
final class ShapedModel implements AutoCloseable {
    static final int BLOCK = 16;

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
        /** Positions that a sequence may go on by in one measurement. */
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
    }

    private final Path folder;
    private final Arena arena = Arena.ofConfined();
    private final Checkpoint checkpoint;
    private final Ops ops;
    private final ModelConfig config;
    private final Scheduler scheduler;
    private final ModelRunner runner;
    private final SplittableRandom random = new SplittableRandom(5);
    private final ArrayDeque<Sequence> running = new ArrayDeque<>();
    private final ArrayDeque<Step> inFlight = new ArrayDeque<>();
    private final double loadSeconds;
    private long nextId;

    /** Takes over {@code backend}. */
    ShapedModel(Ops backend, ShapedCheckpoint.Sizes sizes, Room room) throws IOException {
        folder = Files.createTempDirectory("shaped");
        checkpoint = ShapedCheckpoint.in(folder, sizes);
        config = ModelConfig.of(checkpoint, "");
        long largest = checkpoint.names().stream().mapToLong(this::numElements).max().orElseThrow();
        ops = new MadeWeights(arena, largest).over(backend);
        ModelLimits limits = new ModelLimits(room.length(), room.stepTokens(), room.sequences);
        long begun = System.nanoTime();
        DecoderModel model =
                DecoderModel.load(checkpoint, config, ops, limits, LoadProgress.SILENT);
        loadSeconds = (System.nanoTime() - begun) / 1e9;
        scheduler =
                new Scheduler(
                        limits(room, room.pretendedTokens()),
                        Pipeline.ofDepth(ops.stepsInFlight()));
        runner =
                new ModelRunner(
                        ops,
                        model,
                        ops.allocateKvCache(config.kvCacheLayout(room.blocks(), BLOCK, DType.BF16)),
                        limits(room, room.stepTokens()),
                        config.vocabSize());
    }

    private long numElements(String name) {
        return checkpoint.tensor(name).numElements();
    }

    private static SchedulerConfig limits(Room room, int stepTokens) {
        return new SchedulerConfig(
                room.sequences, stepTokens, 0, room.length(), room.blocks(), BLOCK, false);
    }

    /** Bytes of all weights. */
    long weightBytes() {
        return checkpoint.sizeBytes();
    }

    /** Bytes of the weights of layers, which every token is multiplied with. */
    long layerBytes() {
        return weightBytes() - 2 * headBytes();
    }

    /** Bytes of the output projection, and as many of the table that embeds. */
    long headBytes() {
        return (long) config.vocabSize() * config.hiddenSize() * Short.BYTES;
    }

    /** Bytes that the keys and values of a token take. */
    long bytesOfToken() {
        return config.kvCacheLayout(1, BLOCK, DType.BF16).blockBytes() / BLOCK;
    }

    /** What it took to bring the weights to the card and into tiles. */
    double loadSeconds() {
        return loadSeconds;
    }

    /** Steps that the backend takes at once. */
    int maxDepth() {
        return scheduler.pipeline().depth();
    }

    /** A step that computes a whole prompt and samples. */
    Timing prompt(int length) {
        add(length);
        Timing timing = steps(1, 1);
        end();
        return timing;
    }

    /**
     * Steps that decode.
     *
     * @param length of each context, of which all but one token is taken as computed: its keys and
     *     values are zeros
     * @param depth steps in flight
     */
    Timing decode(int sequences, int length, int steps, int depth) {
        for (int i = 0; i < sequences; i++) {
            add(length);
        }
        pretend();
        steps(depth + 2, depth);
        Timing timing = steps(steps, depth);
        end();
        return timing;
    }

    private void add(int length) {
        int[] prompt = random.ints(length, 0, config.vocabSize()).toArray();
        SamplingParams params = SamplingParams.builder().maxTokens(1 << 20).temperature(0).build();
        long id = nextId++;
        SamplingRule rule = new SamplingRule(params, EosTokens.of(), 0, id);
        Sequence sequence = new Sequence(id, prompt, rule);
        running.add(sequence);
        scheduler.add(sequence);
    }

    /** Takes the prompts as computed. */
    private void pretend() {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        for (int i = 0; i < step.size(); i++) {
            step.result().add(i, random.nextInt(config.vocabSize()));
        }
        scheduler.commit(step);
    }

    private Timing steps(int count, int depth) {
        long launching = 0;
        long begun = System.nanoTime();
        for (int launched = 0; launched < count; launched++) {
            if (inFlight.size() == depth) {
                await();
            }
            long before = System.nanoTime();
            Step step = scheduler.plan(PrefillBudget.UNLIMITED);
            runner.launch(step);
            inFlight.add(step);
            launching += System.nanoTime() - before;
        }
        while (!inFlight.isEmpty()) {
            await();
        }
        return new Timing(count, (System.nanoTime() - begun) / 1e9, launching / 1e9);
    }

    private void await() {
        Step step = inFlight.remove();
        runner.await(step);
        for (int i = 0; i < step.size(); i++) {
            if (step.result().numTokens(i) == 0) {
                throw new IllegalStateException("no token can be chosen from logits that are NaN");
            }
        }
        scheduler.commit(step);
    }

    private void end() {
        for (Sequence sequence : running) {
            scheduler.finish(sequence, FinishReason.ABORT, Optional.empty());
        }
        running.clear();
    }

    @Override
    public void close() throws IOException {
        runner.close();
        ops.close();
        checkpoint.close();
        arena.close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
