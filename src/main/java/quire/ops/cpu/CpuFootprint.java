package quire.ops.cpu;

import java.util.List;
import quire.ops.Footprint;
import quire.ops.LinearShape;
import quire.tensor.DType;

/** What the CPU engine keeps weights in: their own type where kernels read it, else BF16. */
public record CpuFootprint() implements Footprint {

    @Override
    public DType activationType() {
        return DType.F32;
    }

    @Override
    public long linearBytes(List<LinearShape> parts) {
        long bytes = 0;
        for (LinearShape part : parts) {
            bytes += tableBytes(part.dtype(), part.outputs(), part.inputs());
            bytes += part.bias() ? DType.F32.rowBytes(part.outputs()) : 0;
        }
        return bytes;
    }

    @Override
    public long tableBytes(DType dtype, int rows, int columns) {
        DType placed = Shapes.isKernelType(dtype) ? dtype : DType.BF16;
        return Math.multiplyExact((long) rows, placed.rowBytes(columns));
    }
}
