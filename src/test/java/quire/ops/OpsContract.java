package quire.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * What every backend promises: the values of {@link ReferenceOps} within the rounding of its
 * activation type and of float32 sums, and the same bits for a row whatever shares its batch.
 *
 * <p>Tolerances. A float32 sum of n products errs by at most {@code n * 2^-24} of the sum of their
 * absolute values, by about the square root of that when the errors are independent; four times the
 * square root is what is allowed.
 */
public abstract class OpsContract {

    static final double FLOAT = 0x1p-24;
    static final long SEED = 20261122;
    static final int[] ROWS = {1, 2, 3, 4, 5, 7, 8, 9, 17, 33};

    Arena arena;
    Samples samples;
    Ops reference;
    Ops ops;

    /** A new backend with that many worker threads, where it has any; the suite closes it. */
    protected abstract Ops ops(int threads);

    /**
     * Error that rounding the activations adds to one output of {@code linear}, relative to the sum
     * of {@code |x * w|}: 0 unless the backend multiplies in a narrower type.
     */
    protected double activationError(DType weight) {
        return 0;
    }

    /** Whether the backend keeps weights of that type in BF16, and loses what that cannot hold. */
    protected boolean isConverted(DType weight) {
        return false;
    }

    /** Error of a softmax weight, relative: 0 unless values are multiplied by a narrower type. */
    protected double weightError() {
        return 0;
    }

    /** Types of keys and values that the backend keeps. */
    protected List<DType> cacheTypes() {
        return List.of(DType.F32, DType.F16, DType.BF16);
    }

    /** The one that keeps most of them. */
    private DType cacheType() {
        return cacheTypes().getFirst();
    }

    /** Keys or values of one layer of a cache of this backend, {@code [slots * heads, headDim]}. */
    protected abstract Tensor cached(KvCache cache, int layer, boolean keys);

    /** A matrix of {@code ops} in its activation type. */
    final Matrix upload(Ops ops, float[] values, int rows, int columns) {
        return upload(ops, ops.activationType(), values, rows, columns);
    }

