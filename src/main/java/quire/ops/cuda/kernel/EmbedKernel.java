package quire.ops.cuda.kernel;

import quire.ops.Batch;
import quire.ops.cuda.driver.Launch;

/** {@code embed.cu}. */
public final class EmbedKernel {

    private static final int THREADS = 128;
    private static final int ROWS_A_BLOCK = 4;

    private final NumberFormat format;
    private final Launch launch;

    public EmbedKernel(KernelSource source) {
        format = source.format();
        launch = source.launch("embed", "embed", 0, 0L, 0L, 0L, 0, 0, 0);
    }

    /** {@code out[t] = table[tokenIds[t]]}. */
    public void run(DeviceMatrix out, TiledLinear table, DeviceBatch on) {
        Batch batch = on.host();
        int tokens = batch.numTokens();
        Shapes.matrix("out", out, format.dtype(), tokens, table.inputs());
        Shapes.index("token id", on.greatestToken(), table.outputs());
        launch.set(0, out.address())
                .set(1, table.tilesAddress())
                .set(2, on.memory().ids())
                .set(3, tokens)
                .set(4, out.columns())
                .set(5, out.stride())
                .grid(Math.ceilDiv(tokens, ROWS_A_BLOCK), 1, 1, THREADS)
                .run();
    }
}
