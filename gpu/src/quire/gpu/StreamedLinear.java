package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.TensorMap;

/**
 * The linear that streams equal shares of the weights through one block a multiprocessor, on
 * Hopper.
 */
final class StreamedLinear {
    /** A variant for each number of tokens, and the stages of its ring. */
    private static final int[] TOKENS = {8, 16, 32, 64, 128, 256};

    private static final int[] STAGES = {6, 6, 5, 4, 3, 4};

    private StreamedLinear() {}

    /** Edges of every variant. */
    static void check(Bench bench) throws Exception {
        for (int i = 0; i < TOKENS.length; i++) {
            for (int rows : new int[] {1, TOKENS[i] - 3, TOKENS[i]}) {
                small(bench, i, rows);
            }
        }
    }

    private static Kernel kernel(Bench bench, int variant) throws Exception {
        int shared = STAGES[variant] * (2 * 8192 + TOKENS[variant] * 128) + STAGES[variant] * 16;
        return bench.kernel("linear_stream", "linear_stream_n" + TOKENS[variant], shared);
    }

    /** Index of the narrowest streaming variant for so many rows. */
    static int variant(int rows) {
        int variant = 0;
        while (TOKENS[variant] < rows) {
            variant++;
        }
        return variant;
    }

    /**
     * Two pieces for each block, each a float for every output of a pair of tiles and every token.
     */
    static long partialBytes(int blocks, int variant) {
        return 2L * blocks * 128 * TOKENS[variant] * 4;
    }

    static Launch launch(
            Bench bench,
            int blocks,
            DeviceBuffer x,
            long w,
            DeviceBuffer y,
            DeviceBuffer partial,
            DeviceBuffer tickets,
            Shape shape,
            int rows,
            Overlap overlap)
            throws Exception {
        int variant = variant(rows);
        // All rows of the box exist: filling missing ones with zeros costs the copy engine time.
        MemorySegment map = TensorMap.matrix(x, TOKENS[variant], shape.inputs(), TOKENS[variant]);
        Launch launch =
                bench.gpu()
                        .launch(
                                kernel(bench, variant),
                                Grid.row(blocks, 288),
                                map,
                                w,
                                y,
                                partial,
                                tickets,
                                rows,
                                shape.outputs(),
                                shape.inputs(),
                                overlap == Overlap.EARLY ? 1 : 0);
        return overlap == Overlap.NONE ? launch : launch.overlapping();
    }

    /** Rows of random numbers, and zeros up to the variant's width. */
    private static DeviceBuffer tokens(Gpu gpu, Shape shape, int rows, int variant) {
        DeviceBuffer x = gpu.allocate(2L * TOKENS[variant] * shape.inputs());
        gpu.fill(x, 0);
        gpu.write(x, Bf16.normal(new SplittableRandom(rows), rows * shape.inputs(), 1));
        return x;
    }

    private static void small(Bench bench, int variant, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        Shape shape = new Shape("384x320", 384, 320, new int[0]);
        DeviceBuffer w = gpu.allocate(shape.bytes());
        bench.fillHashed(w, 3);
        DeviceBuffer x = tokens(gpu, shape, rows, variant);
        DeviceBuffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        DeviceBuffer tickets = gpu.allocate(64);
        bench.gpu().fill(tickets, 0);
        for (int blocks : bench.tiny() ? new int[] {1, 4} : new int[] {1, 2, 3, 4, 7, 15}) {
            DeviceBuffer partial = gpu.allocate(partialBytes(blocks, variant));
            Launch launch =
                    launch(
                            bench,
                            blocks,
                            x,
                            w.address(),
                            y,
                            partial,
                            tickets,
                            shape,
                            rows,
                            Overlap.NONE);
            String name =
                    "stream, "
                            + TOKENS[variant]
                            + " wide, "
                            + rows
                            + " rows on "
                            + blocks
                            + " blocks";
            Check.sampled(bench, name, launch, x, y, shape, rows, 3);
        }
    }

    static void speed(Bench bench, DeviceBuffer pool, Shape shape, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        DeviceBuffer x = tokens(gpu, shape, rows, variant(rows));
        DeviceBuffer y = gpu.allocate(2L * rows * shape.outputs() + Check.FENCE_BYTES);
        DeviceBuffer tickets = gpu.allocate(4L * shape.outputs() / 64);
        bench.gpu().fill(tickets, 0);
        DeviceBuffer partial = gpu.allocate(partialBytes(bench.blocks(), variant(rows)));
        int copies = (int) Math.min(pool.bytes() / shape.bytes(), 400_000_000 / shape.bytes() + 2);
        Launch[] launches = new Launch[copies];
        for (Overlap overlap : Overlap.values()) {
            for (int i = 0; i < copies; i++) {
                long w = pool.address() + i * shape.bytes();
                launches[i] =
                        launch(
                                bench,
                                bench.blocks(),
                                x,
                                w,
                                y,
                                partial,
                                tickets,
                                shape,
                                rows,
                                overlap);
            }
            String name = "stream, " + shape.name() + ", " + rows + " rows" + overlap.words();
            LinearStage.rate(bench, name, shape, rows, launches);
            Check.sampled(bench, name, launches[0], x, y, shape, rows, 3);
        }
        x.close();
        y.close();
        partial.close();
    }
}
