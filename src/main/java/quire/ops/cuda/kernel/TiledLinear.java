package quire.ops.cuda.kernel;

import quire.ops.Linear;
import quire.ops.Table;
import quire.ops.cuda.driver.DeviceBuffer;

/**
 * Weights on a card, in tiles of 64 outputs x 64 inputs with the 128-byte swizzle, {@code [outputs
 * / 64][inputs / 64]}, padded with zeros (layout.cuh). An embedding table is one whose outputs are
 * its rows.
 */
public final class TiledLinear implements Linear, Table {

    private static final int TILE = 64;
    private static final int TILE_BYTES = TILE * TILE * Short.BYTES;

    private final int inputs;
    private final int outputs;
    private final long tiles;
    private final long bias;

    private TiledLinear(int outputs, int inputs, long tiles, long bias) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.tiles = tiles;
        this.bias = bias;
    }

    /**
     * @param tiles {@link #bytes} or more, zeroed until {@link TileWeightsKernel} fills it
     */
    public static TiledLinear plain(int outputs, int inputs, DeviceBuffer tiles) {
        return new TiledLinear(outputs, inputs, tiles.address(), 0);
    }

    /** The same weights with a bias, F32 {@code [1, outputs]}. */
    public TiledLinear withBias(DeviceMatrix vector) {
        Shapes.vector("bias", vector, outputs);
        return new TiledLinear(outputs, inputs, tiles, vector.address());
    }

    /** Bytes of such a matrix in tiles. */
    public static long bytes(int outputs, int inputs) {
        return Math.multiplyExact((long) tiles(outputs) * tiles(inputs), TILE_BYTES);
    }

    /** Tiles that so many outputs or inputs take. */
    static int tiles(int count) {
        return Math.ceilDiv(count, TILE);
    }

    /**
     * What a card's backend placed.
     *
     * @throws IllegalArgumentException if another placed it
     */
    public static TiledLinear of(Linear linear) {
        if (linear instanceof TiledLinear placed) {
            return placed;
        }
        throw new IllegalArgumentException("the layer was placed by another backend");
    }

    /** See {@link #of(Linear)}. */
    public static TiledLinear of(Table table) {
        if (table instanceof TiledLinear placed) {
            return placed;
        }
        throw new IllegalArgumentException("the table was placed by another backend");
    }

    @Override
    public int inputs() {
        return inputs;
    }

    @Override
    public int outputs() {
        return outputs;
    }

    long tilesAddress() {
        return tiles;
    }

    /** 0 where there is none. */
    long biasAddress() {
        return bias;
    }
}
