package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jcuda.CudaException;
import jcuda.driver.CUevent;

/** What the driver says when something goes wrong, and whether the process can go on with a context of its own making. */
final class FaultsStage implements Kit.Work {
    private static final long SPIN_SECONDS = 8;

    @Override
    public void run(Bench bench) throws Exception {
        Report report = bench.report();
        report.fact("more memory than there is", said(() -> bench.gpu().allocate(bench.gpu().memory()[1] + (1 << 20))));
        report.check("goes on after it", works(bench), "");
        report.fact(
                "more shared memory than there is", said(() -> bench.kernel("probe", "empty", 300 << 10)));
        report.fact(
                "a launch of too many threads",
                said(() -> bench.gpu().launch(bench.kernel("probe", "empty", 0), Grid.row(1, 2048)).run()));
        report.check("goes on after them", works(bench), "");
        // A fault may take every context of the process with it: from here on there is one at a time.
        bench.gpu().abandon();
        if (!bench.tiny()) {
            hang(bench);
        }
        for (String kernel : new String[] {"trap_at_once", "wild_write"}) {
            fault(bench, kernel);
        }
    }

    /** A kernel that dies, in a context of its own, which is then destroyed and made anew. */
    private static void fault(Bench bench, String kernel) throws Exception {
        Report report = bench.report();
        Gpu gpu;
        try {
            gpu = new Gpu();
        } catch (CudaException e) {
            report.fact(kernel + ": a context to begin with", e.getMessage());
            return;
        }
        Bench own = new Bench(gpu, bench.kernels(), report, bench.tiny());
        report.check(kernel + ": healthy before", works(own), "");
        Launch launch = gpu.launch(own.kernel("probe", kernel, 0), Grid.row(1, 32));
        report.fact(kernel + ": launch says", said(launch::run));
        report.fact(kernel + ": waiting says", said(gpu::synchronize));
        report.fact(kernel + ": the next allocation says", said(() -> gpu.allocate(1 << 20)));
        long begun = System.nanoTime();
        report.fact(kernel + ": destroying the context says", said(gpu::abandon));
        report.figure(kernel + ": destroying the context", (System.nanoTime() - begun) / 1e6, "ms", "");
        begun = System.nanoTime();
        String again = said(() -> {
            try (Gpu next = new Gpu()) {
                if (!works(new Bench(next, bench.kernels(), report, bench.tiny()))) {
                    throw new IllegalStateException("a kernel in the new context did nothing");
                }
            }
        });
        report.figure(kernel + ": a new context and its first kernel", (System.nanoTime() - begun) / 1e6, "ms", again);
    }

    /** A kernel that does not end for a while: polling sees it, and what destroying its context does is timed. */
    private static void hang(Bench bench) throws Exception {
        Report report = bench.report();
        Gpu gpu = new Gpu();
        Bench own = new Bench(gpu, bench.kernels(), report, false);
        works(own);
        gpu.launch(own.kernel("probe", "spin", 0), Grid.row(1, 32), SPIN_SECONDS * 1_000_000_000L)
                .run();
        CUevent event = new CUevent();
        cuEventCreate(event, 2);
        cuEventRecord(event, gpu.stream());
        Thread.sleep(1000);
        report.fact("hang: an event of it after 1 s says", said(() -> cuEventQuery(event)));
        long begun = System.nanoTime();
        var destroyed = CompletableFuture.supplyAsync(() -> said(gpu::abandon));
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

    private static boolean works(Bench bench) throws Exception {
        Gpu.Buffer value = bench.gpu().allocate(16);
        value.write(new int[4]);
        bench.gpu()
                .launch(bench.kernel("probe", "chained", 0), Grid.row(1, 32), value)
                .run();
        bench.gpu().synchronize();
        return value.ints(1)[0] == 1;
    }

    /** An attempt that may throw anything. */
    private interface Attempt {
        void run() throws Exception;
    }

    private static String said(Attempt attempt) {
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
