package quire.gpu;

import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;

/**
 * The linear layers of a decode step: right on small and real shapes, and how near the memory's
 * speed.
 */
final class LinearStage implements Stage.Work {

    @Override
    public void run(Bench bench) throws Exception {
        SkinnyLinear.check(bench);
        if (bench.gpu().isHopper()) {
            StreamedLinear.check(bench);
        }
        if (bench.tiny()) {
            return;
        }
        DeviceBuffer pool = bench.gpu().allocate(6L << 30);
        bench.fillHashed(pool, 3);
        for (Shape shape : Shape.QWEN_7B) {
            floor(bench, pool, shape);
        }
        // As much as qkv, but each block has a pair of tiles of its own: what adding pieces up
        // costs is the difference.
        Shape whole =
                new Shape(
                        "no pieces " + bench.blocks() * 128 + "x1024",
                        bench.blocks() * 128,
                        1024,
                        new int[0]);
        floor(bench, pool, whole);
        StreamedLinear.speed(bench, pool, whole, 8);
        StreamedLinear.speed(bench, pool, whole, 64);
        for (int rows : new int[] {1, 8, 16, 32, 64}) {
            for (Shape shape : Shape.QWEN_7B) {
                SkinnyLinear.speed(bench, pool, shape, rows);
            }
        }
        for (int rows : new int[] {1, 8, 16, 32, 64, 128, 256}) {
            for (Shape shape : Shape.QWEN_7B) {
                StreamedLinear.speed(bench, pool, shape, rows);
            }
        }
    }

    /** How fast a kernel that only reads as many bytes as a layer has can be, launch included. */
    private static void floor(Bench bench, DeviceBuffer pool, Shape shape) throws Exception {
        Gpu gpu = bench.gpu();
        DeviceBuffer sink = gpu.allocate(16);
        int copies = (int) Math.min(pool.bytes() / shape.bytes(), 400_000_000 / shape.bytes() + 2);
        Launch[] launches = new Launch[copies];
        for (int each : new int[] {2, 8}) {
            for (int i = 0; i < copies; i++) {
                launches[i] =
                        gpu.launch(
                                bench.kernel("probe", "read_16", 0),
                                Grid.row(bench.blocks() * each, 256),
                                pool.address() + i * shape.bytes(),
                                shape.bytes() / 16,
                                sink);
            }
            rate(
                    bench,
                    "only reading, " + shape.name() + ", " + each + " blocks a SM",
                    shape,
                    0,
                    launches);
        }
    }

    /** Times launches over different weights in turn, so that none finds its own in L2. */
    static void rate(Bench bench, String name, Shape shape, int rows, Launch[] launches)
            throws Exception {
        double millis = bench.millisEach(Math.max(launches.length, 40), launches);
        double bytes = shape.bytes() + 2.0 * rows * (shape.inputs() + shape.outputs());
        String note =
                Report.number(100 * bytes / millis * 1e3 / bench.readBandwidth())
                        + "% of reading, "
                        + Report.number(millis * 1e3)
                        + " µs"
                        + (rows >= 64
                                ? ", "
                                        + Report.number(shape.bytes() * rows / millis / 1e9)
                                        + " TFLOP/s"
                                : "");
        bench.report().figure(name, bytes / millis / 1e6, "GB/s", note);
    }
}
