package quire.ops.cpu;

import quire.ops.Footprint;
import quire.tensor.DType;

/** What the CPU engine keeps weights in: their own type where kernels read it, else BF16. */
public record CpuFootprint() implements Footprint {

    @Override
    public DType activationType() {
        return DType.F32;
    }

    @Override
    public long tableBytes(DType dtype, int rows, int columns) {
        DType placed = Shapes.isKernelType(dtype) ? dtype : DType.BF16;
        return Math.multiplyExact((long) rows, placed.rowBytes(columns));
    }
}
