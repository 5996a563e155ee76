package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Kernels stay inside of what they are given: outputs lie between canaries, inputs end where a page
 * does, with nothing mapped behind.
 */
@SuppressWarnings("restricted")
final class CpuMemoryTest {

    private static final float CANARY = 12345.678f;
    private static final int CANARIES = 64;
    private static final List<DType> TYPES =
            List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_1);

    /** An F32 matrix with canaries before and behind it. */
    private static Tensor guarded(Arena arena, int rows, int columns) {
        long bytes = 4L * rows * columns;
        MemorySegment all = arena.allocate(bytes + 8 * CANARIES, 4);
        for (long i = 0; i < all.byteSize() / 4; i++) {
            all.setAtIndex(ValueLayout.JAVA_FLOAT, i, CANARY);
        }
        return new Tensor(DType.F32, rows, columns, all.asSlice(4L * CANARIES, bytes));
    }

    private static void assertCanaries(Tensor tensor, String what) {
        MemorySegment all =
                MemorySegment.ofAddress(tensor.data().address() - 4L * CANARIES)
                        .reinterpret(tensor.data().byteSize() + 8 * CANARIES);
        for (int i = 0; i < CANARIES; i++) {
            assertEquals(CANARY, all.getAtIndex(ValueLayout.JAVA_FLOAT, i), what + ", before");
            assertEquals(
                    CANARY,
                    all.getAtIndex(ValueLayout.JAVA_FLOAT, all.byteSize() / 4 - 1 - i),
                    what + ", behind");
        }
    }

    /**
     * A matrix whose last byte is the last of its mapping. The kernels' own memory is mapped by the
     * page; a page more than is needed is mapped and the last one given back, so that a read behind
     * the matrix meets unmapped memory.
     */
    private static Tensor atPageEnd(
            CpuKernels kernels, Arena arena, DType dtype, int rows, int columns) {
        long page = 65536;
        long bytes = rows * dtype.rowBytes(columns);
        long kept = Math.ceilDiv(bytes, page) * page;
        long address = kernels.allocate(kept + page);
        kernels.free(address + kept, page);
        MemorySegment all =
                MemorySegment.ofAddress(address)
                        .reinterpret(kept, arena, segment -> kernels.free(segment.address(), kept));
        return new Tensor(dtype, rows, columns, all.asSlice(kept - bytes, bytes));
    }

    private static Matrix matrixAtPageEnd(CpuKernels kernels, Arena arena, int rows, int columns) {
        return new CpuMatrix(atPageEnd(kernels, arena, DType.F32, rows, columns));
    }

    /** A layer of just this memory: placing would copy the bias. */
    private static Linear inPlace(Arena arena, Tensor weight, Tensor bias) {
        List<LinearPart> parts = List.of(new LinearPart(weight, Optional.of(bias)));
        return new CpuLinear(CallArguments.parts(arena, parts), 1, weight.columns(), weight.rows());
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void linearReadsAndWritesNothingOutside(CpuTier tier) {
        CpuKernels kernels = CpuTests.library().kernels();
        try (Ops ops = CpuTests.ops(tier, 2);
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : TYPES) {
                int[] widths = dtype.quantised() ? new int[] {32, 1056} : new int[] {1, 33, 1000};
                for (int inputs : widths) {
                    for (int outputs : new int[] {1, 5, 39}) {
                        for (int rows : new int[] {1, 2, 3, 4, 7, 9, 40}) {
                            Tensor weight = atPageEnd(kernels, arena, dtype, outputs, inputs);
                            Matrix x = matrixAtPageEnd(kernels, arena, rows, inputs);
                            Tensor bias = atPageEnd(kernels, arena, DType.F32, 1, outputs);
                            Tensor out = guarded(arena, rows, outputs);
                            ops.linear(new CpuMatrix(out), x, inPlace(arena, weight, bias), rows);
                            String what =
                                    rows
                                            + " rows by "
                                            + dtype
                                            + " ["
                                            + outputs
                                            + ", "
                                            + inputs
                                            + "]";
                            assertCanaries(out, what);
                            assertEquals(
                                    0f,
                                    out.data()
                                            .getAtIndex(
                                                    ValueLayout.JAVA_FLOAT,
                                                    (long) rows * outputs - 1),
                                    what);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void rowOperationsReadAndWriteNothingOutside(CpuTier tier) {
        CpuKernels kernels = CpuTests.library().kernels();
        try (Ops ops = CpuTests.ops(tier, 2);
                Arena arena = Arena.ofConfined()) {
            for (int width : new int[] {1, 3, 15, 16, 17, 63, 64, 65, 1000}) {
                int rows = 3;
                Matrix x = matrixAtPageEnd(kernels, arena, rows, width);
                Matrix gateUp = matrixAtPageEnd(kernels, arena, rows, 2 * width);
                Matrix weight = matrixAtPageEnd(kernels, arena, 1, width);
                Tensor out = guarded(arena, rows, width);
                Tensor residual = guarded(arena, rows, width);
                ops.rmsNorm(new CpuMatrix(out), x, weight, 1e-5f, rows);
                ops.addRmsNorm(new CpuMatrix(out), new CpuMatrix(residual), x, weight, 1e-5f, rows);
                ops.siluAndMul(new CpuMatrix(out), gateUp, rows);
                assertCanaries(out, "rows of " + width);
                assertCanaries(residual, "residual of " + width);
                Matrix best = ops.allocate(DType.I32, 1, rows + 1);
                CpuMatrix.host(best).data().setAtIndex(ValueLayout.JAVA_INT, rows, 77);
                ops.argmax(best, x, rows);
                assertEquals(
                        77, CpuMatrix.host(best).data().getAtIndex(ValueLayout.JAVA_INT, rows));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CpuTier.class)
    void argmaxOfALongRowIsThatOfItsParts(CpuTier tier) {
        int width = 100_003;
        Random random = new Random(5);
        try (Ops ops = CpuTests.ops(tier, 3)) {
            Matrix x = ops.allocate(DType.F32, 2, width);
            for (long i = 0; i < 2L * width; i++) {
                CpuMatrix.host(x)
                        .data()
                        .setAtIndex(ValueLayout.JAVA_FLOAT, i, -1 - random.nextFloat());
            }
            CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
            for (int at : new int[] {1, 16383, 16384, 65535, width - 1}) {
                CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, at, 3f);
                CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, width - 1L, 3f);
                CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, width + (long) at, 0f);
                Matrix best = ops.allocate(DType.I32, 1, 2);
                ops.argmax(best, x, 2);
                assertEquals(at, CpuMatrix.host(best).data().getAtIndex(ValueLayout.JAVA_INT, 0));
                assertEquals(at, CpuMatrix.host(best).data().getAtIndex(ValueLayout.JAVA_INT, 1));
                CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, at, -5f);
                CpuMatrix.host(x).data().setAtIndex(ValueLayout.JAVA_FLOAT, width + (long) at, -5f);
            }
        }
    }
}
