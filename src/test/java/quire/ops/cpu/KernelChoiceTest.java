package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import quire.ops.LinearPart;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** A call runs on a kernel that takes it, or is answered by none. */
final class KernelChoiceTest {

    private static final int WIDTH = 32;
    private static final long LAYOUT = Structures.offset(Structures.PART, "layout");
    private static final long DTYPE = Structures.offset(Structures.PART, "dtype");

    private interface Call {
        int linear(MemorySegment part);
    }

    private static void withLayer(DType dtype, BiConsumer<MemorySegment, Call> test) {
        CpuLibrary.Loaded library = CpuTests.library();
        CpuKernels kernels = library.kernels();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stop = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment floats = arena.allocate(8L * WIDTH, 64);
            MemorySegment data = arena.allocate(WIDTH * dtype.rowBytes(WIDTH), 64);
            Tensor weight = new Tensor(dtype, WIDTH, WIDTH, data);
            MemorySegment part =
                    CallArguments.parts(arena, List.of(new LinearPart(weight, Optional.empty())));
            long cpu = kernels.create(2, library.features(), stop.address());
            assertNotEquals(0, cpu);
            try {
                test.accept(
                        part,
                        changed ->
                                kernels.linear(
                                        cpu,
                                        floats.address(),
                                        floats.address() + 4L * WIDTH,
                                        changed.address(),
                                        1,
                                        WIDTH,
                                        WIDTH,
                                        1));
            } finally {
                kernels.destroy(cpu);
            }
        }
    }

    @Test
    void everyKernelTypeIsTaken() {
        for (DType dtype : DType.values()) {
            if (Shapes.isKernelType(dtype)) {
                withLayer(dtype, (part, call) -> assertEquals(CpuKernels.OK, call.linear(part)));
            }
        }
    }

    @Test
    void layoutsAndTypesThatNobodyReadsAreAnsweredSo() {
        for (int code : new int[] {-1, 99}) {
            withLayer(
                    DType.Q4_0,
                    (part, call) -> {
                        part.set(ValueLayout.JAVA_INT, LAYOUT, code);
                        assertEquals(CpuKernels.NO_KERNEL, call.linear(part));
                    });
            withLayer(
                    DType.F32,
                    (part, call) -> {
                        part.set(ValueLayout.JAVA_INT, DTYPE, code);
                        assertEquals(CpuKernels.NO_KERNEL, call.linear(part));
                    });
        }
    }
}
