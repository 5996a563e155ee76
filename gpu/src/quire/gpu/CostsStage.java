package quire.gpu;

import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.PinnedBuffer;

/** What launches, graphs, events and small copies cost, on the host and on the card. */
final class CostsStage implements Stage.Work {
    @Override
    public void run(Bench bench) throws Exception {
        Gpu gpu = bench.gpu();
        Report report = bench.report();
        int count = bench.tiny() ? 20 : 2000;
        Kernel empty = bench.kernel("probe", "empty", 0);
        Launch launch = gpu.launch(empty, Grid.row(1, 32));
        for (int warm = 0; warm < 3; warm++) {
            host(bench, count, launch);
        }
        report.telling("launch, host", host(bench, count, launch), "µs", "cuLaunchKernelEx");
        report.figure(
                "empty kernels on a stream",
                gpu.medianMillis(repeated(launch, count)) / count * 1e3,
                "µs",
                "each");

        DeviceBuffer value = gpu.allocate(16);
        bench.gpu().write(value, new int[4]);
        int wide = bench.blocks();
        int length = bench.tiny() ? 20 : 300;
        chain(bench, "1 block", gpu.launch(empty, Grid.row(1, 32)), length, value);
        chain(
                bench,
                "a block on each multiprocessor",
                gpu.launch(empty, Grid.row(wide, 256)),
                length,
                value);
        Kernel chained = bench.kernel("probe", "chained", 0);
        chain(
                bench,
                "chained, a block each",
                gpu.launch(chained, Grid.row(wide, 256), value),
                length,
                value);
        chain(
                bench,
                "chained, a block each, overlapping",
                gpu.launch(chained, Grid.row(wide, 256), value).overlapping(),
                length,
                value);
        long done = bench.gpu().ints(value, 1)[0];
        report.check(
                "no launch of an overlapping chain ran ahead",
                done % length == 0 && done > 0,
                done + " additions");

        long begun = System.nanoTime();
        KernelModule.load(gpu.context(), bench.ptx(), "linear_skinny").close();
        report.figure(
                "compiling a module of 8 kernels from PTX",
                (System.nanoTime() - begun) / 1e6,
                "ms",
                "");
        events(bench, count);
    }

    /** Microseconds of the host for each of {@code count} launches, none of which waits. */
    private static double host(Bench bench, int count, Runnable launch) {
        bench.gpu().synchronize();
        int some = Math.min(count, 500);
        long begun = System.nanoTime();
        for (int i = 0; i < some; i++) {
            launch.run();
        }
        double micros = (System.nanoTime() - begun) / 1e3 / some;
        bench.gpu().synchronize();
        return micros;
    }

    private static Runnable repeated(Runnable work, int count) {
        return () -> {
            for (int i = 0; i < count; i++) {
                work.run();
            }
        };
    }

    private static void chain(
            Bench bench, String name, Launch launch, int length, DeviceBuffer value) {
        Gpu gpu = bench.gpu();
        double stream = gpu.medianMillis(repeated(launch, length)) / length * 1e3;
        bench.report().figure("stream, " + name, stream, "µs", "a kernel");
        try {
            Runnable graph = gpu.capture(repeated(launch, length));
            double inGraph = gpu.medianMillis(graph) / length * 1e3;
            bench.report().figure("graph, " + name, inGraph, "µs", "a kernel");
            gpu.synchronize();
            long begun = System.nanoTime();
            graph.run();
            bench.report()
                    .figure(
                            "graph launch, host, " + name,
                            (System.nanoTime() - begun) / 1e3,
                            "µs",
                            length + " kernels");
            gpu.synchronize();
        } catch (RuntimeException e) {
            bench.report().check("graph, " + name, false, e.toString());
        }
    }

    private static void events(Bench bench, int count) {
        Gpu gpu = bench.gpu();
        Event event = new Event(gpu.context());
        Runnable record = () -> event.record(gpu.stream());
        bench.report().figure("event record, host", host(bench, count, record), "µs", "");
        Runnable query = event::isDone;
        bench.report()
                .figure(
                        "event query, host",
                        host(bench, count, query),
                        "µs",
                        "of one that is done");

        DeviceBuffer small = gpu.allocate(16 << 10);
        PinnedBuffer pinned = new PinnedBuffer(gpu.context(), 16 << 10);
        Runnable up = () -> gpu.stream().upload(pinned, small, 8 << 10);
        Runnable down = () -> gpu.stream().download(small, pinned, 1 << 10);
        bench.report().figure("copy of 8 KiB up, host", host(bench, count, up), "µs", "");
        bench.report()
                .figure(
                        "copies of 8 KiB up, card",
                        gpu.medianMillis(repeated(up, count)) / count * 1e3,
                        "µs",
                        "each");
        bench.report()
                .figure(
                        "copies of 1 KiB down, card",
                        gpu.medianMillis(repeated(down, count)) / count * 1e3,
                        "µs",
                        "each");
        Runnable roundTrip =
                () -> {
                    up.run();
                    down.run();
                    gpu.synchronize();
                };
        bench.report().figure("up, down, wait (blocking)", host(bench, count, roundTrip), "µs", "");
        Runnable polled =
                () -> {
                    up.run();
                    down.run();
                    record.run();
                    while (!event.isDone()) {
                        Thread.onSpinWait();
                    }
                };
        bench.report()
                .figure("up, down, wait (polling an event)", host(bench, count, polled), "µs", "");
        pinned.close();
        event.close();
    }
}
