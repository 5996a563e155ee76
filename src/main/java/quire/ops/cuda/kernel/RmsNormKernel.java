package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;

/** {@code rms_norm.cu}. */
public final class RmsNormKernel {

    private static final int THREADS = 256;

    private final NumberFormat format;
    private final Launch norm;
    private final Launch addAndNorm;

    public RmsNormKernel(KernelSource source) {
        format = source.format();
        norm = source.launchOfFormat("rms_norm", "rms_norm", 0, 0L, 0L, 0L, 0f, 0, 0);
        addAndNorm = source.launchOfFormat("rms_norm", "add_rms_norm", 0, 0L, 0L, 0L, 0L, 0f, 0, 0);
    }

    /** {@code out = x / sqrt(mean(x^2) + eps) * weight}; out may be x. */
    public void run(DeviceMatrix out, DeviceMatrix x, DeviceMatrix weight, float eps, int rows) {
        check(out, x, weight, rows);
        if (rows == 0) {
            return;
        }
        norm.set(0, out.address())
                .set(1, x.address())
                .set(2, weight.address())
                .set(3, eps)
                .set(4, x.columns())
                .set(5, x.stride())
                .grid(rows, 1, 1, THREADS)
                .run();
    }

    /** {@code residual += x}, then the norm of that; out may be x. */
    public void run(
            DeviceMatrix out,
            DeviceMatrix residual,
            DeviceMatrix x,
            DeviceMatrix weight,
            float eps,
            int rows) {
        check(out, x, weight, rows);
        Shapes.matrix("residual", residual, format.dtype(), rows, weight.columns());
        if (rows == 0) {
            return;
        }
        addAndNorm
                .set(0, out.address())
                .set(1, residual.address())
                .set(2, x.address())
                .set(3, weight.address())
                .set(4, eps)
                .set(5, x.columns())
                .set(6, x.stride())
                .grid(rows, 1, 1, THREADS)
                .run();
    }

    private void check(DeviceMatrix out, DeviceMatrix x, DeviceMatrix weight, int rows) {
        Shapes.vector("weight", weight, weight.columns());
        Shapes.matrix("x", x, format.dtype(), rows, weight.columns());
        Shapes.matrix("out", out, format.dtype(), rows, weight.columns());
    }
}
