package quire.ops.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import quire.ops.KvCacheLayout;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Zeroed memory that lives as long as the arena. */
record ReferenceMemory(Arena arena) {

    private static final long ALIGNMENT = 64;

    Tensor matrix(DType dtype, int rows, int columns) {
        long bytes = Math.multiplyExact((long) rows, dtype.rowBytes(columns));
        return new Tensor(dtype, rows, columns, allocate(bytes));
    }

    MemorySegment allocate(long bytes) {
        return arena.allocate(Math.max(bytes, 1), ALIGNMENT).asSlice(0, bytes);
    }

    ReferenceKvCache kvCache(KvCacheLayout layout) {
        int slots = layout.numBlocks() * layout.blockSize();
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (KvCacheLayout.Layer layer : layout.layers()) {
            int rows = Math.multiplyExact(slots, layer.numKvHeads());
            keys.add(matrix(layout.dtype(), rows, layer.headDim()));
            values.add(matrix(layout.dtype(), rows, layer.headDim()));
        }
        return new ReferenceKvCache(layout, keys, values);
    }
}