    final Matrix upload(Ops ops, DType dtype, float[] values, int rows, int columns) {
        long bytes = rows * dtype.rowBytes(columns);
        Tensor host =
                new Tensor(
                        dtype,
                        rows,
                        columns,
                        arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes));
        Samples.write(host, values);
        Matrix matrix = ops.allocate(dtype, rows, columns);
        ops.upload(matrix, 0, host);
        return matrix;
    }

    @BeforeEach
    void open() {
        ops = ops(2);
        arena = Arena.ofConfined();
        samples = new Samples(arena, SEED);
        reference = new ReferenceOps();
    }

    @AfterEach
    void close() {
        if (ops == null) {
            return; // the backend is not available here, and its test skipped
        }
        ops.close();
        reference.close();
        arena.close();
    }

    /** Random values that the activation type holds exactly, so that both sides see the same. */
    float[] activations(int count) {
        float[] values = samples.gaussians(count);
        for (int i = 0; i < count; i++) {
            values[i] = Samples.rounded(values[i], ops.activationType());
        }
        return values;
    }

    float[] read(Ops from, Matrix matrix, int rows) {
        return Samples.read(from.host(matrix, rows).slice(0, rows));
    }

    /** {@code |actual - expected| <= bound[i] + half a unit of the activation type}. */
    void assertClose(String what, float[] expected, float[] actual, double[] bounds) {
        assertEquals(expected.length, actual.length, what);
        double unit = Samples.unit(ops.activationType());
        double smallest = Samples.smallestError(ops.activationType());
        for (int i = 0; i < expected.length; i++) {
            double bound = bounds[i] + unit * Math.abs(expected[i]) + smallest;
            double error = Math.abs((double) actual[i] - expected[i]);
            if (!(error <= bound)) {
                throw new AssertionError(
                        what
                                + ", element "
                                + i
                                + ": expected "
                                + expected[i]
                                + " but was "
                                + actual[i]
                                + ", off by "
                                + error
                                + ", allowed "
                                + bound
                                + " (seed "
                                + SEED
                                + ")");
            }
        }
    }

    static double[] bounds(int length, double bound) {
        double[] bounds = new double[length];
        Arrays.fill(bounds, bound);
        return bounds;
    }

    /** A batch of one sequence that starts at position 0. */
    Batch batchOf(Ops with, int[] tokenIds, int... logitRows) {
        Batch batch =
                with.allocateBatch(
                        new BatchLimits(tokenIds.length, 1, tokenIds.length / 16 + 1, 16));
        batch.clear();
        int[] table = new int[tokenIds.length / 16 + 1];
        batch.startSequence(0, table, table.length);
        for (int t = 0; t < tokenIds.length; t++) {
            batch.addToken(tokenIds[t]);
            int row = t;
            if (Arrays.stream(logitRows).anyMatch(r -> r == row)) {
                batch.addLogitRow();
            }
        }
        batch.endSequence();
        return batch;
    }

    float[] embed(Ops with, Tensor table, int[] tokenIds) {
        Table placed = with.placeTable(table);
        Matrix out = with.allocate(with.activationType(), tokenIds.length, table.columns());
        Batch batch = batchOf(with, tokenIds);
        with.begin(batch);
        with.embed(out, placed, batch);
        return read(with, out, tokenIds.length);
    }

    /** Relative error of a weight that the backend converts. */
    protected double conversionError(DType weight) {
        return isConverted(weight) ? Samples.unit(DType.BF16) : 0;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K", "Q6_K"})
    void embedReadsTheRowOfEachToken(DType dtype) {
        for (int width : widths(dtype)) {
            Tensor table = samples.stored(dtype, 7, width);
            int[] ids = {6, 0, 3, 3, 1};
            float[] expected = embed(reference, table, ids);
            float[] actual = embed(ops, table, ids);
            double[] bounds = new double[expected.length];
            double relative = conversionError(dtype) + (dtype.quantised() ? 4 * FLOAT : 0);
            for (int i = 0; i < bounds.length; i++) {
                // A block with an offset cancels: its error is that of the parts, of order two.
                bounds[i] = relative * (Math.abs(expected[i]) + (dtype.quantised() ? 4 : 0));
            }
            assertClose(dtype + " x " + width, expected, actual, bounds);
        }
    }

    @Test
    void bytesToPlaceAreAtLeastThoseOfTheTypeItIsKeptIn() {
        for (DType type : DType.values()) {
            if (type == DType.I32) {
                continue;
            }
            Tensor stored = new Tensor(type, 3, 512, arena.allocate(3 * type.rowBytes(512), 64));
            long least = 3 * (isConverted(type) ? DType.BF16 : type).rowBytes(512);
            Footprint footprint = ops.footprint();
            assertTrue(footprint.tableBytes(type, 3, 512) >= least, type.name());
            Tensor bias = samples.stored(DType.F32, 1, 3);
            LinearShape plain = LinearShape.of(new LinearPart(stored, Optional.empty()));
            LinearShape biased = LinearShape.of(new LinearPart(stored, Optional.of(bias)));
            assertTrue(footprint.linearBytes(List.of(plain)) >= least, type.name());
            assertTrue(footprint.linearBytes(List.of(plain, biased)) >= 2 * least + 6, type.name());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "Q8_0", "Q4_K"})
    void aTiedHeadMultipliesByTheTable(DType dtype) {
        Tensor stored = samples.stored(dtype, 19, 256);
        float[] x = activations(3 * 256);
        Linear tied = ops.placeTiedHead(ops.placeTable(stored), stored);
        assertArrayEquals(linear(ops, x, linear(ops, stored), 3), linear(ops, x, tied, 3));
    }

    @Test
    void partsThatDoNotBelongTogetherAreRefused() {
        LinearPart wide = new LinearPart(samples.stored(DType.F32, 2, 8), Optional.empty());
        LinearPart narrow = new LinearPart(samples.stored(DType.F32, 2, 7), Optional.empty());
        assertThrows(IllegalArgumentException.class, () -> ops.placeLinear(List.of(wide, narrow)));
        Tensor bias = samples.stored(DType.F32, 1, 3);
        assertThrows(
                IllegalArgumentException.class,
                () -> new LinearPart(wide.weight(), Optional.of(bias)));
    }

    @Test
    void embedRefusesATokenOutsideTheTableAndAnOutputOfAnotherWidth() {
        Tensor table = samples.stored(DType.F32, 7, 32);
        assertThrows(IllegalArgumentException.class, () -> embed(ops, table, new int[] {7}));
        assertThrows(IllegalArgumentException.class, () -> embed(ops, table, new int[] {-1}));
        Table placed = ops.placeTable(table);
        Matrix narrow = ops.allocate(ops.activationType(), 1, 31);
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.embed(narrow, placed, batchOf(ops, new int[] {1})));
    }

    @Test
    void rmsNormScalesEachRowByItsRootMeanSquare() {
        for (int width : new int[] {1, 3, 31, 32, 33, 64, 257, 2048}) {
            for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
                Tensor weight = samples.stored(dtype, 1, width);
                int rows = 5;
                float[] x = activations(rows * width);
                float[] expected = rmsNorm(reference, x, weight, rows, false);
                String what = "rmsNorm of " + width + " with " + dtype;
                double[] bounds = normBounds(expected, width);
                assertClose(what, expected, rmsNorm(ops, x, weight, rows, false), bounds);
                assertArrayEquals(
                        rmsNorm(ops, x, weight, rows, false),
                        rmsNorm(ops, x, weight, rows, true),
                        what + " in place");
            }
        }
    }

    /** The squares are positive, so their sum has a relative error, which the root halves. */
    private static double[] normBounds(float[] expected, int width) {
        double[] bounds = new double[expected.length];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = (8 + 4 * Math.sqrt(width)) * FLOAT * Math.abs(expected[i]);
        }
        return bounds;
    }

    float[] rmsNorm(Ops with, float[] x, Tensor weight, int rows, boolean inPlace) {
        Matrix in = upload(with, x, rows, weight.columns());
        Matrix out = inPlace ? in : with.allocate(with.activationType(), rows, weight.columns());
        with.rmsNorm(out, in, with.placeVector(weight), 1e-5f, rows);
        return read(with, out, rows);
    }

    @Test
    void rmsNormOfZerosIsZeroAndOfLargeValuesFinite() {
        Tensor weight = samples.stored(new float[] {1, 2, 3, 4});
        assertArrayEquals(new float[4], rmsNorm(ops, new float[4], weight, 1, false));
        float most = ops.activationType() == DType.F16 ? 6e4f : 1e18f;
        float[] large = {most, -most, most, most};
        for (int i = 0; i < large.length; i++) {
            large[i] = Samples.rounded(large[i], ops.activationType());
        }
        float[] expected = rmsNorm(reference, large, weight, 1, false);
        assertClose(
                "large", expected, rmsNorm(ops, large, weight, 1, false), normBounds(expected, 4));
    }

    @Test
    void addRmsNormAddsToTheResidualAndNormalisesTheSum() {
        for (int width : new int[] {1, 31, 32, 33, 640}) {
            Tensor weight = samples.stored(DType.F32, 1, width);
            int rows = 3;
            float[] x = activations(rows * width);
            float[] residual = activations(rows * width);
            float[][] expected = addRmsNorm(reference, residual, x, weight, rows, false);
            for (boolean inPlace : new boolean[] {false, true}) {
                float[][] actual = addRmsNorm(ops, residual, x, weight, rows, inPlace);
                assertClose(
                        "residual of " + width,
                        expected[0],
                        actual[0],
                        bounds(expected[0].length, 0));
                double[] bounds = normBounds(expected[1], width);
                for (int i = 0; i < bounds.length; i++) {
                    // The sum is rounded: each element by a unit, and all by what that scales.
                    bounds[i] += 2 * Samples.unit(ops.activationType()) * Math.abs(expected[1][i]);
                }
                assertClose("addRmsNorm of " + width, expected[1], actual[1], bounds);
            }
        }
    }

    private float[][] addRmsNorm(
            Ops with, float[] residual, float[] x, Tensor weight, int rows, boolean inPlace) {
        Matrix sum = upload(with, residual, rows, weight.columns());
        Matrix in = upload(with, x, rows, weight.columns());
        Matrix out = inPlace ? in : with.allocate(with.activationType(), rows, weight.columns());
        with.addRmsNorm(out, sum, in, with.placeVector(weight), 1e-5f, rows);
        return new float[][] {read(with, sum, rows), read(with, out, rows)};
    }

    @Test
    void siluAndMulTakesGateThenUp() {
        for (int width : new int[] {1, 7, 31, 32, 33, 100, 768}) {
            float[] gateUp = activations(3 * 2 * width);
            float[] extremes = {0f, -0f, 20f, -20f, 88f, -88f, 100f, -100f, 1e30f, -1e30f};
            System.arraycopy(extremes, 0, gateUp, 0, Math.min(extremes.length, width));
            for (int i = 0; i < gateUp.length; i++) {
                float rounded = Samples.rounded(gateUp[i], ops.activationType());
                gateUp[i] = Float.isInfinite(rounded) ? 0 : rounded;
            }
            float[] expected = siluAndMul(reference, gateUp, 3, width);
            double[] bounds = new double[expected.length];
            for (int i = 0; i < bounds.length; i++) {
                // An exponential good to a few units; what e^x makes subnormal may be zero.
                bounds[i] = 16 * FLOAT * Math.abs(expected[i]) + 1e-34;
            }
            assertClose(
                    "siluAndMul of " + width, expected, siluAndMul(ops, gateUp, 3, width), bounds);
        }
    }

    float[] siluAndMul(Ops with, float[] gateUp, int rows, int width) {
        Matrix out = with.allocate(with.activationType(), rows, width);
        with.siluAndMul(out, upload(with, gateUp, rows, 2 * width), rows);
        return read(with, out, rows);
    }

    @Test
    void logitsAreF32WhateverTheActivationsAre() {
        Tensor weight = samples.stored(DType.BF16, 33, 64);
        float[] x = activations(2 * 64);
        Matrix logits = ops.allocate(DType.F32, 2, 33);
        ops.linear(logits, upload(ops, x, 2, 64), linear(ops, weight), 2);
        float[] expected = linear(reference, x, linear(reference, weight), 2);
        double[] bounds = magnitudes(x, weight, 2);
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] *= 4 * 8 * FLOAT + activationError(DType.BF16);
        }
        assertClose("logits", expected, read(ops, logits, 2), bounds);
    }

    @Test
    void gatherLogitRowsTakesTheRowsAskedForInOrder() {
        float[] x = activations(20 * 33);
        int[] wanted = {0, 4, 5, 19};
        Batch batch = batchOf(ops, new int[20], wanted);
        Matrix out = ops.allocate(ops.activationType(), 6, 33);
        ops.begin(batch);
        ops.gatherLogitRows(out, upload(ops, x, 20, 33), batch);
        float[] actual = read(ops, out, 6);
        for (int i = 0; i < 6; i++) {
            float[] expected =
                    i < wanted.length
                            ? Arrays.copyOfRange(x, wanted[i] * 33, wanted[i] * 33 + 33)
                            : new float[33];
            assertArrayEquals(expected, Arrays.copyOfRange(actual, i * 33, i * 33 + 33));
        }
    }

    @Test
    void argmaxTakesTheLowestOfTiesAndNeverNaN() {
        float nan = Float.NaN;
        float inf = Float.POSITIVE_INFINITY;
        for (int width : new int[] {1, 2, 7, 8, 9, 31, 32, 33, 64, 100, 1000}) {
            for (int at : new int[] {0, width / 3, width / 2, width - 1}) {
                float[] peak = new float[width];
                peak[at] = 1;
                peak[width - 1] = 1;
                assertEquals(at, argmax(peak, width)[0], "tie in " + width);
                float[] negative = new float[width];
                Arrays.fill(negative, -inf);
                assertEquals(0, argmax(negative, width)[0], "all -infinity in " + width);
                negative[at] = -3e38f;
                assertEquals(at, argmax(negative, width)[0], "negative in " + width);
                float[] holes = new float[width];
                Arrays.fill(holes, nan);
                assertEquals(-1, argmax(holes, width)[0], "all NaN in " + width);
                holes[at] = -inf;
                assertEquals(at, argmax(holes, width)[0], "NaN around in " + width);
            }
        }
        assertEquals(0, argmax(new float[] {-0f, 0f}, 2)[0]);
        assertArrayEquals(new int[] {1, 0, -1}, argmax(new float[] {nan, inf, 2, 1, nan, nan}, 2));
    }

    private int[] argmax(float[] x, int width) {
        int rows = x.length / width;
        Matrix out = ops.allocate(DType.I32, 1, rows + 2);
        ops.argmax(out, upload(ops, DType.F32, x, rows, width), rows);
        return ops.host(out, 1).data().asSlice(0, 4L * rows).toArray(ValueLayout.JAVA_INT);
    }

    @Test
    void rowsPastTheCountAreNotWritten() {
        float[] x = activations(4 * 64);
        Tensor weight = samples.stored(DType.BF16, 64, 64);
        Matrix in = upload(ops, x, 4, 64);
        List<float[]> outputs = new ArrayList<>();
        for (int op = 0; op < 3; op++) {
            float[] marks = new float[4 * 64];
            Arrays.fill(marks, 42);
            Matrix out = upload(ops, marks, 4, 64);
            switch (op) {
                case 0 -> ops.linear(out, in, linear(ops, weight), 3);
                case 1 -> ops.rmsNorm(out, in, ops.placeVector(weight.slice(0, 1)), 1e-5f, 3);
                default -> ops.siluAndMul(out, upload(ops, activations(4 * 128), 4, 128), 3);
            }
            outputs.add(read(ops, out, 4));
        }
        for (float[] out : outputs) {
            assertTrue(out[191] != 42, "row 2 is written");
            for (int i = 192; i < 256; i++) {
                assertEquals(42, out[i], "row 3 is left alone");
            }
        }
    }

    /** Widths a block either side of what kernels unroll to; 257 and 1000 end in tails. */
    static int[] widths(DType dtype) {
        return switch (dtype.blockElements()) {
            case 1 -> new int[] {1, 3, 15, 16, 17, 31, 32, 33, 64, 100, 257, 1000};
            case 32 -> new int[] {32, 64, 96, 256, 288, 544, 1024};
            default -> new int[] {256, 512, 768};
        };
    }

    static Linear linear(Ops with, Tensor... weights) {
        List<LinearPart> parts = new ArrayList<>();
        for (Tensor weight : weights) {
            parts.add(new LinearPart(weight, Optional.empty()));
        }
        return with.placeLinear(parts);
    }

    float[] linear(Ops with, float[] x, Linear linear, int rows) {
        Matrix out = with.allocate(with.activationType(), rows, linear.outputs());
        with.linear(out, upload(with, x, rows, linear.inputs()), linear, rows);
        return read(with, out, rows);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K", "Q6_K"})
    void linearMultipliesByEveryWeightType(DType dtype) {
        for (int inputs : widths(dtype)) {
            for (int outputs : new int[] {1, 2, 7, 8, 33}) {
                Tensor weight = samples.stored(dtype, outputs, inputs);
                for (int rows : ROWS) {
                    assertLinear(weight, rows);
                }
            }
        }
        assertLinear(samples.stored(dtype, 301, 1024), 65);
    }

    private void assertLinear(Tensor weight, int rows) {
        float[] x = activations(rows * weight.columns());
        float[] expected = linear(reference, x, linear(reference, weight), rows);
        float[] actual = linear(ops, x, linear(ops, weight), rows);
        double relative =
                4 * Math.sqrt(weight.columns()) * FLOAT
                        + conversionError(weight.dtype())
                        + activationError(weight.dtype());
        double[] bounds = magnitudes(x, weight, rows);
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] *= relative;
        }
        assertClose(
                rows
                        + " rows by "
                        + weight.dtype()
                        + " ["
                        + weight.rows()
                        + ", "
                        + weight.columns()
                        + "]",
                expected,
                actual,
                bounds);
    }

    /** The sums of {@code |x * w|}, plus one for what a block's offset cancels. */
    private double[] magnitudes(float[] x, Tensor weight, int rows) {
        int[] ids = new int[weight.rows()];
        Arrays.setAll(ids, i -> i);
        float[] w = embed(reference, weight, ids);
        int inputs = weight.columns();
        double[] sums = new double[rows * weight.rows()];
        for (int i = 0; i < sums.length; i++) {
            int row = i / weight.rows();
            int output = i % weight.rows();
            for (int k = 0; k < inputs; k++) {
                double offset = weight.dtype().quantised() ? 1 : 0;
                sums[i] +=
                        Math.abs(x[row * inputs + k]) * (Math.abs(w[output * inputs + k]) + offset);
            }
        }
        return sums;
    }

    @Test
    void linearLaysItsPartsSideBySideAndAddsEachBias() {
        int inputs = 96;
        int[] outputs = {33, 1, 5, 64};
        DType[] types = {DType.BF16, DType.F32, DType.Q8_0, DType.F16};
        List<LinearPart> parts = new ArrayList<>();
        for (int p = 0; p < outputs.length; p++) {
            Tensor weight = samples.stored(types[p], outputs[p], inputs);
            Optional<Tensor> bias =
                    p == 1
                            ? Optional.empty()
                            : Optional.of(samples.stored(DType.BF16, 1, outputs[p]));
            parts.add(new LinearPart(weight, bias));
        }
        Linear expectedLinear = reference.placeLinear(parts);
        Linear actualLinear = ops.placeLinear(parts);
        for (int rows : ROWS) {
            float[] x = activations(rows * inputs);
            float[] expected = linear(reference, x, expectedLinear, rows);
            float[] actual = linear(ops, x, actualLinear, rows);
            // Sums of 96 products of two normal variables rarely reach 200 in absolute values.
            double relative =
                    4 * Math.sqrt(inputs) * FLOAT
                            + activationError(DType.Q8_0)
                            + conversionError(DType.F32);
            assertClose(rows + " rows", expected, actual, bounds(expected.length, 200 * relative));
        }
    }

    @Test
    void linearRefusesOtherShapes() {
        Linear linear = linear(ops, samples.stored(DType.F32, 8, 16));
        Matrix x = ops.allocate(ops.activationType(), 2, 16);
        Matrix out = ops.allocate(ops.activationType(), 2, 8);
        ops.linear(out, x, linear, 2);
        assertThrows(IllegalArgumentException.class, () -> ops.linear(out, x, linear, 3));
        assertThrows(IllegalArgumentException.class, () -> ops.linear(x, x, linear, 2));
        assertThrows(IllegalArgumentException.class, () -> ops.linear(out, out, linear, 2));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K", "Q6_K"})
    void aRowHasTheSameBitsInAnyBatchAndOnAnyNumberOfThreads(DType dtype) {
        int inputs = dtype.blockElements() == 256 ? 512 : 352;
        int outputs = 77;
        int most = 40;
        Tensor weight = samples.stored(dtype, outputs, inputs);
        float[] x = activations(most * inputs);
        try (Ops other = ops(3)) {
            float[] together = linear(ops, x, linear(ops, weight), most);
            for (int rows = 1; rows <= most; rows += rows < 9 ? 1 : 5) {
                // The last rows of x, so that the same row stands elsewhere in the batch.
                float[] tail = Arrays.copyOfRange(x, (most - rows) * inputs, most * inputs);
                float[] expected =
                        Arrays.copyOfRange(together, (most - rows) * outputs, most * outputs);
                String what = rows + " rows by " + dtype;
                assertArrayEquals(expected, linear(ops, tail, linear(ops, weight), rows), what);
                assertArrayEquals(expected, linear(other, tail, linear(other, weight), rows), what);
            }
        }
    }

    @Test
    void rowsOfTheOtherOperationsDoNotSeeEachOther() {
        int width = 333;
        Tensor weight = samples.stored(DType.F32, 1, width);
        float[] x = activations(6 * width);
        float[] gateUp = activations(6 * 2 * width);
        float[] normed = rmsNorm(ops, x, weight, 6, false);
        float[] gated = siluAndMul(ops, gateUp, 6, width);
        for (int r = 0; r < 6; r++) {
            int from = r * width;
            int to = from + width;
            assertArrayEquals(
                    Arrays.copyOfRange(normed, from, to),
                    rmsNorm(ops, Arrays.copyOfRange(x, from, to), weight, 1, false));
            assertArrayEquals(
                    Arrays.copyOfRange(gated, from, to),
                    siluAndMul(ops, Arrays.copyOfRange(gateUp, 2 * from, 2 * to), 1, width));
        }
    }

    static AttentionHeads heads(int numHeads, int numKvHeads, int headDim, int slidingWindow) {
        return new AttentionHeads(
                numHeads,
                numKvHeads,
                headDim,
                (float) (1 / Math.sqrt(headDim)),
                slidingWindow,
                Optional.empty());
    }

    /** Grouped-query ratios 1, 2, 3, 7 and 8; even and odd head counts; common head sizes. */
    static final List<AttentionHeads> HEADS =
            List.of(
                    heads(1, 1, 64, 0),
                    heads(4, 2, 64, 0),
                    heads(8, 1, 80, 0),
                    heads(6, 2, 128, 0),
                    heads(7, 1, 64, 0),
                    heads(3, 3, 96, 0),
                    heads(4, 4, 128, 0),
                    heads(2, 1, 32, 0));

    AttentionCase attentionCase(AttentionHeads heads, DType cacheType) {
        return AttentionCase.of(
                heads, cacheType, samples, ops.activationType(), 1, 15, 16, 17, 33, 70);
    }

    /** Angles as a model has them, or none, so that keys reach the cache unchanged. */
    RopeTable rope(Ops with, int rotaryDim, RopeTable.Pairing pairing, boolean identity) {
        int positions = 70;
        float[] cosSin = new float[positions * rotaryDim];
        int half = rotaryDim / 2;
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                double angle = identity ? 0 : p * Math.pow(10000, -2.0 * i / rotaryDim);
                cosSin[p * rotaryDim + i] = (float) Math.cos(angle);
                cosSin[p * rotaryDim + half + i] = (float) Math.sin(angle);
            }
        }
        Matrix table = upload(with, DType.F32, cosSin, positions, rotaryDim);
        return new RopeTable(table, rotaryDim, pairing);
    }

    private RopeTable ropeOf(int positions, int rotaryDim) {
        Matrix table = ops.allocate(DType.F32, positions, rotaryDim);
        return new RopeTable(table, rotaryDim, RopeTable.Pairing.HALVES);
    }

    @ParameterizedTest
    @EnumSource(RopeTable.Pairing.class)
    void ropeTurnsQueriesAndKeysAndStoresKeysAndValues(RopeTable.Pairing pairing) {
        for (AttentionHeads heads : HEADS) {
            for (DType cacheType : cacheTypes()) {
                for (int rotaryDim : new int[] {heads.headDim(), heads.headDim() / 2, 2}) {
                    String what = heads + ", " + cacheType + ", rotating " + rotaryDim;
                    assertRope(
                            what,
                            attentionCase(heads, cacheType),
                            rotaryDim,
                            pairing,
                            Optional.empty());
                }
            }
        }
    }

    @Test
    void queriesAndKeysAreNormalisedHeadByHeadBeforeTheyTurn() {
        for (AttentionHeads heads : HEADS) {
            Tensor query = samples.stored(DType.BF16, 1, heads.headDim());
            Tensor key = samples.stored(DType.F32, 1, heads.headDim());
            assertRope(
                    heads + " with norms",
                    attentionCase(heads, cacheType()),
                    heads.headDim(),
                    RopeTable.Pairing.HALVES,
                    Optional.of(List.of(query, key)));
        }
    }

    private void assertRope(
            String what,
            AttentionCase plain,
            int rotaryDim,
            RopeTable.Pairing pairing,
            Optional<List<Tensor>> norms) {
        AttentionCase.Result expected =
                withNorms(plain, norms, reference)
                        .run(
                                this,
                                reference,
                                rope(reference, rotaryDim, pairing, false),
                                plain.mixed());
        AttentionCase.Result actual =
                withNorms(plain, norms, ops)
                        .run(this, ops, rope(ops, rotaryDim, pairing, false), plain.mixed());
        // Two products of values below 5 (25 once normalised and weighted), and the norm's sums.
        double bound = norms.isPresent() ? 2000 * FLOAT : 30 * FLOAT;
        double cacheUnit = Samples.unit(plain.layout().dtype());
        for (int s = 0; s < expected.qkv().size(); s++) {
            assertClose(
                    what,
                    expected.qkv().get(s),
                    actual.qkv().get(s),
                    bounds(expected.qkv().get(s).length, bound));
        }
        // A last bit may decide which way the cache rounds: a whole step, two units.
        assertClose(
                what + ", keys",
                expected.keys(),
                actual.keys(),
                stepBounds(expected.keys(), bound, cacheUnit));
        assertClose(
                what + ", values",
                expected.values(),
                actual.values(),
                bounds(expected.values().length, 0));
    }

    private static double[] stepBounds(float[] values, double bound, double unit) {
        double[] bounds = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            bounds[i] = values[i] == 0 ? 0 : bound + 2 * unit * Math.abs(values[i]);
        }
        return bounds;
    }

    private static AttentionCase withNorms(
            AttentionCase plain, Optional<List<Tensor>> norms, Ops with) {
        AttentionHeads heads = plain.heads();
        AttentionHeads normed =
                new AttentionHeads(
                        heads.numHeads(),
                        heads.numKvHeads(),
                        heads.headDim(),
                        heads.scale(),
                        heads.slidingWindow(),
                        norms.map(
                                n ->
                                        new AttentionHeads.QkNorm(
                                                with.placeVector(n.get(0)),
                                                with.placeVector(n.get(1)),
                                                1e-6f)));
        return new AttentionCase(normed, plain.layout(), plain.qkv(), plain.blockTables());
    }

    @Test
    void attentionWeighsTheValuesOfEverythingBefore() {
        for (AttentionHeads heads : HEADS) {
            for (DType cacheType : cacheTypes()) {
                assertAttention(heads, cacheType);
            }
        }
    }

    @Test
    void aSlidingWindowHidesWhatIsFurtherBack() {
        for (int window : new int[] {1, 2, 15, 16, 17, 32, 69, 70, 71}) {
            assertAttention(heads(4, 2, 64, window), cacheType());
            assertAttention(heads(3, 1, 80, window), cacheTypes().getLast());
        }
    }

    private void assertAttention(AttentionHeads heads, DType cacheType) {
        AttentionCase tokens = attentionCase(heads, cacheType);
        RopeTable.Pairing pairing = RopeTable.Pairing.HALVES;
        AttentionCase.Result expected =
                tokens.run(
                        this,
                        reference,
                        rope(reference, heads.headDim(), pairing, true),
                        tokens.mixed());
        AttentionCase.Result actual =
                tokens.run(this, ops, rope(ops, heads.headDim(), pairing, true), tokens.mixed());
        String what = heads + ", " + cacheType;
        assertArrayEquals(expected.keys(), actual.keys(), what + ", keys");
        assertArrayEquals(expected.values(), actual.values(), what + ", values");
        // A score is a sum of headDim products whose absolute values add up to about 0.64 *
        // sqrt(headDim) once scaled, below three times that; its error moves a weight by as much
        // again, and weights that sum to one act on values below 5.
        double scoreError = 4 * Math.sqrt(heads.headDim()) * 2 * Math.sqrt(heads.headDim());
        double bound = 5 * (FLOAT * (scoreError + 4 * Math.sqrt(70) + 16) + weightError());
        for (int s = 0; s < expected.attention().size(); s++) {
            assertClose(
                    what,
                    expected.attention().get(s),
                    actual.attention().get(s),
                    bounds(expected.attention().get(s).length, bound));
        }
    }

    @Test
    void attentionSurvivesScoresThatOverflowAnExponential() {
        AttentionHeads heads = new AttentionHeads(2, 1, 64, 100, 0, Optional.empty());
        AttentionCase tokens = attentionCase(heads, cacheType());
        RopeTable identity = rope(ops, 64, RopeTable.Pairing.HALVES, true);
        for (float[] attended : tokens.run(this, ops, identity, tokens.atOnce()).attention()) {
            for (float value : attended) {
                assertTrue(Math.abs(value) < 10, "a mean of normal values, not " + value);
            }
        }
    }

    @Test
    void aSequenceHasTheSameBitsHoweverChunkedWhateverSharesTheStep() {
        for (AttentionHeads heads :
                List.of(heads(4, 2, 64, 0), heads(7, 1, 80, 0), heads(4, 1, 128, 20))) {
            for (DType cacheType : cacheTypes()) {
                AttentionCase tokens = attentionCase(heads, cacheType);
                try (Ops other = ops(3)) {
                    AttentionCase.Result whole = run(tokens, ops, tokens.atOnce());
                    String what = heads + ", " + cacheType;
                    assertSame(what + ", mixed", whole, run(tokens, ops, tokens.mixed()));
                    assertSame(what + ", alone", whole, run(tokens, ops, tokens.oneByOne()));
                    assertSame(what + ", threads", whole, run(tokens, other, tokens.mixed()));
                }
            }
        }
    }

    private AttentionCase.Result run(
            AttentionCase tokens, Ops with, List<List<AttentionCase.Chunk>> steps) {
        int headDim = tokens.heads().headDim();
        return tokens.run(this, with, rope(with, headDim, RopeTable.Pairing.HALVES, false), steps);
    }

    private static void assertSame(
            String what, AttentionCase.Result expected, AttentionCase.Result actual) {
        for (int s = 0; s < expected.attention().size(); s++) {
            String sequence = what + ", sequence " + s + " (seed " + SEED + ")";
            assertArrayEquals(expected.qkv().get(s), actual.qkv().get(s), sequence);
            assertArrayEquals(expected.attention().get(s), actual.attention().get(s), sequence);
        }
        assertArrayEquals(expected.keys(), actual.keys(), what);
        assertArrayEquals(expected.values(), actual.values(), what);
    }

    @Test
    void attentionRefusesACacheOfOtherHeadsAndALayerThatIsNotThere() {
        AttentionHeads heads = heads(4, 2, 64, 0);
        Batch batch = batchOf(ops, new int[3]);
        Matrix qkv = ops.allocate(ops.activationType(), 3, heads.qkvWidth());
        Matrix out = ops.allocate(ops.activationType(), 3, 4 * 64);
        KvCache cache =
                ops.allocateKvCache(
                        KvCacheLayout.uniform(
                                1, 2, 16, new KvCacheLayout.Layer(2, 64), cacheType()));
        KvCache other =
                ops.allocateKvCache(
                        KvCacheLayout.uniform(
                                1, 2, 16, new KvCacheLayout.Layer(1, 64), cacheType()));
        KvCache blocks =
                ops.allocateKvCache(
                        KvCacheLayout.uniform(
                                1, 2, 32, new KvCacheLayout.Layer(2, 64), cacheType()));
        ops.begin(batch);
        ops.attention(out, qkv, heads, cache, 0, batch);
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.attention(out, qkv, heads, cache, 1, batch));
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.attention(out, qkv, heads, other, 0, batch));
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.attention(out, qkv, heads, blocks, 0, batch));
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.attention(qkv, qkv, heads, cache, 0, batch));
        Batch outside = ops.allocateBatch(new BatchLimits(3, 1, 1, 16));
        outside.clear();
        outside.startSequence(0, new int[] {2}, 1);
        outside.addToken(0);
        outside.endSequence();
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.attention(out, qkv, heads, cache, 0, outside));
        RopeTable shorter = ropeOf(2, 64);
        ops.ropeAndStore(qkv, heads, ropeOf(3, 64), cache, 0, batch);
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.ropeAndStore(qkv, heads, shorter, cache, 0, batch));
        RopeTable wide = rope(ops, 66, RopeTable.Pairing.HALVES, true);
        assertThrows(
                IllegalArgumentException.class,
                () -> ops.ropeAndStore(qkv, heads, wide, cache, 0, batch));
    }

    @Test
    void aStoppedBackendRefusesUntilItResumesAndThenGivesTheSameBits() {
        AttentionHeads heads = heads(4, 2, 64, 0);
        AttentionCase tokens = attentionCase(heads, cacheType());
        AttentionCase.Result before = run(tokens, ops, tokens.mixed());
        Linear linear = linear(ops, samples.stored(DType.F32, 9, 32));
        Matrix x = upload(ops, activations(32), 1, 32);
        Matrix out = ops.allocate(ops.activationType(), 1, 9);
        ops.stop();
        assertThrows(StoppedException.class, () -> run(tokens, ops, tokens.mixed()));
        assertThrows(StoppedException.class, () -> ops.linear(out, x, linear, 1));
        ops.stop();
        ops.resume();
        assertSame("resumed", before, run(tokens, ops, tokens.mixed()));
        ops.linear(out, x, linear, 1);
    }

    @Test
    void samplingGivesTheTokensThatASequenceWouldGetByItself() {
        for (int vocabSize : new int[] {50, 20_000}) {
            try (TokenSampler sampler = ops.allocateSampler(vocabSize, TokenSamplerTest.SLOTS)) {
                TokenSamplerTest.assertTokens(ops, sampler, vocabSize);
            }
        }
    }
}
