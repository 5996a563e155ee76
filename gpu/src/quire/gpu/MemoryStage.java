package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.PinnedBuffer;

/** What contexts, modules and graphs take of the card's memory, and how fast weights arrive. */
final class MemoryStage implements Stage.Work {
    private static final int NODES = 170;

    @Override
    public void run(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        Report report = bench.report();
        Context.Memory memory = gpu.context().memory();
        report.figure(
                "not free with an empty context",
                (memory.totalBytes() - memory.freeBytes()) / 1e6,
                "MB",
                "");
        long before = gpu.context().memory().freeBytes();
        long begun = System.nanoTime();
        for (String name :
                new String[] {"probe", "linear_skinny", "attention_decode", "gemm_wgmma"}) {
            bench.module(name);
        }
        report.figure("loading four modules", (System.nanoTime() - begun) / 1e6, "ms", "");
        report.figure(
                "four modules", (before - gpu.context().memory().freeBytes()) / 1e6, "MB", "");
        Launch launch =
                gpu.launch(bench.kernel("probe", "empty", 0), Grid.row(bench.blocks(), 128));
        launch.run();
        gpu.synchronize();
        graphs(bench, launch);
        if (!bench.tiny()) {
            upload(bench);
        }
    }

    private static void graphs(Bench bench, Launch launch) {
        Gpu gpu = bench.gpu();
        int count = bench.tiny() ? 2 : 35;
        long before = gpu.context().memory().freeBytes();
        long begun = System.nanoTime();
        List<Runnable> graphs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            graphs.add(
                    gpu.capture(
                            () -> {
                                for (int node = 0; node < NODES; node++) {
                                    launch.run();
                                }
                            }));
        }
        String note = count + " graphs of " + NODES + " kernels";
        bench.report()
                .figure(
                        "capture and instantiate",
                        (System.nanoTime() - begun) / 1e6 / count,
                        "ms",
                        "each of " + note);
        bench.report()
                .figure(
                        "graphs, instantiated",
                        (before - gpu.context().memory().freeBytes()) / 1e6,
                        "MB",
                        note);
        begun = System.nanoTime();
        graphs.forEach(Runnable::run);
        gpu.synchronize();
        bench.report()
                .figure(
                        "first launch",
                        (System.nanoTime() - begun) / 1e6 / count,
                        "ms",
                        "each of " + note);
        bench.report()
                .figure(
                        "graphs, launched once",
                        (before - gpu.context().memory().freeBytes()) / 1e6,
                        "MB",
                        note);
    }

    /**
     * Weights from ordinary memory through pinned pieces to the card, as a load does it from a file
     * that is in memory.
     */
    private static void upload(Bench bench) {
        Gpu gpu = bench.gpu();
        int piece = 16 << 20;
        int pieces = 4;
        long begun = System.nanoTime();
        PinnedBuffer pinned = new PinnedBuffer(gpu.context(), (long) pieces * piece);
        bench.report().figure("pinning 64 MiB", (System.nanoTime() - begun) / 1e6, "ms", "");
        MemorySegment staging = pinned.segment();
        MemorySegment source = MemorySegment.ofArray(new byte[512 << 20]);
        source.fill((byte) 1);
        DeviceBuffer to = gpu.allocate(source.byteSize());
        begun = System.nanoTime();
        for (long at = 0; at < source.byteSize(); at += piece) {
            int slot = (int) (at / piece % pieces);
            if (slot == 0) {
                gpu.synchronize();
            }
            MemorySegment.copy(source, at, staging, (long) slot * piece, piece);
            gpu.stream().upload(pinned, (long) slot * piece, to.slice(at, piece), piece);
        }
        gpu.synchronize();
        double seconds = (System.nanoTime() - begun) / 1e9;
        bench.report()
                .telling(
                        "weights through 4 x 16 MiB, one thread",
                        source.byteSize() / seconds / 1e9,
                        "GB/s",
                        "");
        begun = System.nanoTime();
        for (long at = 0; at < source.byteSize(); at += (long) pieces * piece) {
            gpu.synchronize();
            long from = at;
            IntStream.range(0, pieces)
                    .parallel()
                    .forEach(
                            slot ->
                                    MemorySegment.copy(
                                            source,
                                            from + (long) slot * piece,
                                            staging,
                                            (long) slot * piece,
                                            piece));
            gpu.stream().upload(pinned, to.slice(at, pinned.bytes()), pinned.bytes());
        }
        gpu.synchronize();
        seconds = (System.nanoTime() - begun) / 1e9;
        bench.report()
                .telling(
                        "the same, four threads copy",
                        source.byteSize() / seconds / 1e9,
                        "GB/s",
                        "");
        pinned.close();
    }
}
