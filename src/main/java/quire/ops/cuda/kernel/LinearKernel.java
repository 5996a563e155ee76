package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;
import quire.tensor.DType;

/**
 * {@code linear.cu}: the plain kernel, of any shape. Its variants differ in the rows that a block
 * takes and in what is written, and in no bit of a row.
 */
public final class LinearKernel {

    private static final int THREADS = 128;
    private static final int FEW_ROWS = 8;
    private static final int MANY_ROWS = 32;

    /** Blocks that a card should have to share, and what a segment must at least be worth. */
    private static final int WANTED_UNITS = 512;

    private static final int LEAST_SEGMENT_TILES = 8;
    private static final int MOST_SEGMENTS = 8;

    private final NumberFormat format;
    private final Launch few;
    private final Launch many;
    private final Launch fewLogits;
    private final Launch manyLogits;

    public LinearKernel(KernelSource source) {
        format = source.format();
        few = variant(source, "n8");
        many = variant(source, "n32");
        fewLogits = variant(source, "n8_f32");
        manyLogits = variant(source, "n32_f32");
    }

    private static Launch variant(KernelSource source, String suffix) {
        String kernel = "linear_" + source.format().suffix() + "_" + suffix;
        return source.launch("linear", kernel, 0, 0L, 0L, 0L, 0L, 0L, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Tiles of inputs whose products are one chain of additions. It follows from the shape of the
     * weights alone, and never from the number of rows, so that a row has the same bits in every
     * batch.
     */
    static int segmentTiles(int outputs, int inputs) {
        int tiles = TiledLinear.tiles(inputs);
        int wanted = Math.ceilDiv(WANTED_UNITS, TiledLinear.tiles(outputs));
        int segments = Math.clamp(tiles / LEAST_SEGMENT_TILES, 1, Math.min(wanted, MOST_SEGMENTS));
        return Math.ceilDiv(tiles, segments);
    }

    /** {@code out = x * weight^T + bias}; out is F32 for logits. */
    public void run(DeviceMatrix out, DeviceMatrix x, TiledLinear linear, int rows) {
        check(out, x, linear, rows);
        boolean logits = out.dtype() == DType.F32;
        Shapes.matrix("out", out, logits ? DType.F32 : format.dtype(), rows, linear.outputs());
        Launch fits = rows <= FEW_ROWS ? (logits ? fewLogits : few) : (logits ? manyLogits : many);
        launch(fits, out, x, linear, 0, rows);
    }

    /** {@code residual += x * weight^T + bias}. */
    public void addTo(DeviceMatrix residual, DeviceMatrix x, TiledLinear linear, int rows) {
        check(residual, x, linear, rows);
        Shapes.matrix("residual", residual, format.dtype(), rows, linear.outputs());
        launch(rows <= FEW_ROWS ? few : many, residual, x, linear, residual.address(), rows);
    }

    private void check(DeviceMatrix out, DeviceMatrix x, TiledLinear linear, int rows) {
        Shapes.check(out != x, "the result is written while x is read");
        Shapes.matrix("x", x, format.dtype(), rows, linear.inputs());
    }

    private static void launch(
            Launch launch,
            DeviceMatrix out,
            DeviceMatrix x,
            TiledLinear linear,
            long residual,
            int rows) {
        if (rows == 0) {
            return;
        }
        int rowsOfBlock = rows <= FEW_ROWS ? FEW_ROWS : MANY_ROWS;
        launch.set(0, out.address())
                .set(1, x.address())
                .set(2, linear.tilesAddress())
                .set(3, linear.biasAddress())
                .set(4, residual)
                .set(5, rows)
                .set(6, linear.inputs())
                .set(7, linear.outputs())
                .set(8, x.stride())
                .set(9, out.stride())
                .set(10, segmentTiles(linear.outputs(), linear.inputs()))
                .grid(
                        TiledLinear.tiles(linear.outputs()),
                        Math.ceilDiv(rows, rowsOfBlock),
                        1,
                        THREADS)
                .run();
    }
}
