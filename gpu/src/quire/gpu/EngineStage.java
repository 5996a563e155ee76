package quire.gpu;

import java.io.IOException;
import quire.ops.Ops;
import quire.ops.cuda.CudaOps;
import quire.tensor.DType;

/**
 * The engine with a model of Qwen2.5-7B's shape: how long weights take to arrive, what steps take,
 * and how near that is to what the card's memory and tensor cores allow.
 */
final class EngineStage implements Stage.Work {
    private static final int CONTEXT = 1024;
    private static final int LONG_PROMPT = 8192;
    private static final int STEPS = 24;
    private static final int[] BATCHES = {256, 64, 8, 1};

    /** Weights, workspaces and what the driver keeps of such a model. */
    private static final double MODEL_BYTES = 18e9;

    private static final double CONTEXT_BYTES = 1100 * 57_344.0;

    private Bench bench;
    private Way way;
    private ShapedModel model;
    private int context;
    private double readBandwidth;

    @Override
    public void run(Bench theBench) throws IOException {
        bench = theBench;
        context = bench.tiny() ? 40 : CONTEXT;
        readBandwidth = bench.readBandwidth();
        for (Way each : Way.values()) {
            way = each;
            measure();
        }
    }

    private void measure() throws IOException {
        Ops cuda =
                new CudaOps(bench.gpu().device(), bench.engineKernels(), DType.BF16, way.options());
        int sequences = bench.tiny() ? 3 : fitting(cuda.memory().availableBytes());
        if (sequences == 0) {
            bench.report().fact("a model of 7B", "has no room on this card");
            cuda.close();
            return;
        }
        int prompt = bench.tiny() ? 2 * context : LONG_PROMPT;
        ShapedCheckpoint.Sizes sizes =
                bench.tiny() ? ShapedCheckpoint.Sizes.TINY : ShapedCheckpoint.Sizes.QWEN_7B;
        StepLoop.Room room = new StepLoop.Room(sequences, context, prompt);
        try (ShapedModel made = new ShapedModel(cuda, sizes, room)) {
            model = made;
            load();
            for (int count : bench.tiny() ? new int[] {3, 1} : BATCHES) {
                if (count <= sequences) {
                    decode(count);
                }
            }
            if (way == Way.GRAPHS) {
                prompt(context);
                prompt(prompt);
            }
        }
    }

    private static int fitting(long bytes) {
        for (int count : BATCHES) {
            if (MODEL_BYTES + count * CONTEXT_BYTES <= bytes) {
                return count;
            }
        }
        return 0;
    }

    private void load() {
        double gigabytes = model.weightBytes() / 1e9;
        String note =
                Report.number(gigabytes)
                        + " GB at "
                        + Report.number(gigabytes / model.loadSeconds())
                        + " GB/s, from ordinary memory";
        bench.report().telling("weights in place, " + way.label(), model.loadSeconds(), "s", note);
    }

    /** Steps of so many sequences, one at a time and as many as the engine has in flight. */
    private void decode(int sequences) {
        String name = sequences + " sequences of " + context + ", " + way.label();
        int steps = bench.tiny() ? 2 : STEPS;
        StepLoop.Timing alone = model.decode(sequences, context, steps, 1);
        StepLoop.Timing ahead = model.decode(sequences, context, steps, model.maxDepth());
        double least = leastMillis(sequences);
        report("decode, " + name + ", one step in flight", alone, least);
        double millis =
                report(
                        "decode, " + name + ", " + model.maxDepth() + " steps in flight",
                        ahead,
                        least);
        bench.report()
                .figure(
                        "between steps, " + name,
                        (alone.millisEach() - millis) * 1e3,
                        "µs",
                        "that the card waits for the host, where one step is in flight");
        bench.report()
                .figure(
                        "tokens a second, " + sequences + " x " + context + ", " + way.label(),
                        sequences / millis * 1e3,
                        "tokens/s",
                        "");
    }

    private double report(String name, StepLoop.Timing timing, double least) {
        double millis = timing.millisEach();
        String note =
                Report.number(100 * least / millis)
                        + "% of what the card allows; the host plans and launches for "
                        + Report.number(timing.launchMicrosEach())
                        + " µs";
        bench.report().telling(name, millis, "ms", note);
        return millis;
    }

    /**
     * What reading weights and contexts takes at the measured speed of memory, or multiplying at
     * the speed of libraries, whichever is more.
     */
    private double leastMillis(int sequences) {
        long weights = model.layerBytes() + model.headBytes();
        double bytes = weights + (double) sequences * context * model.bytesOfToken();
        return Math.max(bytes / readBandwidth * 1e3, millisToMultiply(weights, sequences));
    }

    /** A weight has two bytes, and two operations a token. */
    private static double millisToMultiply(long weightBytes, int tokens) {
        return weightBytes * (double) tokens / Bench.TENSOR_TERAFLOPS / 1e9;
    }

    /** A step that computes a prompt, of which only the last token's logits are wanted. */
    private void prompt(int length) {
        model.prompt(length);
        double millis = model.prompt(length).millisEach();
        String note =
                Report.number(100 * millisToMultiply(model.layerBytes(), length) / millis)
                        + "% of "
                        + Report.number(Bench.TENSOR_TERAFLOPS)
                        + " TFLOP/s, without attention and head";
        bench.report().telling("prompt of " + length, millis, "ms", note);
        bench.report().figure("prompt, 1 x " + length, length / millis * 1e3, "tokens/s", "");
    }
}
