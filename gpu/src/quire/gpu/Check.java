package quire.gpu;

import java.util.Arrays;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;

/** Whether a kernel writes what it should, all of it, nothing else, and the same again. */
final class Check {
    /** Poisoned bytes behind a result, which must stay as they are. */
    static final int FENCE_BYTES = 4096;

    private static final short POISON = (short) 0xffff;
    private static final double TOLERANCE = 6e-3;

    private Check() {}

    /** Runs twice into a poisoned buffer and compares the bfloat16 results with {@code wanted}. */
    static void run(Bench bench, String name, Runnable launch, DeviceBuffer y, double[] wanted) {
        short[] first = result(bench, launch, y);
        short[] second = result(bench, launch, y);
        double error = 0;
        double size = 0;
        for (int i = 0; i < wanted.length; i++) {
            error += Math.pow(Bf16.value(first[i]) - wanted[i], 2);
            size += wanted[i] * wanted[i];
        }
        report(bench, name, error, size, first, wanted.length, second);
    }

    /**
     * The same for weights of {@link Bf16#hashed}, of which some outputs are computed on the host.
     */
    static void sampled(
            Bench bench,
            String name,
            Runnable launch,
            DeviceBuffer x,
            DeviceBuffer y,
            Shape shape,
            int rows,
            int seed) {
        short[] tokens = bench.gpu().shorts(x, rows * shape.inputs());
        short[] all = result(bench, launch, y);
        SplittableRandom random = new SplittableRandom(seed);
        double error = 0;
        double size = 0;
        for (int i = 0; i < 24; i++) {
            int output =
                    i == 0 ? 0 : i == 1 ? shape.outputs() - 1 : random.nextInt(shape.outputs());
            double[] sums = new double[rows];
            for (int k = 0; k < shape.inputs(); k++) {
                double w = Bf16.hashed(Bf16.tiled(output, k, shape.inputs()), seed);
                for (int m = 0; m < rows; m++) {
                    sums[m] += w * Bf16.value(tokens[m * shape.inputs() + k]);
                }
            }
            for (int m = 0; m < rows; m++) {
                error += Math.pow(Bf16.value(all[m * shape.outputs() + output]) - sums[m], 2);
                size += sums[m] * sums[m];
            }
        }
        short[] again = result(bench, launch, y);
        report(bench, name, error, size, all, rows * shape.outputs(), again);
    }

    /**
     * Judges a result by its squared error and size, by the fence behind its {@code count} numbers,
     * and by a second run.
     */
    private static void report(
            Bench bench,
            String name,
            double error,
            double size,
            short[] first,
            int count,
            short[] second) {
        double relative = Math.sqrt(error / size);
        boolean inside = true;
        for (int i = count; i < first.length; i++) {
            inside &= first[i] == POISON;
        }
        boolean repeats = Arrays.equals(first, second);
        String note =
                "relative error "
                        + Report.number(relative)
                        + (repeats ? "" : ", differs when repeated")
                        + (inside ? "" : ", writes outside");
        bench.report().check(name, relative < TOLERANCE && repeats && inside, note);
    }

    private static short[] result(Bench bench, Runnable launch, DeviceBuffer y) {
        bench.gpu().fill(y, 0xff);
        launch.run();
        bench.gpu().synchronize();
        return bench.gpu().shorts(y, (int) (y.bytes() / 2));
    }
}
