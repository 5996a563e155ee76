package quire.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.cuda.CudaOps;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.tensor.SmallFloats;
import quire.tensor.Tensor;

/**
 * Each operation of the golden checkpoints on a card, given what the reference computed before it:
 * it rounds where the reference does. What differs is a sum that lies so close to the middle of two
 * 16-bit numbers that the order of a float32 addition decides; it is rare, and it is one step.
 *
 * <p>Run end to end such a step spreads to every later token, so that logits tell little of where
 * something rounds; this does.
 */
class CudaRoundingTest {

    private static final DType TYPE = DType.BF16;

    /** Logits are not rounded: they differ by what the order leaves, of the greatest in the row. */
    private static final double OF_LOGITS = 0x1p-18;

    /**
     * What may differ.
     *
     * @param share of all elements
     * @param steps from one number to the next
     * @param ofGreatest so much of the greatest in the row besides
     */
    private record Limit(double share, double steps, double ofGreatest) {}

    /** What the order of float32 additions leaves. */
    private static final Limit OF_ORDER = new Limit(3e-4, 1, 0x1p-18);

    /**
     * A norm follows the residual that the operation itself has rounded: where one of its elements
     * goes the other way, so does its norm. A weight of attention that does moves the sum by a part
     * of the value that it weighs, which is many steps of an element that is nearly zero.
     */
    private static final Map<String, Limit> LIMITS =
            Map.of(
                    "linearAddRmsNorm, norm", new Limit(5e-4, 2, 0x1p-18),
                    "attention", new Limit(1e-3, 1, 0x1p-7));

    /** What an operation wrote. */
    private record Written(String operation, DType type, int rows, int columns, byte[] bytes) {

        static Written by(Ops ops, String operation, Matrix matrix, int rows) {
            Tensor host = ops.host(matrix, rows).slice(0, rows);
            byte[] bytes = host.data().toArray(ValueLayout.JAVA_BYTE);
            return new Written(operation, host.dtype(), rows, host.columns(), bytes);
        }

        Tensor tensor() {
            return new Tensor(type, rows, columns, MemorySegment.ofArray(bytes));
        }

        float value(int index) {
            MemorySegment data = MemorySegment.ofArray(bytes);
            return type == DType.F32
                    ? data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * index)
                    : SmallFloats.fromBfloat16(
                            data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index));
        }
    }

    private static final class Tally {

        private long elements;
        private long different;
        private double worst;
    }

    static Stream<String> everySupportedCheckpoint() {
        return GoldenCheckpointsTest.everySupportedCheckpoint();
    }

    @ParameterizedTest
    @MethodSource("everySupportedCheckpoint")
    void eachOperationRoundsWhereTheReferenceDoes(String name) {
        List<GoldenCheckpointsTest.Case> cases = GoldenCheckpointsTest.cases(name);
        Queue<Written> expected = new ArrayDeque<>();
        Ops reference = new ReferenceOps(TYPE);
        Ops noting =
                WatchedOps.of(
                        reference,
                        (operation, matrix, rows) ->
                                expected.add(Written.by(reference, operation, matrix, rows)));
        run(name, noting, cases);
        Map<String, Tally> tallies = new TreeMap<>();
        Ops card = new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), TYPE);
        Ops comparing =
                WatchedOps.of(
                        card,
                        (operation, matrix, rows) -> {
                            Written right = expected.remove();
                            Written actual = Written.by(card, operation, matrix, rows);
                            assertEquals(right.operation(), operation);
                            Tally tally = tallies.computeIfAbsent(operation, _ -> new Tally());
                            compare(right, actual, limit(operation), tally);
                            // The next one goes on from here.
                            card.upload(matrix, 0, right.tensor());
                        });
        run(name, comparing, cases);
        assertTrue(expected.isEmpty(), "operations that the card left out");
        List<String> wrong = new ArrayList<>();
        tallies.forEach(
                (operation, tally) -> {
                    double share = (double) tally.different / tally.elements;
                    Limit limit = limit(operation);
                    String line =
                            "%s: %s of %d elements differ (%.1e), by %.2f steps at most"
                                    .formatted(
                                            operation,
                                            tally.different,
                                            tally.elements,
                                            share,
                                            tally.worst);
                    if (share > limit.share() || tally.worst > limit.steps()) {
                        wrong.add(line);
                    }
                });
        assertEquals(List.of(), wrong, name);
    }

    private static void run(String name, Ops ops, List<GoldenCheckpointsTest.Case> cases) {
        try (GoldenModel model = new GoldenModel(GoldenCheckpointsTest.folder(name), ops, TYPE)) {
            for (GoldenCheckpointsTest.Case one : cases) {
                model.logits(one.prompt(), one.prompt().length);
            }
        }
    }

    private static Limit limit(String operation) {
        return LIMITS.getOrDefault(operation, OF_ORDER);
    }

    private static void compare(Written expected, Written actual, Limit limit, Tally tally) {
        assertEquals(expected.bytes().length, actual.bytes().length, expected.operation());
        for (int row = 0; row < expected.rows(); row++) {
            int from = row * expected.columns();
            double greatest = 0;
            for (int i = from; i < from + expected.columns(); i++) {
                greatest = Math.max(greatest, Math.abs(expected.value(i)));
            }
            for (int i = from; i < from + expected.columns(); i++) {
                double right = expected.value(i);
                double apart = Math.abs(right - actual.value(i));
                tally.elements++;
                if (expected.type() == DType.F32) {
                    tally.worst = Math.max(tally.worst, apart / (OF_LOGITS * greatest));
                } else if (apart > 0) {
                    double step = Math.ulp((float) right) * 0x1p16;
                    tally.different++;
                    tally.worst =
                            Math.max(tally.worst, (apart - limit.ofGreatest() * greatest) / step);
                }
            }
        }
    }
}
