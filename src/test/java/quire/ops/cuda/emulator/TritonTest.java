package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.TensorMap;
import quire.ops.cuda.emulator.TritonCard.Numbers;
import quire.ops.cuda.emulator.TritonCard.Type;

/**
 * What proves the emulator is code that was not written for it: kernels that Triton compiled for
 * sm_80 and sm_90 compute what they should, in every schedule, however a tensor core rounds.
 */
class TritonTest {

    private static final long SEED = 20261127;
    private static final double HALF_ULP_BF16 = 0x1p-8;
    private static final double LOG2_E = 1.4426950408889634;

    /** Ways to go about it. */
    private record Way(int architecture, String schedule, String sums, String races) {}

    static Stream<Way> ways() {
        return IntStream.of(80, 90)
                .boxed()
                .flatMap(
                        architecture ->
                                Stream.of(
                                        new Way(architecture, "forward", "order", "1"),
                                        new Way(architecture, "reverse", "pairs", "0"),
                                        new Way(architecture, "1", "card", "0"),
                                        new Way(architecture, "2", "order", "1"),
                                        new Way(architecture, "5", "card", "0")));
    }

    static Stream<Way> hopperWays() {
        return ways().filter(way -> way.architecture >= 90);
    }

    @FunctionalInterface
    private interface Work {
        void on(TritonCard card);
    }

    private static void run(Way way, Work work) {
        try (Emulator emulator = new Emulator();
                TritonCard card = new TritonCard(way.architecture, SEED)) {
            emulator.set("SCHEDULE", way.schedule).set("SUMS", way.sums).set("RACES", way.races);
            try {
                work.on(card);
            } catch (CudaException e) {
                throw new AssertionError(emulator.report(), e);
            }
        }
    }

