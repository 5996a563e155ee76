package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import quire.gpu.Gpu.Buffer;
import quire.gpu.Gpu.Kernel;

/** The linear layers of a decode step: right on small and real shapes, and how near the memory's speed. */
final class LinearStage implements Kit.Work {
    private static final int[] WIDTHS = {8, 16, 32, 64};
    private static final int[] STAGES = {6, 5, 5, 4};

    // The kernel that streams: a variant for each number of tokens, and its stages.
    private static final int[] STREAM_TOKENS = {8, 16, 32, 64, 128, 256};
    private static final int[] STREAM_STAGES = {6, 6, 5, 4, 3, 4};

    @Override
    public void run(Bench bench) throws Exception {
        for (int i = 0; i < WIDTHS.length; i++) {
            for (int rows : new int[] {1, WIDTHS[i] - 3, WIDTHS[i]}) {
                small(bench, i, rows);
            }
        }
        for (int i = 0; i < STREAM_TOKENS.length && bench.gpu().isHopper(); i++) {
            for (int rows : new int[] {1, STREAM_TOKENS[i] - 3, STREAM_TOKENS[i]}) {
                smallStream(bench, i, rows);
            }
        }
        if (bench.tiny()) {
            return;
        }
        Buffer pool = bench.gpu().allocate(6L << 30);
        bench.fillHashed(pool, 3);
        for (Shape shape : Shape.QWEN_7B) {
            floor(bench, pool, shape);
        }
        // As much as qkv, but each block has a pair of tiles of its own: what adding pieces up costs is the difference.
        Shape whole = new Shape("no pieces " + bench.blocks() * 128 + "x1024", bench.blocks() * 128, 1024, new int[0]);
        floor(bench, pool, whole);
        speedStream(bench, pool, whole, 8);
        speedStream(bench, pool, whole, 64);
        for (int rows : new int[] {1, 8, 16, 32, 64}) {
            for (Shape shape : Shape.QWEN_7B) {
                speed(bench, pool, shape, rows);
            }
        }
        for (int rows : new int[] {1, 8, 16, 32, 64, 128, 256}) {
            for (Shape shape : Shape.QWEN_7B) {
                speedStream(bench, pool, shape, rows);
            }
        }
    }

    /** How fast a kernel that only reads as many bytes as a layer has can be, launch included. */
    private static void floor(Bench bench, Buffer pool, Shape shape) throws Exception {
        Gpu gpu = bench.gpu();
        Buffer sink = gpu.allocate(16);
        int copies = (int) Math.min(pool.bytes() / shape.bytes(), 400_000_000 / shape.bytes() + 2);
        Launch[] launches = new Launch[copies];
        for (int each : new int[] {2, 8}) {
            for (int i = 0; i < copies; i++) {
                launches[i] = gpu.launch(
                        bench.kernel("probe", "read_16", 0), Grid.row(bench.blocks() * each, 256),
                        pool.address() + i * shape.bytes(), shape.bytes() / 16, sink);
            }
            rate(bench, "only reading, " + shape.name() + ", " + each + " blocks a SM", shape, 0, launches);
        }
    }

    static Kernel stream(Bench bench, int variant) throws Exception {
        int shared = STREAM_STAGES[variant] * (2 * 8192 + STREAM_TOKENS[variant] * 128) + STREAM_STAGES[variant] * 16;
        return bench.kernel("linear_stream", "linear_stream_n" + STREAM_TOKENS[variant], shared);
    }

    /** Index of the narrowest streaming variant for so many rows. */
    static int streamVariant(int rows) {
        int variant = 0;
        while (STREAM_TOKENS[variant] < rows) {
            variant++;
        }
        return variant;
    }

    /** Two pieces for each block, each a float for every output of a pair of tiles and every token. */
    static long streamPartialBytes(int blocks, int variant) {
        return 2L * blocks * 128 * STREAM_TOKENS[variant] * 4;
    }

    static Launch streamLaunch(
            Bench bench, int blocks, Buffer x, long w, Buffer y, Buffer partial, Buffer tickets, Shape shape, int rows,
            Overlap overlap)
            throws Exception {
        int variant = streamVariant(rows);
        // All rows of the box exist: filling missing ones with zeros costs the copy engine time.
        MemorySegment map = bench.gpu()
                .calls()
                .matrix(x.address(), STREAM_TOKENS[variant], shape.inputs(), STREAM_TOKENS[variant]);
        Launch launch = bench.gpu()
                .launch(
                        stream(bench, variant), Grid.row(blocks, 288), map, w, y, partial, tickets, rows, shape.outputs(),
                        shape.inputs(), overlap == Overlap.EARLY ? 1 : 0);
        return overlap == Overlap.NONE ? launch : launch.overlapping();
    }

