package quire.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** What backends promise whose activations are narrower than their sums. */
public final class NarrowActivations {

    private NarrowActivations() {}

    /**
     * A product a little above one joins a residual next to which one is half a step: rounded by
     * itself it would be one, and vanish.
     */
    public static void assertAddsBeforeItRounds(Ops ops) {
        float step = ops.activationType() == DType.BF16 ? 0x1p8f : 0x1p11f;
        Tensor weight =
                new Tensor(DType.F32, 1, 2, MemorySegment.ofArray(new float[] {1, 1 / step}));
        Linear linear = ops.placeLinear(List.of(new LinearPart(weight, Optional.empty())));
        Matrix x = matrix(ops, 1, 1);
        Matrix residual = matrix(ops, step);
        Matrix out = ops.allocate(ops.activationType(), 1, 1);
        Tensor one = new Tensor(DType.F32, 1, 1, MemorySegment.ofArray(new float[] {1}));
        ops.linearAddRmsNorm(out, residual, x, linear, ops.placeVector(one), 0, 1);
        assertEquals(step + 2, Samples.read(ops.host(residual, 1))[0]);
        assertEquals(1, Samples.read(ops.host(out, 1))[0]);
    }

    private static Matrix matrix(Ops ops, float... row) {
        short[] shorts = new short[row.length];
        Tensor host =
                new Tensor(ops.activationType(), 1, row.length, MemorySegment.ofArray(shorts));
        Samples.write(host, row);
        Matrix matrix = ops.allocate(ops.activationType(), 1, row.length);
        ops.upload(matrix, 0, host);
        return matrix;
    }
}
