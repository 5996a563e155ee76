package quire.ops.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import quire.ops.cuda.driver.Launch;
import quire.tensor.DType;

/**
 * {@code linear.cu}: the plain kernel, of any shape. Its variants differ in the rows that a block
 * takes and in what is written, and in no bit of a row. Which one is used for few rows, {@link
 * SelfCheck} finds out for each shape; until then, and for many rows, it is the plain one.
 */
public final class LinearKernel {

    /** The greatest numbers of rows for which variants compete, each from the one before on. */
    private static final int[] FEW_ROWS = {8, 16};

    private static final int THREADS = 128;

    /** Rows of a block of each variant, the plain one's first. */
    private static final int[] BLOCK_ROWS = {32, 8};

    /** Blocks that a card should have to share, and what a segment must at least be worth. */
    private static final int WANTED_UNITS = 512;

    private static final int LEAST_SEGMENT_TILES = 8;
    private static final int MOST_SEGMENTS = 8;

    private final KernelSource source;
    private final Launch[] launches = new Launch[BLOCK_ROWS.length];
    private final Launch[] logitLaunches = new Launch[BLOCK_ROWS.length];
    private final List<LinearShape> shapes = new ArrayList<>();

    public LinearKernel(KernelSource source) {
        this.source = source;
        for (int i = 0; i < BLOCK_ROWS.length; i++) {
            launches[i] = launch(name(i, ""));
            logitLaunches[i] = launch(name(i, "_f32"));
        }
    }

    private String name(int variant, String suffix) {
        return "linear_" + source.format().suffix() + "_n" + BLOCK_ROWS[variant] + suffix;
    }

    private Launch launch(String kernel) {
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
        run(variant(out.dtype(), linear, rows), out, x, linear, null, rows);
    }

    /** {@code residual += x * weight^T + bias}. */
    public void addTo(DeviceMatrix residual, DeviceMatrix x, TiledLinear linear, int rows) {
        int variant = variant(residual.dtype(), linear, rows);
        run(variant, residual, x, linear, residual, rows);
    }

    /** What was chosen for so many rows of a shape; one that is new is remembered for a trial. */
    private int variant(DType type, TiledLinear linear, int rows) {
        // Without an iterator, which would be garbage in each step.
        for (int i = 0; i < shapes.size(); i++) {
            LinearShape shape = shapes.get(i);
            if (shape.is(type, linear)) {
                shape.saw(linear);
                for (int few = 0; few < FEW_ROWS.length; few++) {
                    if (rows <= FEW_ROWS[few]) {
                        return shape.chosen(few);
                    }
                }
                return 0;
            }
        }
        LinearShape shape = new LinearShape(type, linear.outputs(), linear.inputs(), FEW_ROWS);
        shape.saw(linear);
        shapes.add(shape);
        return 0;
    }

    /** What is yet to be found out for the shapes that were asked for so far. */
    List<Trial> trials() {
        List<Trial> trials = new ArrayList<>();
        for (LinearShape shape : shapes) {
            trials.addAll(shape.trials(this, source));
        }
        return trials;
    }

    /** The variants that write such a result. */
    List<Variant> variants(DType type) {
        List<Variant> variants = new ArrayList<>();
        for (int i = 0; i < BLOCK_ROWS.length; i++) {
            String suffix = type == DType.F32 ? "_f32" : "";
            variants.add(new Variant(name(i, suffix), Variant.Sums.AS_PLAIN));
        }
        return variants;
    }

    /**
     * Runs one variant.
     *
     * @param residual what is added, which may be {@code out}, or null
     */
    void run(
            int variant,
            DeviceMatrix out,
            DeviceMatrix x,
            TiledLinear linear,
            DeviceMatrix residual,
            int rows) {
        DType type = source.format().dtype();
        boolean logits = out.dtype() == DType.F32 && residual == null;
        Shapes.check(out != x, "the result is written while x is read");
        Shapes.matrix("x", x, type, rows, linear.inputs());
        Shapes.matrix("out", out, logits ? DType.F32 : type, rows, linear.outputs());
        if (residual != null) {
            Shapes.matrix("residual", residual, type, rows, linear.outputs());
        }
        if (rows == 0) {
            return;
        }
        (logits ? logitLaunches : launches)
                [variant].set(0, out.address())
                .set(1, x.address())
                .set(2, linear.tilesAddress())
                .set(3, linear.biasAddress())
                .set(4, residual == null ? 0 : residual.address())
                .set(5, rows)
                .set(6, linear.inputs())
                .set(7, linear.outputs())
                .set(8, x.stride())
                .set(9, out.stride())
                .set(10, segmentTiles(linear.outputs(), linear.inputs()))
                .grid(
                        TiledLinear.tiles(linear.outputs()),
                        Math.ceilDiv(rows, BLOCK_ROWS[variant]),
                        1,
                        THREADS)
                .run();
    }
}
