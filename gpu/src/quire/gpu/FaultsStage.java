package quire.gpu;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.Grid;

/** What the driver says of mistakes that harm nobody, and of a kernel that does not end. */
final class FaultsStage implements Stage.Work {
    private static final long SPIN_SECONDS = 8;
    private static final Duration SHORT = Duration.ofSeconds(1);

    @Override
    public void run(Bench bench) throws Exception {
        Report report = bench.report();
        report.fact(
                "more memory than there is",
                said(
                        () ->
                                bench.gpu()
                                        .allocate(
                                                bench.gpu().context().memory().totalBytes()
                                                        + (1 << 20))));
        report.check("goes on after it", works(bench), "");
        report.fact(
                "more shared memory than there is",
                said(() -> bench.kernel("probe", "empty", 300 << 10)));
        report.fact(
                "a launch of too many threads",
                said(
                        () ->
                                bench.gpu()
                                        .launch(
                                                bench.kernel("probe", "empty", 0),
                                                Grid.row(1, 2048))
                                        .run()));
        report.check("goes on after them", works(bench), "");
        bench.gpu().close();
        if (!bench.tiny()) {
            hang(bench);
        }
    }

    /**
     * A kernel that does not end for a while: polling sees it, and what destroying its context does
     * is timed.
     */
    private static void hang(Bench bench) throws Exception {
        Report report = bench.report();
        Gpu gpu = new Gpu();
        Bench own = bench.on(gpu);
        works(own);
        gpu.launch(own.kernel("probe", "spin", 0), Grid.row(1, 32), SPIN_SECONDS * 1_000_000_000L)
                .run();
        Event event = new Event(gpu.context());
        event.record(gpu.stream());
        report.fact("hang: waiting for it for 1 s says", said(() -> event.await(SHORT)));
        long begun = System.nanoTime();
        var destroyed = CompletableFuture.supplyAsync(() -> said(gpu::closeFromElsewhere));
        String within;
        try {
            within = destroyed.get(3, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            within = "nothing for 3 s";
        }
        report.fact("hang: destroying its context says", within);
        destroyed.get();
        String note = "a kernel of " + SPIN_SECONDS + " s, destroyed after 1 s";
        report.figure("hang: destroying its context", (System.nanoTime() - begun) / 1e9, "s", note);
    }

    static boolean works(Bench bench) throws Exception {
        DeviceBuffer value = bench.gpu().allocate(16);
        bench.gpu().write(value, new int[4]);
        bench.gpu().launch(bench.kernel("probe", "chained", 0), Grid.row(1, 32), value).run();
        bench.gpu().synchronize();
        return bench.gpu().ints(value, 1)[0] == 1;
    }

    /** An attempt that may throw anything. */
    interface Attempt {
        void run() throws Exception;
    }

    static String said(Attempt attempt) {
        try {
            attempt.run();
            return "success";
        } catch (CudaException | IllegalStateException e) {
            return e.getMessage();
        } catch (Exception e) {
            return e.toString();
        }
    }
}
