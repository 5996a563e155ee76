package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;
import quire.tensor.DType;

/** {@code argmax.cu}. */
public final class ArgmaxKernel {

    private static final int THREADS = 256;

    private final Launch launch;

    public ArgmaxKernel(KernelSource source) {
        launch = source.launch("argmax", "argmax", 0, 0L, 0L, 0);
    }

    /** Column of the greatest of each row of F32, into an I32 each. */
    public void run(DeviceMatrix out, DeviceMatrix x, int rows) {
        Shapes.matrix("x", x, DType.F32, rows, x.columns());
        Shapes.check(
                out.dtype() == DType.I32 && out.rows() > 0 && out.columns() >= rows,
                "argmax needs an I32 for each row");
        if (rows == 0) {
            return;
        }
        launch.set(0, out.address())
                .set(1, x.address())
                .set(2, x.columns())
                .grid(rows, 1, 1, THREADS)
                .run();
    }
}
