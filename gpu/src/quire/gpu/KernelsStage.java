package quire.gpu;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.cuda.CudaOps;
import quire.tensor.DType;

/**
 * Each of the engine's operations by itself on the shapes of Qwen2.5-7B: how near it is to reading
 * its weights or its context, or to what tensor cores multiply.
 */
final class KernelsStage implements Stage.Work {
    private static final DType TYPE = DType.BF16;
    private static final int BLOCK = 16;
    private static final int CONTEXT = 1024;

    /** Rows up to which a linear reads its weights for longer than it multiplies. */
    private static final int FEW_ROWS = 64;

    /** What takes turns, so that none finds its own in L2. */
    private static final long TURN_BYTES = 300_000_000;

    private static final float EPS = 1e-6f;

    private Bench bench;
    private Ops ops;
    private MadeWeights weights;
    private Matrix end;
    private AttentionHeads heads;
    private int hidden;
    private int intermediate;

    @Override
    public void run(Bench theBench) {
        bench = theBench;
        double reading = bench.readBandwidth();
        boolean tiny = bench.tiny();
        hidden = tiny ? 256 : 3584;
        intermediate = tiny ? 320 : 18_944;
        int size = tiny ? 64 : 128;
        float scale = (float) (1 / Math.sqrt(size));
        heads = new AttentionHeads(tiny ? 4 : 28, tiny ? 2 : 4, size, scale, 0, Optional.empty());
        List<Shape> shapes =
                tiny ? List.of(new Shape("qkv 512x256", 512, 256, new int[0])) : Shape.QWEN_7B;
        long most = shapes.stream().mapToLong(Shape::bytes).max().orElseThrow() / Short.BYTES;
        try (Ops cuda = new CudaOps(bench.gpu().device(), bench.engineKernels(), TYPE);
                Arena arena = Arena.ofConfined()) {
            ops = cuda;
            weights = new MadeWeights(arena, most);
            end = cuda.allocate(TYPE, 1, 1);
            for (Shape shape : shapes) {
                linear(shape, reading);
            }
            for (int rows : tiny ? new int[] {2} : new int[] {1, 8, 64, 256}) {
                attention(rows, 1, tiny ? 40 : CONTEXT, reading);
            }
            for (int tokens : tiny ? new int[] {40} : new int[] {1024, 8192}) {
                attention(1, tokens, tokens, reading);
            }
            for (int rows : tiny ? new int[] {2} : new int[] {1, 64, 2048}) {
                rows(rows);
            }
        }
    }

    private void linear(Shape shape, double reading) {
        List<Linear> turns = new ArrayList<>();
        for (long bytes = 0; bytes < (bench.tiny() ? 1 : TURN_BYTES); bytes += shape.bytes()) {
            LinearPart part =
                    new LinearPart(
                            weights.matrix(shape.outputs(), shape.inputs()), Optional.empty());
            turns.add(ops.placeLinear(List.of(part)));
        }
        // The head makes logits, and those of the rows that are wanted alone.
        boolean head = shape.outputs() > 100_000;
        for (int rows : bench.tiny() ? new int[] {2, 65} : new int[] {1, 8, 64, 256, 2048}) {
            if (head && rows > 256) {
                continue;
            }
            Matrix x = ops.allocate(TYPE, rows, shape.inputs());
            ops.upload(x, 0, weights.matrix(rows, shape.inputs()));
            Matrix out = ops.allocate(head ? DType.F32 : TYPE, rows, shape.outputs());
            double millis =
                    millis(rows, i -> ops.linear(out, x, turns.get(i % turns.size()), rows));
            String name = "linear, " + shape.name() + ", " + rows + " rows";
            if (rows <= FEW_ROWS) {
                reading(name, shape.bytes(), millis, reading);
            } else {
                multiplying(name, (double) shape.bytes() * rows, millis);
            }
        }
    }

    private void reading(String name, double bytes, double millis, double reading) {
        String note =
                Report.number(100 * bytes / millis * 1e3 / reading)
                        + "% of reading, "
                        + Report.number(millis * 1e3)
                        + " µs";
        bench.report().figure(name, bytes / millis / 1e6, "GB/s", note);
    }

