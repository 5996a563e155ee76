package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.cuda.CudaOps;
import quire.ops.reference.ReferenceOps;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.SmallFloats;
import quire.tensor.Tensor;

/**
 * The engine's own operations, through the engine's own classes, beside the reference that rounds
 * where they do: right, the same twice, and the same whatever shares the batch.
 */
final class OpsStage implements Stage.Work {
    private static final int BLOCK = 16;
    private static final int POSITIONS = 1100;

    private Bench bench;
    private DType type;
    private Ops card;
    private Ops reference;
    private SplittableRandom random;

    @Override
    public void run(Bench theBench) {
        bench = theBench;
        for (DType each : List.of(DType.BF16, DType.F16)) {
            type = each;
            random = new SplittableRandom(7);
            try (Ops cuda = new CudaOps(bench.gpu().device(), bench.engineKernels(), type);
                    Ops rounding = new ReferenceOps(type)) {
                card = cuda;
                reference = rounding;
                bench.report().fact("opened in " + type, cuda.name());
                linears();
                rows();
                attention();
            }
        }
    }

    private void linears() {
        int[][] shapes =
                bench.tiny()
                        ? new int[][] {{1, 3, 65}, {33, 70, 130}, {9, 64, 1025}}
                        : new int[][] {
                            {1, 1, 1},
                            {1, 4608, 3584},
                            {7, 63, 65},
                            {8, 3584, 3584},
                            {9, 128, 72},
                            {33, 70, 1025},
                            {5, 3, 4100},
                            {40, 130, 18944},
                            {300, 256, 3584}
                        };
        for (int[] shape : shapes) {
            int rows = shape[0];
            int outputs = shape[1];
            int inputs = shape[2];
            Tensor weight = tensor(outputs, inputs, 0.05);
            Tensor bias = tensor(1, outputs, 1);
            Tensor x = tensor(rows, inputs, 1);
            Tensor before = tensor(rows, outputs, 1);
            Tensor norm = tensor(1, outputs, 1);
            String name = "linear " + type + " " + Arrays.toString(shape);
            compare(name, ops -> linear(ops, weight, bias, x));
            compare(
                    name + ", added and normalised",
                    ops -> {
                        Matrix sum = upload(ops, before);
                        Matrix out = ops.allocate(type, rows, outputs);
                        ops.linearAddRmsNorm(
                                out,
                                sum,
                                upload(ops, x),
                                place(ops, weight, bias),
                                ops.placeVector(norm),
                                1e-6f,
                                rows);
                        return values(ops, out, rows);
                    });
            float[] together = linear(card, weight, bias, x);
            float[] alone = linear(card, weight, bias, x.slice(rows - 1, rows));
            float[] last = Arrays.copyOfRange(together, (rows - 1) * outputs, rows * outputs);
            bench.report().check(name + ", a row alone", Arrays.equals(last, alone), "bits");
        }
    }

    private static quire.ops.Linear place(Ops ops, Tensor weight, Tensor bias) {
        return ops.placeLinear(List.of(new LinearPart(weight, Optional.of(bias))));
    }

    private float[] linear(Ops ops, Tensor weight, Tensor bias, Tensor x) {
        Matrix out = ops.allocate(type, x.rows(), weight.rows());
        ops.linear(out, upload(ops, x), place(ops, weight, bias), x.rows());
        return values(ops, out, x.rows());
    }

    /** Operations that take a row at a time. */
    private void rows() {
        for (int width : bench.tiny() ? new int[] {9, 257} : new int[] {1, 9, 2049, 3584, 18944}) {
            int count = 5;
            Tensor x = tensor(count, width, 1);
            Tensor before = tensor(count, width, 1);
            Tensor both = tensor(count, 2 * width, 1);
            Tensor weight = tensor(1, width, 1);
            String name = type + " of " + width;
            compare(
                    "rms_norm " + name,
                    ops -> {
                        Matrix out = ops.allocate(type, count, width);
                        ops.rmsNorm(out, upload(ops, x), ops.placeVector(weight), 1e-6f, count);
                        return values(ops, out, count);
                    });
            compare(
                    "add_rms_norm " + name,
                    ops -> {
                        Matrix out = ops.allocate(type, count, width);
                        Matrix sum = upload(ops, before);
                        ops.addRmsNorm(
                                out, sum, upload(ops, x), ops.placeVector(weight), 1e-6f, count);
                        return values(ops, out, count);
                    });
            compare(
                    "silu_and_mul " + name,
                    ops -> {
                        Matrix out = ops.allocate(type, count, width);
                        ops.siluAndMul(out, upload(ops, both), count);
                        return values(ops, out, count);
                    });
        }
    }

