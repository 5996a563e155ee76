package quire.ops.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import quire.error.ConfigurationException;
import quire.ops.KvCacheLayout;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Memory of the kernels' own making, in whole pages. */
record CpuMemory(CpuKernels kernels, Arena arena) {

    /** A zeroed matrix; see {@link #allocate}. */
    Tensor matrix(DType dtype, int rows, int columns) {
        long bytes = Math.multiplyExact((long) rows, dtype.rowBytes(columns));
        return new Tensor(dtype, rows, columns, allocate(bytes));
    }

    /** A zeroed KV cache; see {@link #allocate}. */
    CpuKvCache kvCache(KvCacheLayout layout) {
        int slots = layout.numBlocks() * layout.blockSize();
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (KvCacheLayout.Layer layer : layout.layers()) {
            int rows = Math.multiplyExact(slots, layer.numKvHeads());
            keys.add(matrix(layout.dtype(), rows, layer.headDim()));
            values.add(matrix(layout.dtype(), rows, layer.headDim()));
        }
        return new CpuKvCache(layout, keys, values);
    }

    /**
     * Memory that lives as long as the arena. The system zeroes it when it is first touched, so
     * that a large cache costs nothing until it is used.
     *
     * @throws ConfigurationException if the system has none left
     */
    @SuppressWarnings("restricted")
    MemorySegment allocate(long bytes) {
        long mapped = Math.max(bytes, 1);
        long address = kernels.allocate(mapped);
        if (address == 0) {
            throw new ConfigurationException(
                    "the system has no "
                            + bytes
                            + " bytes of memory left; use a smaller model, context or KV cache");
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(mapped, arena, segment -> kernels.free(segment.address(), mapped))
                .asSlice(0, bytes);
    }
}
