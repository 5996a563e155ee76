package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import jcuda.Pointer;

/** Which card this is, and how fast its memory and its link to the host are. */
final class CardStage implements Kit.Work {
    @Override
    public void run(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        Report report = bench.report();
        report.fact("card", gpu.name());
        report.fact(
                "CUDA of the driver",
                gpu.driverVersion() / 1000 + "." + gpu.driverVersion() % 1000 / 10);
        report.fact("compute capability", gpu.attribute(75) + "." + gpu.attribute(76));
        report.figure("multiprocessors", gpu.multiprocessors(), "", "");
        report.figure("clock", gpu.attribute(13) / 1e3, "MHz", "the most it may be");
        report.figure("L2", gpu.attribute(38) / 1e6, "MB", "");
        report.figure("shared memory of a multiprocessor", gpu.attribute(81) / 1024.0, "KiB", "");
        report.figure("memory", gpu.memory()[1] / 1e9, "GB", "");
        report.figure("memory free with a context", gpu.memory()[0] / 1e9, "GB", "");
        report.fact("kernels loaded from", bench.module("probe").loadedFrom());

        long bytes = bench.tiny() ? 1 << 16 : 4L << 30;
        Buffer a = gpu.allocate(bytes);
        Buffer b = gpu.allocate(bytes);
        bench.fillHashed(a, 1);
        bench.fillHashed(b, 2);
        double copy =
                gpu.medianMillis(() -> cuMemcpyDtoDAsync(b.at(0), a.at(0), bytes, gpu.stream()));
        report.figure(
                "copy by the driver", 2 * bytes / copy / 1e6, "GB/s", "bytes read and written");
        double ours =
                gpu.medianMillis(
                        gpu.launch(
                                bench.kernel("probe", "copy_16", 0),
                                Grid.row(bench.blocks() * 8, 256),
                                a,
                                b,
                                bytes / 16));
        report.figure("copy by a kernel, 16 bytes a thread", 2 * bytes / ours / 1e6, "GB/s", "");
        report.figure(
                "read by a kernel, 16 bytes a thread", bench.readBandwidth() / 1e9, "GB/s", "");
        checkHash(bench, a);
        rates(bench, a);

        long chunk = Math.min(bytes, 64L << 20);
        Pointer pinned = new Pointer();
        cuMemHostAlloc(pinned, chunk, 0);
        double up = gpu.medianMillis(() -> cuMemcpyHtoDAsync(a.at(0), pinned, chunk, gpu.stream()));
        double down =
                gpu.medianMillis(() -> cuMemcpyDtoHAsync(pinned, a.at(0), chunk, gpu.stream()));
        report.figure("host to card, pinned", chunk / up / 1e6, "GB/s", "");
        report.figure("card to host, pinned", chunk / down / 1e6, "GB/s", "");
        cuMemFreeHost(pinned);
    }

    /** What the caches and the tensor cores give without a kernel's other work. */
    private static void rates(Bench bench, Buffer from) throws Exception {
        Gpu gpu = bench.gpu();
        Buffer sink = gpu.allocate(16);
        long bytes = bench.tiny() ? 1 << 14 : 24L << 20;
        Launch read =
                gpu.launch(
                        bench.kernel("probe", "read_16", 0),
                        Grid.row(bench.blocks() * 8, 256),
                        from,
                        bytes / 16,
                        sink);
        double millis = bench.millisEach(bench.tiny() ? 2 : 50, read);
        bench.report()
                .figure(
                        "read of 24 MiB that are in L2",
                        bytes / millis / 1e6,
                        "GB/s",
                        "launches included");
        int rounds = bench.tiny() ? 1 : 20_000;
        int blocks = bench.blocks() * 2;
        double mma =
                gpu.medianMillis(
                        gpu.launch(
                                bench.kernel("probe", "mma_rate", 0),
                                Grid.row(blocks, 256),
                                sink,
                                rounds));
        double operations = 2.0 * 16 * 8 * 16 * 16 * rounds * blocks * 8;
        bench.report()
                .figure(
                        "mma.sync of bf16, nothing else",
                        operations / mma / 1e9,
                        "TFLOP/s",
                        "16 warps a multiprocessor");
    }

    private static void checkHash(Bench bench, Buffer buffer) {
        short[] values = buffer.shorts(4096);
        boolean same = true;
        for (int i = 0; i < values.length; i++) {
            same &= Bf16.value(values[i]) == Bf16.hashed(i, 1);
        }
        bench.report().check("weights from a hash are the host's", same, "");
    }
}
