package quire.ops.cpu;

import java.lang.foreign.MemorySegment;
import quire.ops.Linear;

/**
 * A placed linear layer.
 *
 * @param parts {@code quire_part[numParts]}, checked when it was made: the kernels trust it
 */
record CpuLinear(MemorySegment parts, int numParts, int inputs, int outputs) implements Linear {

    static CpuLinear of(Linear linear) {
        if (linear instanceof CpuLinear placed) {
            return placed;
        }
        throw new IllegalArgumentException("the layer was placed by another backend");
    }
}