    /** Prompts and decoding in one step, on both sides of tiles and segments. */
    private void attention() {
        int[][] sequences =
                bench.tiny()
                        ? new int[][] {{0, 1}, {63, 2}, {70, 5}}
                        : new int[][] {
                            {0, 1}, {63, 1}, {64, 1}, {511, 1}, {512, 1}, {500, 30}, {1030, 3},
                            {0, 200}
                        };
        int[][] heads =
                bench.tiny()
                        ? new int[][] {{4, 2, 64, 0}}
                        : new int[][] {
                            {28, 4, 128, 0},
                            {32, 8, 128, 0},
                            {4, 2, 64, 100},
                            {8, 1, 80, 0},
                            {3, 3, 96, 0},
                            {4, 2, 256, 0},
                            {20, 1, 32, 513}
                        };
        for (int[] h : heads) {
            float scale = (float) (1 / Math.sqrt(h[2]));
            AttentionHeads own =
                    new AttentionHeads(h[0], h[1], h[2], scale, h[3], Optional.empty());
            String name = "attention " + type + " " + Arrays.toString(h);
            int tokens = 0;
            int earlier = 0;
            for (int[] one : sequences) {
                earlier += one[0];
                tokens += one[1];
            }
            Tensor first = tensor(earlier, own.qkvWidth(), 1);
            Tensor then = tensor(tokens, own.qkvWidth(), 1);
            compare(name, ops -> attend(ops, own, sequences, first, then));
        }
    }

    private float[] attend(
            Ops ops, AttentionHeads heads, int[][] sequences, Tensor first, Tensor then) {
        int maxBlocks = POSITIONS / BLOCK;
        KvCacheLayout layout =
                KvCacheLayout.uniform(
                        1,
                        sequences.length * maxBlocks,
                        BLOCK,
                        new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                        type);
        KvCache cache = ops.allocateKvCache(layout);
        RopeTable rope = rope(ops, heads.headDim());
        Batch earlier = batch(ops, sequences, true, first.rows(), maxBlocks);
        ops.begin(earlier);
        ops.ropeAndStore(upload(ops, first), heads, rope, cache, 0, earlier);
        Batch now = batch(ops, sequences, false, then.rows(), maxBlocks);
        Matrix qkv = upload(ops, then);
        Matrix out = ops.allocate(type, then.rows(), heads.numHeads() * heads.headDim());
        ops.begin(now);
        ops.ropeAndStore(qkv, heads, rope, cache, 0, now);
        ops.attention(out, qkv, heads, cache, 0, now);
        return values(ops, out, then.rows());
    }

    private static Batch batch(
            Ops ops, int[][] sequences, boolean earlier, int tokens, int maxBlocks) {
        Batch batch =
                ops.allocateBatch(new BatchLimits(tokens, sequences.length, maxBlocks, BLOCK));
        batch.clear();
        for (int s = 0; s < sequences.length; s++) {
            int count = sequences[s][earlier ? 0 : 1];
            if (count == 0) {
                continue;
            }
            int[] table = new int[maxBlocks];
            for (int i = 0; i < maxBlocks; i++) {
                table[i] = (i * sequences.length + s);
            }
            batch.startSequence(earlier ? 0 : sequences[s][0], table, maxBlocks);
            for (int t = 0; t < count; t++) {
                batch.addToken(0);
            }
            batch.endSequence();
        }
        return batch;
    }

    private static RopeTable rope(Ops ops, int size) {
        float[] table = new float[POSITIONS * size];
        for (int p = 0; p < POSITIONS; p++) {
            for (int i = 0; i < size / 2; i++) {
                double angle = p * Math.pow(10_000, -2.0 * i / size);
                table[p * size + i] = (float) Math.cos(angle);
                table[p * size + size / 2 + i] = (float) Math.sin(angle);
            }
        }
        Matrix matrix = ops.allocate(DType.F32, POSITIONS, size);
        ops.upload(matrix, 0, new Tensor(DType.F32, POSITIONS, size, MemorySegment.ofArray(table)));
        return new RopeTable(matrix, size, RopeTable.Pairing.HALVES);
    }

    /** What one of the two makes of a case. */
    private interface Case {
        float[] on(Ops ops);
    }

    private void compare(String name, Case of) {
        float[] expected = of.on(reference);
        float[] once = of.on(card);
        boolean repeats = Arrays.equals(once, of.on(card));
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow((double) once[i] - expected[i], 2);
            size += (double) expected[i] * expected[i];
        }
        // Roundings that a last bit of a sum turns the other way; half a unit is 2^-9 or 2^-12.
        double relative = Math.sqrt(error / size);
        double most = type == DType.BF16 ? 0x1p-9 : 0x1p-12;
        String note = "relative error " + Report.number(relative);
        bench.report()
                .check(
                        name,
                        relative < most && repeats,
                        repeats ? note : note + ", differs when repeated");
    }

    private Tensor tensor(int rows, int columns, double deviation) {
        short[] numbers = new short[rows * columns];
        for (int i = 0; i < numbers.length; i++) {
            float value = (float) (random.nextGaussian() * deviation);
            numbers[i] =
                    type == DType.BF16
                            ? SmallFloats.toBfloat16(value)
                            : SmallFloats.toFloat16(value);
        }
        return new Tensor(type, rows, columns, MemorySegment.ofArray(numbers));
    }

    private Matrix upload(Ops ops, Tensor rows) {
        Matrix matrix = ops.allocate(type, rows.rows(), rows.columns());
        ops.upload(matrix, 0, rows);
        return matrix;
    }

    private static float[] values(Ops ops, Matrix matrix, int rows) {
        Tensor host = ops.host(matrix, rows);
        float[] all = new float[rows * host.columns()];
        for (int r = 0; r < rows; r++) {
            BlockDecoder.decode(
                    host.dtype(),
                    host.data(),
                    r * host.rowBytes(),
                    all,
                    r * host.columns(),
                    host.columns());
        }
        return all;
    }
}
