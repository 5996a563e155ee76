package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.TensorMap;

/**
 * The linears whose blocks own tiles: by cp.async on any card, by bulk copies and with K cut into
 * segments on Hopper.
 */
final class SkinnyLinear {
    /** A variant for each number of tokens, and the stages of its ring. */
    private static final int[] TOKENS = {8, 16, 32, 64};

    private static final int[] STAGES = {6, 5, 5, 4};

    private SkinnyLinear() {}

    /** Edges of every variant. */
    static void check(Bench bench) throws Exception {
        for (int i = 0; i < TOKENS.length; i++) {
            for (int rows : new int[] {1, TOKENS[i] - 3, TOKENS[i]}) {
                small(bench, i, rows);
            }
        }
    }

    /** Index of the narrowest variant for so many rows. */
    private static int variant(int rows) {
        for (int i = 0; i < TOKENS.length; i++) {
            if (rows <= TOKENS[i]) {
                return i;
            }
        }
        throw new IllegalArgumentException(rows + " rows, at most " + TOKENS[TOKENS.length - 1]);
    }

    private static Kernel async(Bench bench, int variant) throws Exception {
        int shared = STAGES[variant] * (8192 + TOKENS[variant] * 128);
        return bench.kernel("linear_skinny", "skinny_async_n" + TOKENS[variant], shared);
    }

    private static Kernel bulk(Bench bench, int variant) throws Exception {
        int shared = STAGES[variant] * (8192 + TOKENS[variant] * 128) + STAGES[variant] * 16;
        return bench.kernel("linear_skinny", "skinny_bulk_n" + TOKENS[variant], shared);
    }

    /** Memory that the blocks of a bulk launch share: partial sums, and one ticket a tile. */
    private static long partialBytes(int outputs, int segments, int variant) {
        return 4L * outputs * segments * TOKENS[variant];
    }

    private static MemorySegment tokens(DeviceBuffer x, int rows, int inputs, int variant) {
        return TensorMap.matrix(x, rows, inputs, TOKENS[variant]);
    }

    private static void small(Bench bench, int variant, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        int outputs = 192;
        int inputs = 320;
        SplittableRandom random = new SplittableRandom(rows * 31L + variant);
        short[] w = Bf16.normal(random, outputs * inputs, 1);
        short[] x = Bf16.normal(random, rows * inputs, 1);
        short[] tiles = new short[w.length];
        for (int n = 0; n < outputs; n++) {
            for (int k = 0; k < inputs; k++) {
                tiles[(int) Bf16.tiled(n, k, inputs)] = w[n * inputs + k];
            }
        }
        double[] wanted = new double[rows * outputs];
        for (int m = 0; m < rows; m++) {
            for (int n = 0; n < outputs; n++) {
                double sum = 0;
                for (int k = 0; k < inputs; k++) {
                    sum += (double) Bf16.value(x[m * inputs + k]) * Bf16.value(w[n * inputs + k]);
                }
                wanted[m * outputs + n] = sum;
            }
        }
        DeviceBuffer dw = gpu.allocate(2L * tiles.length);
        DeviceBuffer dx = gpu.allocate(2L * x.length);
        DeviceBuffer y = gpu.allocate(2L * wanted.length + Check.FENCE_BYTES);
        bench.gpu().write(dw, tiles);
        bench.gpu().write(dx, x);
        String name = TOKENS[variant] + " wide, " + rows + " rows";
        Launch async =
                gpu.launch(
                        async(bench, variant),
                        Grid.row(outputs / 64, 128),
                        dw,
                        dx,
                        y,
                        rows,
                        outputs,
                        inputs);
        Check.run(bench, "cp.async, " + name, async, y, wanted);
        if (!gpu.isHopper()) {
            return;
        }
        MemorySegment map = tokens(dx, rows, inputs, variant);
        for (int segments : new int[] {1, 2, 5}) {
            for (int blocks : new int[] {1, 2, 3, segments * 3}) {
                DeviceBuffer partial = gpu.allocate(partialBytes(outputs, segments, variant));
                DeviceBuffer tickets = gpu.allocate(64);
                bench.gpu().fill(tickets, 0);
                int grid = Math.min(blocks, segments * outputs / 64);
                Launch bulk =
                        gpu.launch(
                                bulk(bench, variant),
                                Grid.row(grid, 160),
                                map,
                                dw,
                                y,
                                partial,
                                tickets,
                                rows,
                                outputs,
                                inputs,
                                segments);
                Check.run(
                        bench,
                        "bulk, " + name + ", " + segments + " segments on " + grid + " blocks",
                        bulk,
                        y,
                        wanted);
            }
        }
    }

    static void speed(Bench bench, DeviceBuffer pool, Shape shape, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        int variant = variant(rows);
        DeviceBuffer x = gpu.allocate(2L * rows * shape.inputs());
        DeviceBuffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        bench.gpu().write(x, Bf16.normal(new SplittableRandom(rows), rows * shape.inputs(), 1));
        long step = (shape.bytes() + 8191) / 8192 * 8192;
        int copies = (int) Math.max(2, Math.min(pool.bytes() / step, 400e6 / step + 1));
        Launch[] launches = new Launch[copies];
        for (int i = 0; i < copies; i++) {
            long w = pool.address() + i * step;
            launches[i] =
                    gpu.launch(
                            async(bench, variant),
                            Grid.row(shape.outputs() / 64, 128),
                            w,
                            x,
                            y,
                            rows,
                            shape.outputs(),
                            shape.inputs());
        }
        LinearStage.rate(
                bench, "cp.async, " + shape.name() + ", " + rows + " rows", shape, rows, launches);
        Check.sampled(
                bench,
                "cp.async, " + shape.name() + ", " + rows + " rows",
                launches[0],
                x,
                y,
                shape,
                rows,
                3);
        if (!gpu.isHopper()) {
            return;
        }
        MemorySegment map = tokens(x, rows, shape.inputs(), variant);
        DeviceBuffer tickets = gpu.allocate(4L * shape.outputs() / 64);
        bench.gpu().fill(tickets, 0);
        for (int segments : shape.segments()) {
            DeviceBuffer partial = gpu.allocate(partialBytes(shape.outputs(), segments, variant));
            for (int each : new int[] {2, 3}) {
                int grid = Math.min(bench.blocks() * each, segments * shape.outputs() / 64);
                for (int i = 0; i < copies; i++) {
                    launches[i] =
                            gpu.launch(
                                    bulk(bench, variant),
                                    Grid.row(grid, 160),
                                    map,
                                    pool.address() + i * step,
                                    y,
                                    partial,
                                    tickets,
                                    rows,
                                    shape.outputs(),
                                    shape.inputs(),
                                    segments);
                }
                String name =
                        "bulk, "
                                + shape.name()
                                + ", "
                                + rows
                                + " rows, "
                                + segments
                                + " segments, "
                                + each
                                + " a SM";
                LinearStage.rate(bench, name, shape, rows, launches);
                Check.sampled(bench, name, launches[0], x, y, shape, rows, 3);
                for (Launch launch : launches) {
                    launch.overlapping();
                }
                LinearStage.rate(bench, name + ", overlapping", shape, rows, launches);
            }
            partial.close();
        }
    }
}
