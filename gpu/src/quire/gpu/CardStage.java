package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import jcuda.Pointer;
import quire.gpu.Gpu.Buffer;

/** Which card this is, and how fast its memory and its link to the host are. */
final class CardStage implements Kit.Work {
    @Override
    public void run(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        Report report = bench.report();
        report.fact("card", gpu.name());
        report.fact("CUDA of the driver", gpu.driverVersion() / 1000 + "." + gpu.driverVersion() % 1000 / 10);
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
        double copy = gpu.medianMillis(() -> cuMemcpyDtoDAsync(b.at(0), a.at(0), bytes, gpu.stream()));
        report.figure("copy by the driver", 2 * bytes / copy / 1e6, "GB/s", "bytes read and written");
        double ours = gpu.medianMillis(
                gpu.launch(bench.kernel("probe", "copy_16", 0), Grid.row(bench.blocks() * 8, 256), a, b, bytes / 16));
        report.figure("copy by a kernel, 16 bytes a thread", 2 * bytes / ours / 1e6, "GB/s", "");
        report.figure("read by a kernel, 16 bytes a thread", bench.readBandwidth() / 1e9, "GB/s", "");
        checkHash(bench, a);

        long chunk = Math.min(bytes, 64L << 20);
        Pointer pinned = new Pointer();
        cuMemHostAlloc(pinned, chunk, 0);
        double up = gpu.medianMillis(() -> cuMemcpyHtoDAsync(a.at(0), pinned, chunk, gpu.stream()));
        double down = gpu.medianMillis(() -> cuMemcpyDtoHAsync(pinned, a.at(0), chunk, gpu.stream()));
        report.figure("host to card, pinned", chunk / up / 1e6, "GB/s", "");
        report.figure("card to host, pinned", chunk / down / 1e6, "GB/s", "");
        cuMemFreeHost(pinned);
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
