package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.TensorMap;

/** The linear layers of a prefill on Hopper's wgmma. */
final class GemmStage implements Stage.Work {
    private record Variant(String name, int columns, int stages) {
        Kernel kernel(Bench bench) throws Exception {
            int shared = stages * (128 * 128 + columns * 128) + stages * 16;
            return bench.kernel("gemm_wgmma", "gemm_wgmma_" + name, shared);
        }
    }

    private static final Variant[] VARIANTS = {
        new Variant("128x256", 256, 4),
        new Variant("128x128", 128, 6),
        new Variant("128x128_segments", 128, 6)
    };

    @Override
    public void run(Bench bench) throws Exception {
        if (!bench.gpu().isHopper()) {
            bench.report().fact("wgmma", "not on this card");
            return;
        }
        for (Variant variant : VARIANTS) {
            for (int rows :
                    bench.tiny() ? new int[] {130} : new int[] {1, 64, 127, 128, 130, 300}) {
                small(bench, variant, rows);
            }
        }
        if (bench.tiny()) {
            return;
        }
        DeviceBuffer weights = bench.gpu().allocate(2L << 30);
        bench.fillHashed(weights, 3);
        for (Variant variant : VARIANTS) {
            for (int rows : new int[] {128, 256, 512, 1024, 2048, 8192}) {
                for (Shape shape : Shape.QWEN_7B.subList(0, 4)) {
                    speed(bench, variant, weights, shape, rows);
                }
            }
        }
    }

    private static void small(Bench bench, Variant variant, int rows) throws Exception {
        Gpu gpu = bench.gpu();
        int outputs = 512;
        int inputs = 320;
        DeviceBuffer w = gpu.allocate(2L * outputs * inputs);
        bench.fillHashed(w, 9);
        DeviceBuffer x = gpu.allocate(2L * rows * inputs);
        bench.gpu().write(x, Bf16.normal(new SplittableRandom(rows), rows * inputs, 1));
        DeviceBuffer y = gpu.allocate(2L * rows * outputs + Check.FENCE_BYTES);
        Launch launch =
                launch(
                        bench,
                        variant,
                        w.address(),
                        x,
                        y,
                        rows,
                        outputs,
                        inputs,
                        bench.tiny() ? 2 : bench.blocks());
        gpu.synchronize();
        short[] tokens = bench.gpu().shorts(x, rows * inputs);
        float[] weights = new float[outputs * inputs];
        for (int n = 0; n < outputs; n++) {
            for (int k = 0; k < inputs; k++) {
                weights[n * inputs + k] = Bf16.hashed(Bf16.tiled(n, k, inputs), 9);
            }
        }
        double[] wanted = new double[rows * outputs];
        for (int m = 0; m < rows; m++) {
            for (int n = 0; n < outputs; n++) {
                double sum = 0;
                for (int k = 0; k < inputs; k++) {
                    sum += (double) Bf16.value(tokens[m * inputs + k]) * weights[n * inputs + k];
                }
                wanted[m * outputs + n] = sum;
            }
        }
        Check.run(bench, variant.name() + ", " + rows + " rows", launch, y, wanted);
    }

    private static Launch launch(
            Bench bench,
            Variant variant,
            long w,
            DeviceBuffer x,
            DeviceBuffer y,
            int rows,
            int outputs,
            int inputs,
            int blocks)
            throws Exception {
        MemorySegment map = TensorMap.matrix(x, rows, inputs, 128);
        // A segment is an eighth of K, or near it.
        int segment = Math.max(1, inputs / 64 / 8);
        int tiles = (rows + 127) / 128 * (outputs / variant.columns());
        return bench.gpu()
                .launch(
                        variant.kernel(bench),
                        Grid.row(Math.min(tiles, blocks), 384),
                        map,
                        w,
                        y,
                        rows,
                        outputs,
                        inputs,
                        segment);
    }

    private static void speed(
            Bench bench, Variant variant, DeviceBuffer weights, Shape shape, int rows)
            throws Exception {
        Gpu gpu = bench.gpu();
        DeviceBuffer x = gpu.allocate(2L * rows * shape.inputs());
        bench.fillHashed(x, 11);
        DeviceBuffer y = gpu.allocate(2L * rows * shape.outputs());
        int copies = (int) Math.min(4, weights.bytes() / shape.bytes());
        Launch[] launches = new Launch[copies];
        for (int i = 0; i < copies; i++) {
            long w = weights.address() + i * shape.bytes();
            launches[i] =
                    launch(
                            bench,
                            variant,
                            w,
                            x,
                            y,
                            rows,
                            shape.outputs(),
                            shape.inputs(),
                            bench.blocks());
        }
        int count =
                Math.max(
                        4,
                        Math.min(
                                40,
                                (int) (2e12 / (2.0 * rows * shape.outputs() * shape.inputs()))));
        double millis =
                gpu.medianMillis(
                                () -> {
                                    for (int i = 0; i < count; i++) {
                                        launches[i % copies].run();
                                    }
                                })
                        / count;
        double teraflops = 2.0 * rows * shape.outputs() * shape.inputs() / millis / 1e9;
        double read = 100 * shape.bytes() / millis * 1e3 / bench.readBandwidth();
        String note =
                Report.number(100 * teraflops / Bench.TENSOR_TERAFLOPS)
                        + "% of "
                        + Report.number(Bench.TENSOR_TERAFLOPS)
                        + ", weights "
                        + Report.number(read)
                        + "% of reading, "
                        + Report.number(millis * 1e3)
                        + " µs";
        bench.report()
                .figure(
                        variant.name() + ", " + shape.name() + ", " + rows + " rows",
                        teraflops,
                        "TFLOP/s",
                        note);
        x.close();
        y.close();
    }
}
