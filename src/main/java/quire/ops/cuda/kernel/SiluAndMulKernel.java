package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;

/** {@code silu_and_mul.cu}. */
public final class SiluAndMulKernel {

    private static final int THREADS = 128;
    private static final int COLUMNS_A_THREAD = 8;

    private final NumberFormat format;
    private final Launch launch;

    public SiluAndMulKernel(KernelSource source) {
        format = source.format();
        launch = source.launchOfFormat("silu_and_mul", "silu_and_mul", 0, 0L, 0L, 0, 0, 0);
    }

    /** {@code out = silu(gate) * up} of gate columns, then up columns. */
    public void run(DeviceMatrix out, DeviceMatrix gateUp, int rows) {
        Shapes.check(gateUp.columns() % 2 == 0, "gate and up are equally wide");
        int width = gateUp.columns() / 2;
        Shapes.matrix("gateUp", gateUp, format.dtype(), rows, 2 * width);
        Shapes.matrix("out", out, format.dtype(), rows, width);
        if (rows == 0) {
            return;
        }
        launch.set(0, out.address())
                .set(1, gateUp.address())
                .set(2, width)
                .set(3, gateUp.stride())
                .set(4, out.stride())
                .grid(rows, Math.ceilDiv(width, THREADS * COLUMNS_A_THREAD), 1, THREADS)
                .run();
    }
}
