package quire.gpu;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;

/**
 * How the card rounds: sums of its tensor cores against models of them, and its approximate
 * instructions.
 */
final class NumbersStage implements Stage.Work {
    private static final long SEED = 20261127;

    @Override
    public void run(Bench bench) throws Exception {
        sums(bench);
        approximations(bench);
    }

    /** Counts for each model of a sum how many of the card's results it has to the bit. */
    private static void sums(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        int cases = bench.tiny() ? 8 : 4096;
        SplittableRandom random = new SplittableRandom(SEED);
        short[] a = new short[cases * 256];
        short[] b = new short[cases * 128];
        float[] c = new float[cases * 128];
        for (int i = 0; i < a.length; i++) {
            a[i] = spread(random);
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = spread(random);
        }
        for (int i = 0; i < c.length; i++) {
            c[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-4, 5)));
        }
        DeviceBuffer da = gpu.allocate(2L * a.length);
        DeviceBuffer db = gpu.allocate(2L * b.length);
        DeviceBuffer dc = gpu.allocate(4L * c.length);
        DeviceBuffer dd = gpu.allocate(4L * c.length);
        bench.gpu().write(da, a);
        bench.gpu().write(db, b);
        bench.gpu().write(dc, c);
        gpu.launch(bench.kernel("probe", "mma_sums", 0), Grid.row(cases, 32), da, db, dc, dd).run();
        gpu.synchronize();
        float[] sums = bench.gpu().floats(dd, c.length);
        Map<String, Double> shares = new HashMap<>();
        for (SumModel model : SumModel.all()) {
            int same = 0;
            for (int i = 0; i < sums.length; i++) {
                int at = i / 128;
                same +=
                        model.sum(a, at * 256 + i % 128 / 8 * 16, b, at * 128 + i % 8 * 16, c[i])
                                        == sums[i]
                                ? 1
                                : 0;
            }
            shares.put(model.toString(), 100.0 * same / sums.length);
        }
        String inOrder = new SumModel(1, -1, false, false).toString();
        shares.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .filter(e -> e.getKey().equals(inOrder) || e.getValue() > 60)
                .limit(8)
                .forEach(
                        e ->
                                bench.report()
                                        .figure(
                                                "mma.sync: " + e.getKey(),
                                                e.getValue(),
                                                "%",
                                                "of results equal to the bit"));
        if (!gpu.isHopper()) {
            return;
        }
        // Four cases stacked, so a, c and d are read in their order and b is that of every group's
        // first case.
        short[] shared = new short[cases / 4 * 128];
        for (int group = 0; group < cases / 4; group++) {
            System.arraycopy(b, group * 4 * 128, shared, group * 128, 128);
            for (int i = 0; i < 4; i++) {
                System.arraycopy(b, group * 4 * 128, b, (group * 4 + i) * 128, 128);
            }
        }
        bench.gpu().write(db, b);
        gpu.launch(bench.kernel("probe", "mma_sums", 0), Grid.row(cases, 32), da, db, dc, dd).run();
        gpu.synchronize();
        float[] mma = bench.gpu().floats(dd, c.length);
        DeviceBuffer ds = gpu.allocate(2L * shared.length);
        bench.gpu().write(ds, shared);
        bench.gpu().fill(dd, 0xff);
        gpu.launch(bench.kernel("probe", "wgmma_sums", 0), Grid.row(cases / 4, 128), da, ds, dc, dd)
                .run();
        gpu.synchronize();
        float[] wgmma = bench.gpu().floats(dd, c.length);
        int same = 0;
        for (int i = 0; i < mma.length; i++) {
            same += mma[i] == wgmma[i] ? 1 : 0;
        }
        bench.report()
                .figure(
                        "wgmma against mma.sync",
                        100.0 * same / mma.length,
                        "%",
                        "of results equal to the bit");
    }

    /** Numbers whose exponents differ enough for the order and the width of a sum to show. */
    private static short spread(SplittableRandom random) {
        return Bf16.bits((float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-3, 4))));
    }

    private static void approximations(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        int count = bench.tiny() ? 512 : 1 << 20;
        SplittableRandom random = new SplittableRandom(SEED);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble(-1, 1) * Math.scalb(1.0, random.nextInt(-10, 5)));
        }
        DeviceBuffer from = gpu.allocate(4L * count);
        DeviceBuffer to = gpu.allocate(24L * count);
        bench.gpu().write(from, x);
        gpu.launch(
                        bench.kernel("probe", "approximations", 0),
                        Grid.row((count + 255) / 256, 256),
                        from,
                        to,
                        count)
                .run();
        gpu.synchronize();
        float[] y = bench.gpu().floats(to, 6 * count);
        worst(bench, "ex2.approx", x, y, 0, v -> Math.pow(2, v));
        worst(bench, "rsqrt.approx", x, y, 1, v -> 1 / Math.sqrt(Math.abs(v)));
        worst(bench, "rcp.approx", x, y, 2, v -> 1 / v);
        worst(bench, "lg2.approx", x, y, 3, v -> Math.log(Math.abs(v)) / Math.log(2));
        worst(bench, "tanh.approx", x, y, 4, Math::tanh);
        worst(bench, "sqrt.approx", x, y, 5, v -> Math.sqrt(Math.abs(v)));
    }

    private static void worst(
            Bench bench,
            String name,
            float[] x,
            float[] y,
            int function,
            DoubleUnaryOperator exact) {
        double ulps = 0;
        double relative = 0;
        for (int i = 0; i < x.length; i++) {
            double wanted = exact.applyAsDouble(x[i]);
            double error = Math.abs(y[function * x.length + i] - wanted);
            ulps = Math.max(ulps, error / Math.ulp((float) wanted));
            relative = Math.max(relative, error / Math.abs(wanted));
        }
        String note =
                "of " + x.length + " numbers in -16 ... 16; relative " + Report.number(relative);
        bench.report().figure(name + ": worst error", ulps, "ulp", note);
    }
}
