package quire.ops.cpu;

import quire.ops.Table;
import quire.tensor.Tensor;

/**
 * A placed embedding table, in the layout of its file.
 *
 * @param stored of a type that kernels read, in native memory
 */
record CpuTable(Tensor stored) implements Table {

    static CpuTable of(Table table) {
        if (table instanceof CpuTable placed) {
            return placed;
        }
        throw new IllegalArgumentException("the table was placed by another backend");
    }
}
