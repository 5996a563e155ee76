package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Launch;

/** {@code tile_weights.cu}. */
public final class TileWeightsKernel {

    private static final int THREADS = 256;
    private static final int TILE_CHUNKS = 8;

    private final Launch launch;

    public TileWeightsKernel(KernelSource source) {
        launch = source.launch("tile_weights", "tile_weights", 0, 0L, 0L, 0, 0, 0);
    }

    /**
     * Brings some outputs into their places.
     *
     * @param from {@code [rows, to.inputs()]} without padding, in the format of the weights
     */
    public void run(TiledLinear to, DeviceBuffer from, int firstOutput, int rows) {
        int inputs = to.inputs();
        Shapes.check(
                firstOutput >= 0 && rows > 0 && rows <= to.outputs() - firstOutput,
                "weights that end with the matrix");
        Shapes.check(
                from.bytes() >= (long) rows * inputs * Short.BYTES, "a buffer of so many rows");
        long chunks = (long) rows * TiledLinear.tiles(inputs) * TILE_CHUNKS;
        launch.set(0, to.tilesAddress())
                .set(1, from.address())
                .set(2, firstOutput)
                .set(3, rows)
                .set(4, inputs)
                .grid(Math.toIntExact(Math.ceilDiv(chunks, THREADS)), 1, 1, THREADS)
                .run();
    }
}