    private void multiplying(String name, double operations, double millis) {
        double teraflops = operations / millis / 1e9;
        String note =
                Report.number(100 * teraflops / Bench.TENSOR_TERAFLOPS)
                        + "% of "
                        + Report.number(Bench.TENSOR_TERAFLOPS)
                        + ", "
                        + Report.number(millis * 1e3)
                        + " µs";
        bench.report().figure(name, teraflops, "TFLOP/s", note);
    }

    /** Sequences that end at {@code context} and bring some tokens each. */
    private void attention(int sequences, int newTokens, int context, double reading) {
        int tokens = sequences * newTokens;
        KvCacheLayout.Layer own = new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim());
        long bytes = (long) sequences * context * own.numKvHeads() * own.headDim() * 4;
        int layers = bench.tiny() ? 1 : Math.clamp(TURN_BYTES / bytes + 1, 2, 28);
        int maxBlocks = Math.ceilDiv(context, BLOCK);
        Batch batch = ops.allocateBatch(new BatchLimits(tokens, sequences, maxBlocks, BLOCK));
        batch.clear();
        for (int s = 0; s < sequences; s++) {
            int[] table = new int[maxBlocks];
            for (int i = 0; i < maxBlocks; i++) {
                table[i] = i * sequences + s;
            }
            batch.startSequence(context - newTokens, table, maxBlocks);
            for (int t = 0; t < newTokens; t++) {
                batch.addToken(0);
            }
            batch.endSequence();
        }
        KvCache cache =
                ops.allocateKvCache(
                        KvCacheLayout.uniform(layers, sequences * maxBlocks, BLOCK, own, TYPE));
        Matrix qkv = ops.allocate(TYPE, tokens, heads.qkvWidth());
        ops.upload(qkv, 0, weights.matrix(tokens, heads.qkvWidth()));
        Matrix out = ops.allocate(TYPE, tokens, heads.numHeads() * heads.headDim());
        RopeTable rope =
                new RopeTable(
                        ops.allocate(DType.F32, context, heads.headDim()),
                        heads.headDim(),
                        RopeTable.Pairing.HALVES);
        ops.begin(batch);
        double stored =
                millis(tokens, i -> ops.ropeAndStore(qkv, heads, rope, cache, i % layers, batch));
        double millis =
                millis(tokens, i -> ops.attention(out, qkv, heads, cache, i % layers, batch));
        if (newTokens == 1) {
            reading("attention, " + sequences + " x " + context, bytes, millis, reading);
        } else {
            double pairs = (double) heads.numHeads() * context * context / 2;
            multiplying(
                    "attention, causal prefill of " + context, 4 * pairs * heads.headDim(), millis);
        }
        micros("rope and store, " + tokens + " rows", stored);
    }

    /** What takes a row at a time. */
    private void rows(int rows) {
        Matrix x = ops.allocate(TYPE, rows, hidden);
        Matrix out = ops.allocate(TYPE, rows, hidden);
        Matrix both = ops.allocate(TYPE, rows, 2 * intermediate);
        Matrix gated = ops.allocate(TYPE, rows, intermediate);
        Matrix norm = ops.placeVector(weights.norm(hidden));
        micros(
                "rms_norm, " + rows + " rows",
                millis(rows, i -> ops.rmsNorm(out, x, norm, EPS, rows)));
        micros(
                "silu_and_mul, " + rows + " rows",
                millis(rows, i -> ops.siluAndMul(gated, both, rows)));
    }

    private void micros(String name, double millis) {
        bench.report()
                .figure(name, millis * 1e3, "µs", "below 5 it is the host's launch that takes it");
    }

    /** Milliseconds each of an operation over and over, after some that do not count. */
    private double millis(int rows, IntConsumer operation) {
        int count = bench.tiny() ? 1 : rows <= FEW_ROWS ? 100 : rows <= 256 ? 30 : 6;
        for (int i = 0; i < Math.ceilDiv(count, 3); i++) {
            operation.accept(i);
        }
        ops.host(end, 1);
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            operation.accept(i);
        }
        ops.host(end, 1);
        return (System.nanoTime() - begun) / 1e6 / count;
    }
}
