package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.error.UnavailableException;
import quire.ops.LinearPart;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Where weights lie once they are placed. */
final class CpuWeightsTest {

    private static final List<DType> KERNEL_TYPES =
            List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_1);

    private static Tensor stored(Arena arena, DType dtype) {
        return new Tensor(dtype, 2, 256, arena.allocate(2 * dtype.rowBytes(256)));
    }

    private static MemorySegment table(Ops ops, Tensor stored) {
        return CpuTable.of(ops.placeTable(stored)).stored().data();
    }

    /** Address of the first matrix of a layer. */
    private static long matrix(Ops ops, LinearPart part) {
        return CpuLinear.of(ops.placeLinear(List.of(part))).parts().get(ValueLayout.JAVA_LONG, 0);
    }

    private static long bytes(Tensor stored) {
        return new CpuFootprint().tableBytes(stored.dtype(), stored.rows(), stored.columns());
    }

    @Test
    void typesThatKernelsReadStayInTheCheckpointsMemory() {
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 1);
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : KERNEL_TYPES) {
                Tensor stored = stored(arena, dtype);
                long address = stored.data().address();
                assertEquals(address, table(ops, stored).address());
                assertEquals(address, matrix(ops, new LinearPart(stored, Optional.empty())));
                assertEquals(stored.data().byteSize(), bytes(stored));
            }
            Tensor onHeap = new Tensor(DType.F32, 1, 4, MemorySegment.ofArray(new byte[16]));
            assertTrue(table(ops, onHeap).isNative());
        }
    }

    @Test
    void otherTypesBecomeBf16OfTheBytesThatWereForetold() {
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 1);
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : DType.values()) {
                if (dtype == DType.I32 || KERNEL_TYPES.contains(dtype)) {
                    continue;
                }
                Tensor stored = stored(arena, dtype);
                assertEquals(table(ops, stored).byteSize(), bytes(stored), dtype.name());
                assertEquals(2 * 256 * 2, bytes(stored), dtype.name());
            }
        }
    }

    @Test
    void aTiedHeadSharesTheTable() {
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 1);
                Arena arena = Arena.ofConfined()) {
            Tensor stored = stored(arena, DType.Q4_K);
            CpuTable table = CpuTable.of(ops.placeTable(stored));
            CpuLinear head = CpuLinear.of(ops.placeTiedHead(table, stored));
            assertEquals(
                    table.stored().data().address(), head.parts().get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    void anInterruptEndsPlacing() {
        try (Ops ops = CpuTests.ops(CpuTier.PORTABLE, 1);
                Arena arena = Arena.ofConfined()) {
            Tensor stored = stored(arena, DType.F32);
            Thread.currentThread().interrupt();
            assertThrows(UnavailableException.class, () -> ops.placeTable(stored));
            assertTrue(Thread.interrupted());
            ops.placeTable(stored);
        }
    }
}