    /** Rows of random numbers, and zeros up to the variant's width. */
    private static Buffer tokens(Gpu gpu, Shape shape, int rows, int variant) {
        Buffer x = gpu.allocate(2L * STREAM_TOKENS[variant] * shape.inputs());
        x.fill(0);
        x.write(Bf16.normal(new SplittableRandom(rows), rows * shape.inputs(), 1));
        return x;
    }

    private static void smallStream(Bench bench, int variant, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        Shape shape = new Shape("384x320", 384, 320, new int[0]);
        Buffer w = gpu.allocate(shape.bytes());
        bench.fillHashed(w, 3);
        Buffer x = tokens(gpu, shape, rows, variant);
        Buffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        Buffer tickets = gpu.allocate(64);
        tickets.fill(0);
        for (int blocks : bench.tiny() ? new int[] {1, 4} : new int[] {1, 2, 3, 4, 7, 15}) {
            Buffer partial = gpu.allocate(streamPartialBytes(blocks, variant));
            Launch launch = streamLaunch(bench, blocks, x, w.address(), y, partial, tickets, shape, rows, Overlap.NONE);
            String name = "stream, " + STREAM_TOKENS[variant] + " wide, " + rows + " rows on " + blocks + " blocks";
            Check.sampled(bench, name, launch, x, y, shape, rows, 3);
        }
    }

    private static void speedStream(Bench bench, Buffer pool, Shape shape, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        Buffer x = tokens(gpu, shape, rows, streamVariant(rows));
        Buffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        Buffer tickets = gpu.allocate(4L * shape.outputs() / 64);
        tickets.fill(0);
        Buffer partial = gpu.allocate(streamPartialBytes(bench.blocks(), streamVariant(rows)));
        int copies = (int) Math.min(pool.bytes() / shape.bytes(), 400_000_000 / shape.bytes() + 2);
        Launch[] launches = new Launch[copies];
        for (Overlap overlap : Overlap.values()) {
            for (int i = 0; i < copies; i++) {
                long w = pool.address() + i * shape.bytes();
                launches[i] = streamLaunch(bench, bench.blocks(), x, w, y, partial, tickets, shape, rows, overlap);
            }
            String name = "stream, " + shape.name() + ", " + rows + " rows" + overlap.words();
            rate(bench, name, shape, rows, launches);
            Check.sampled(bench, name, launches[0], x, y, shape, rows, 3);
        }
        x.close();
        y.close();
        partial.close();
    }

    /** Index of the narrowest variant for so many rows. */
    static int variant(int rows) {
        for (int i = 0; i < WIDTHS.length; i++) {
            if (rows <= WIDTHS[i]) {
                return i;
            }
        }
        throw new IllegalArgumentException(rows + " rows, at most " + WIDTHS[WIDTHS.length - 1]);
    }

    static Kernel async(Bench bench, int variant) throws Exception {
        int shared = STAGES[variant] * (8192 + WIDTHS[variant] * 128);
        return bench.kernel("linear_skinny", "skinny_async_n" + WIDTHS[variant], shared);
    }

    static Kernel bulk(Bench bench, int variant) throws Exception {
        int shared = STAGES[variant] * (8192 + WIDTHS[variant] * 128) + STAGES[variant] * 16;
        return bench.kernel("linear_skinny", "skinny_bulk_n" + WIDTHS[variant], shared);
    }

    /** Memory that the blocks of a bulk launch share: partial sums, and one ticket a tile. */
    static long partialBytes(int outputs, int segments, int variant) {
        return 4L * outputs * segments * WIDTHS[variant];
    }

