package quire.gpu;

import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.PinnedBuffer;

/** Which card this is, and how fast its memory and its link to the host are. */
final class CardStage implements Stage.Work {
    @Override
    public void run(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        Report report = bench.report();
        report.fact("card", gpu.device().name());
        report.fact("driver", gpu.driver().name());
        report.fact("compute capability", gpu.device().capability().toString());
        report.figure("multiprocessors", gpu.device().numMultiprocessors(), "", "");
        report.figure("clock", gpu.device().attribute(13) / 1e3, "MHz", "the most it may be");
        report.figure("L2", gpu.device().attribute(38) / 1e6, "MB", "");
        report.figure(
                "shared memory of a multiprocessor",
                gpu.device().attribute(81) / 1024.0,
                "KiB",
                "");
        Context.Memory memory = gpu.context().memory();
        report.figure("memory", memory.totalBytes() / 1e9, "GB", "");
        report.figure("memory free with a context", memory.freeBytes() / 1e9, "GB", "");
        report.fact("kernels loaded from", bench.module("probe").target());

        long bytes = bench.tiny() ? 1 << 16 : 4L << 30;
        DeviceBuffer a = gpu.allocate(bytes);
        DeviceBuffer b = gpu.allocate(bytes);
        bench.fillHashed(a, 1);
        bench.fillHashed(b, 2);
        double copy = gpu.medianMillis(() -> gpu.stream().copy(a, b, bytes));
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
        report.telling(
                "read by a kernel, 16 bytes a thread", bench.readBandwidth() / 1e9, "GB/s", "");
        checkHash(bench, a);
        rates(bench, a);

        long chunk = Math.min(bytes, 64L << 20);
        PinnedBuffer pinned = new PinnedBuffer(gpu.context(), chunk);
        double up = gpu.medianMillis(() -> gpu.stream().upload(pinned, a, chunk));
        double down = gpu.medianMillis(() -> gpu.stream().download(a, pinned, chunk));
        report.telling("host to card, pinned", chunk / up / 1e6, "GB/s", "");
        report.figure("card to host, pinned", chunk / down / 1e6, "GB/s", "");
        pinned.close();
    }

    /** What the caches and the tensor cores give without a kernel's other work. */
    private static void rates(Bench bench, DeviceBuffer from) throws Exception {
        Gpu gpu = bench.gpu();
        DeviceBuffer sink = gpu.allocate(16);
        // Whole turns of all threads, and less than half of an H100's L2, whose halves each keep
        // what their side reads.
        int readers = bench.blocks() * 2;
        long turn = readers * 256L * 8 * 16;
        long turns = bench.tiny() ? 1 : Math.max(1, (20 << 20) / turn);
        int again = bench.tiny() ? 2 : 200;
        Launch read =
                gpu.launch(
                        bench.kernel("probe", "read_again", 0),
                        Grid.row(readers, 256),
                        from,
                        turns * turn / 16,
                        again,
                        sink);
        bench.report()
                .telling(
                        "read by a kernel from L2",
                        turns * turn * again / gpu.medianMillis(read) / 1e6,
                        "GB/s",
                        Report.number(turns * turn / 1e6) + " MB, again and again");
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
                .telling(
                        "mma.sync of bf16, nothing else",
                        operations / mma / 1e9,
                        "TFLOP/s",
                        "16 warps a multiprocessor");
    }

    private static void checkHash(Bench bench, DeviceBuffer buffer) {
        short[] values = bench.gpu().shorts(buffer, 4096);
        boolean same = true;
        for (int i = 0; i < values.length; i++) {
            same &= Bf16.value(values[i]) == Bf16.hashed(i, 1);
        }
        bench.report().check("weights from a hash are the host's", same, "");
    }
}
