package quire.ops.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How the card's copy engine sees a matrix, to be passed to a kernel by value. */
public final class TensorMap {
    private static final int BYTES = 128;
    private static final int ALIGNMENT = 64;
    private static final int BFLOAT16 = 9;
    private static final int SWIZZLE_128 = 3;
    private static final int PROMOTE_L2_256 = 3;

    /** Elements of a box's row, 128 bytes of them. */
    private static final int BOX_COLUMNS = 64;

    private TensorMap() {}

    /**
     * A row-major matrix of bfloat16, {@code [rows, columns]}, read in boxes of {@code [boxRows,
     * 64]} with the 128-byte swizzle. Zeros stand for what is outside.
     */
    public static MemorySegment matrix(DeviceBuffer matrix, long rows, long columns, int boxRows) {
        matrix.enter();
        if (rows * columns * 2 > matrix.bytes()) {
            throw new IllegalArgumentException(
                    "a matrix of " + rows + " x " + columns + " in " + matrix.bytes() + " bytes");
        }
        Arena arena = Arena.ofAuto();
        MemorySegment map = arena.allocate(BYTES, ALIGNMENT);
        MemorySegment sizes = arena.allocateFrom(ValueLayout.JAVA_LONG, columns, rows);
        MemorySegment strides = arena.allocateFrom(ValueLayout.JAVA_LONG, 2 * columns);
        MemorySegment box = arena.allocateFrom(ValueLayout.JAVA_INT, BOX_COLUMNS, boxRows);
        MemorySegment steps = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 1);
        var tiled =
                new LateCalls.TiledMap(
                        BFLOAT16, 2, sizes, strides, box, steps, SWIZZLE_128, PROMOTE_L2_256);
        CudaException.check(
                matrix.context().calls().encode(map, matrix.address(), tiled),
                "cuTensorMapEncodeTiled of " + rows + " x " + columns);
        return map;
    }
}