    static MemorySegment tokens(Gpu gpu, Buffer x, int rows, int inputs, int variant) {
        return gpu.calls().matrix(x.address(), rows, inputs, WIDTHS[variant]);
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
        Buffer dw = gpu.allocate(2L * tiles.length);
        Buffer dx = gpu.allocate(2L * x.length);
        Buffer y = gpu.allocate(2L * wanted.length + Check.FENCE_BYTES);
        dw.write(tiles);
        dx.write(x);
        String name = WIDTHS[variant] + " wide, " + rows + " rows";
        Launch async = gpu.launch(async(bench, variant), Grid.row(outputs / 64, 128), dw, dx, y, rows, outputs, inputs);
        Check.run(bench, "cp.async, " + name, async, y, wanted);
        if (!gpu.isHopper()) {
            return;
        }
        MemorySegment map = tokens(gpu, dx, rows, inputs, variant);
        for (int segments : new int[] {1, 2, 5}) {
            for (int blocks : new int[] {1, 2, 3, segments * 3}) {
                Buffer partial = gpu.allocate(partialBytes(outputs, segments, variant));
                Buffer tickets = gpu.allocate(64);
                tickets.fill(0);
                int grid = Math.min(blocks, segments * outputs / 64);
                Launch bulk = gpu.launch(
                        bulk(bench, variant), Grid.row(grid, 160), map, dw, y, partial, tickets, rows, outputs, inputs, segments);
                Check.run(bench, "bulk, " + name + ", " + segments + " segments on " + grid + " blocks", bulk, y, wanted);
            }
        }
    }

    private static void speed(Bench bench, Buffer pool, Shape shape, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        int variant = variant(rows);
        Buffer x = gpu.allocate(2L * rows * shape.inputs());
        Buffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        x.write(Bf16.normal(new SplittableRandom(rows), rows * shape.inputs(), 1));
        long step = (shape.bytes() + 8191) / 8192 * 8192;
        int copies = (int) Math.max(2, Math.min(pool.bytes() / step, 400e6 / step + 1));
        Launch[] launches = new Launch[copies];
        for (int i = 0; i < copies; i++) {
            long w = pool.address() + i * step;
            launches[i] = gpu.launch(
                    async(bench, variant), Grid.row(shape.outputs() / 64, 128), w, x, y, rows, shape.outputs(), shape.inputs());
        }
        rate(bench, "cp.async, " + shape.name() + ", " + rows + " rows", shape, rows, launches);
        Check.sampled(bench, "cp.async, " + shape.name() + ", " + rows + " rows", launches[0], x, y, shape, rows, 3);
        if (!gpu.isHopper()) {
            return;
        }
        MemorySegment map = tokens(gpu, x, rows, shape.inputs(), variant);
        Buffer tickets = gpu.allocate(4L * shape.outputs() / 64);
        tickets.fill(0);
        for (int segments : shape.segments()) {
            Buffer partial = gpu.allocate(partialBytes(shape.outputs(), segments, variant));
            for (int each : new int[] {2, 3}) {
                int grid = Math.min(bench.blocks() * each, segments * shape.outputs() / 64);
                for (int i = 0; i < copies; i++) {
                    launches[i] = gpu.launch(
                            bulk(bench, variant), Grid.row(grid, 160), map, pool.address() + i * step, y, partial, tickets, rows,
                            shape.outputs(), shape.inputs(), segments);
                }
                String name = "bulk, " + shape.name() + ", " + rows + " rows, " + segments + " segments, " + each + " a SM";
                rate(bench, name, shape, rows, launches);
                Check.sampled(bench, name, launches[0], x, y, shape, rows, 3);
                for (Launch launch : launches) {
                    launch.overlapping();
                }
                rate(bench, name + ", overlapping", shape, rows, launches);
            }
            partial.close();
        }
    }

    /** Times launches over different weights in turn, so that none finds its own in L2. */
    private static void rate(Bench bench, String name, Shape shape, int rows, Launch[] launches) throws Exception {
        int count = Math.max(launches.length, 40);
        double millis = bench.gpu().medianMillis(bench.gpu().capture(() -> {
            for (int i = 0; i < count; i++) {
                launches[i % launches.length].run();
            }
        })::launch) / count;
        double bytes = shape.bytes() + 2.0 * rows * (shape.inputs() + shape.outputs());
        String note = Report.number(100 * bytes / millis * 1e3 / bench.readBandwidth()) + "% of reading, "
                + Report.number(millis * 1e3) + " µs"
                + (rows >= 64 ? ", " + Report.number(shape.bytes() * rows / millis / 1e9) + " TFLOP/s" : "");
        bench.report().figure(name, bytes / millis / 1e6, "GB/s", note);
    }
}
