package quire.ops.cuda.kernel;

import quire.ops.Batch;
import quire.ops.cuda.driver.Launch;

/** {@code gather_rows.cu}. */
public final class GatherRowsKernel {

    private static final int THREADS = 128;
    private static final int ROWS_A_BLOCK = 4;

    private final NumberFormat format;
    private final Launch launch;

    public GatherRowsKernel(KernelSource source) {
        format = source.format();
        launch = source.launch("gather_rows", "gather_rows", 0, 0L, 0L, 0L, 0, 0);
    }

    /** {@code out[i] = x[logitRows[i]]}. */
    public void run(DeviceMatrix out, DeviceMatrix x, DeviceBatch on) {
        Batch batch = on.host();
        int rows = batch.numLogitRows();
        Shapes.matrix("x", x, format.dtype(), batch.numTokens(), x.columns());
        Shapes.matrix("out", out, format.dtype(), rows, x.columns());
        Shapes.indices("row", batch.logitRows(), rows, batch.numTokens());
        if (rows == 0) {
            return;
        }
        launch.set(0, out.address())
                .set(1, x.address())
                .set(2, on.memory().logitRows())
                .set(3, rows)
                .set(4, x.stride())
                .grid(Math.ceilDiv(rows, ROWS_A_BLOCK), 1, 1, THREADS)
                .run();
    }
}