    /** Results are within so much of the greatest of them. */
    private static void assertClose(
            String what, double[] wanted, double[] written, double tolerance) {
        double greatest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < wanted.length; i++) {
            int at = i;
            assertTrue(
                    Math.abs(wanted[i] - written[i]) <= tolerance * greatest,
                    () ->
                            "%s, number %d: expected %s, was %s"
                                    .formatted(what, at, wanted[at], written[at]));
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void softmaxes(Way way) {
        int rows = 5;
        int columns = 777;
        int stride = 784;
        run(
                way,
                card -> {
                    Numbers x = card.numbers(Type.BF16, rows * stride);
                    DeviceBuffer y = card.output(2L * rows * stride);
                    card.run("softmax", rows, 1, x.buffer(), y, columns, stride);
                    double[] written = card.readBf16(y);
                    for (int r = 0; r < rows; r++) {
                        double[] row =
                                Arrays.copyOfRange(x.values(), r * stride, r * stride + columns);
                        double sum = Arrays.stream(row).map(Math::exp).sum();
                        double[] wanted = Arrays.stream(row).map(v -> Math.exp(v) / sum).toArray();
                        double[] own = Arrays.copyOfRange(written, r * stride, (r + 1) * stride);
                        assertClose("softmax", wanted, own, HALF_ULP_BF16);
                        for (int c = columns; c < stride; c++) {
                            assertTrue(Double.isNaN(own[c]), "written behind the row");
                        }
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void layerNorms(Way way) {
        int rows = 3;
        int columns = 720;
        float eps = 1e-5f;
        run(
                way,
                card -> {
                    Numbers x = card.numbers(Type.BF16, rows * columns);
                    Numbers weight = card.floats(columns);
                    Numbers bias = card.floats(columns);
                    DeviceBuffer y = card.output(2L * rows * columns);
                    card.run(
                            "layer_norm",
                            rows,
                            1,
                            x.buffer(),
                            weight.buffer(),
                            bias.buffer(),
                            y,
                            columns,
                            eps);
                    double[] wanted = new double[rows * columns];
                    for (int r = 0; r < rows; r++) {
                        double[] row =
                                Arrays.copyOfRange(x.values(), r * columns, (r + 1) * columns);
                        double mean = Arrays.stream(row).average().orElseThrow();
                        double variance =
                                Arrays.stream(row)
                                        .map(v -> (v - mean) * (v - mean))
                                        .average()
                                        .orElseThrow();
                        for (int c = 0; c < columns; c++) {
                            wanted[r * columns + c] =
                                    (row[c] - mean) / Math.sqrt(variance + eps) * weight.values()[c]
                                            + bias.values()[c];
                        }
                    }
                    assertClose("layer norm", wanted, card.readBf16(y), HALF_ULP_BF16);
                });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void sortsSumsAndCounts(Way way) {
        run(
                way,
                card -> {
                    int[] values = card.random.ints(512, -999, 999).toArray();
                    DeviceBuffer sums = card.output(4L * values.length);
                    DeviceBuffer sorted = card.output(4L * values.length);
                    card.run("sort", 1, 1, card.ints(values), sums, sorted);
                    int[] wanted = values.clone();
                    Arrays.sort(wanted);
                    assertArrayEquals(wanted, card.readInts(sorted), "sorted");
                    Arrays.parallelPrefix(values, Integer::sum);
                    assertArrayEquals(values, card.readInts(sums), "sums");

                    int[] few = card.random.ints(2000, 0, 17).toArray();
                    DeviceBuffer counts = card.ints(new int[17]);
                    card.run("histogram", 4, 1, card.ints(few), counts, few.length);
                    int[] counted = new int[17];
                    Arrays.stream(few).forEach(v -> counted[v]++);
                    assertArrayEquals(counted, card.readInts(counts), "counts");
                });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void flashAttention(Way way) {
        int heads = 2;
        int tokens = 128;
        int size = 64;
        float scale = (float) (LOG2_E / Math.sqrt(size));
        run(
                way,
                card -> {
                    Numbers q = card.numbers(Type.BF16, heads * tokens * size);
                    Numbers k = card.numbers(Type.BF16, heads * tokens * size);
                    Numbers v = card.numbers(Type.BF16, heads * tokens * size);
                    for (boolean causal : new boolean[] {false, true}) {
                        String name = causal ? "causal_flash_attention" : "flash_attention";
                        DeviceBuffer out = card.output(2L * heads * tokens * size);
                        card.run(
                                name,
                                tokens / 64,
                                heads,
                                q.buffer(),
                                k.buffer(),
                                v.buffer(),
                                out,
                                tokens,
                                scale);
                        double[] wanted = new double[heads * tokens * size];
                        for (int row = 0; row < heads * tokens; row++) {
                            int head = row / tokens * tokens;
                            int end = causal ? row + 1 : head + tokens;
                            attend(wanted, row, head, end, size, q, k, v);
                        }
                        assertClose(name, wanted, card.readBf16(out), 2 * HALF_ULP_BF16);
                    }
                });
    }

    /** What a row of queries takes from rows first .. end of keys and values. */
    private static void attend(
            double[] out, int row, int first, int end, int size, Numbers q, Numbers k, Numbers v) {
        double total = 0;
        for (int key = first; key < end; key++) {
            double score = 0;
            for (int i = 0; i < size; i++) {
                score += q.values()[row * size + i] * k.values()[key * size + i];
            }
            double weight = Math.exp(score / Math.sqrt(size));
            total += weight;
            for (int i = 0; i < size; i++) {
                out[row * size + i] += weight * v.values()[key * size + i];
            }
        }
        for (int i = 0; i < size; i++) {
            out[row * size + i] /= total;
        }
    }

    private static final int M = 128;
    private static final int N = 256;
    private static final int K = 192;

    /** {@code a [M, K] · bᵀ}, with b {@code [N, K]}. */
    private static double[] product(Numbers a, Numbers b) {
        double[] c = new double[M * N];
        for (int m = 0; m < M; m++) {
            for (int n = 0; n < N; n++) {
                double sum = 0;
                for (int k = 0; k < K; k++) {
                    sum += a.values()[m * K + k] * b.values()[n * K + k];
                }
                c[m * N + n] = sum;
            }
        }
        return c;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void dots(Way way) {
        run(
                way,
                card -> {
                    dot(card, "dot_f16", Type.F16, 128, 1e-5);
                    dot(card, "dot_bf16", Type.BF16, 64, 1e-5);
                    dot(card, "dot_s8", Type.S8, 64, 0);
                    Numbers a = card.floats(M * K);
                    Numbers b = card.floats(N * K);
                    DeviceBuffer c = card.output(4L * M * N);
                    card.run("dot_tf32", M / 64, N / 64, a.buffer(), b.buffer(), c, M, N, K);
                    // Of the factors, 10 bits behind the first are used.
                    assertClose("dot_tf32", product(a, b), card.readFloats(c), 2e-3);
                    if (way.architecture >= 90) {
                        dot(card, "dot_e4m3", Type.E4M3, 64, 1e-3);
                        dot(card, "dot_e5m2", Type.E5M2, 64, 1e-3);
                    }
                });
    }

    private static void dot(
            TritonCard card, String name, Type type, int columnsOfBlock, double tolerance) {
        Numbers a = card.numbers(type, M * K);
        Numbers b = card.numbers(type, N * K);
        DeviceBuffer c = card.output(4L * M * N);
        card.run(name, M / 64, N / columnsOfBlock, a.buffer(), b.buffer(), c, M, N, K);
        double[] written =
                type == Type.S8
                        ? Arrays.stream(card.readInts(c)).asDoubleStream().toArray()
                        : card.readFloats(c);
        assertClose(name, product(a, b), written, tolerance);
    }

    /** Copies by descriptors, which the kernel or the host makes, and warps with different work. */
    @ParameterizedTest
    @MethodSource("hopperWays")
    void dotsByTensorDescriptors(Way way) {
        run(
                way,
                card -> {
                    Numbers a = card.numbers(Type.BF16, M * K);
                    Numbers b = card.numbers(Type.BF16, N * K);
                    double[] wanted = product(a, b);
                    for (String name : new String[] {"described_dot", "specialised_dot"}) {
                        DeviceBuffer c = card.output(2L * M * N);
                        card.run(name, M / 64, N / 64, a.buffer(), b.buffer(), c, M, N, K);
                        assertClose(name, wanted, card.readBf16(c), HALF_ULP_BF16);
                    }
                    MemorySegment left = TensorMap.matrix(a.buffer(), M, K, 64);
                    MemorySegment right = TensorMap.matrix(b.buffer(), N, K, 64);
                    DeviceBuffer c = card.output(4L * M * N);
                    // Behind each map its sizes and strides, which Triton passes on.
                    card.run(
                            "host_described_dot",
                            M / 64,
                            N / 64,
                            left,
                            M,
                            K,
                            (long) K,
                            1L,
                            right,
                            N,
                            K,
                            (long) K,
                            1L,
                            c,
                            M,
                            N,
                            K);
                    assertClose("host_described_dot", wanted, card.readFloats(c), 1e-5);
                });
    }
}
