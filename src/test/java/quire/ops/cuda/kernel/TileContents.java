package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads weights on the emulated card, whose memory is this machine's, by the layout's own account.
 */
public final class TileContents {

    private TileContents() {}

    /** All that is stored, padding too. */
    @SuppressWarnings("restricted")
    public static short[] stored(TiledLinear linear) {
        long bytes = TiledLinear.bytes(linear.outputs(), linear.inputs());
        return MemorySegment.ofAddress(linear.tilesAddress())
                .reinterpret(bytes)
                .toArray(ValueLayout.JAVA_SHORT);
    }

    /** What is to be stored of {@code [outputs, inputs]} numbers. */
    public static short[] expected(short[][] rows, int inputs) {
        int tilesAcross = (inputs + 63) / 64;
        short[] tiles = new short[(rows.length + 63) / 64 * tilesAcross * 4096];
        for (int o = 0; o < rows.length; o++) {
            for (int i = 0; i < inputs; i++) {
                int tile = o / 64 * tilesAcross + i / 64;
                int chunk = i % 64 / 8 ^ o % 8;
                tiles[tile * 4096 + o % 64 * 64 + chunk * 8 + i % 8] = rows[o][i];
            }
        }
        return tiles;
    }
}
