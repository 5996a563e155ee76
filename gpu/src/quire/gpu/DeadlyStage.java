package quire.gpu;

import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;

/**
 * A kernel that dies: what the driver says, and whether the process can go on with a context made
 * anew.
 *
 * @param kernel its name
 * @param primary whether it dies in the device's primary context, which is then released, or in one
 *     of its own, which is destroyed
 */
record DeadlyStage(String kernel, boolean primary) implements Stage.Work {
    @Override
    public void run(Bench bench) throws Exception {
        Report report = bench.report();
        // One context at a time: a fault may take every context of a process with it.
        bench.gpu().close();
        Gpu gpu = new Gpu(primary);
        Bench own = bench.on(gpu);
        report.check("healthy before", FaultsStage.works(own), "");
        Launch launch = gpu.launch(own.kernel("probe", kernel, 0), Grid.row(1, 32));
        report.fact("launch says", FaultsStage.said(launch::run));
        report.fact("waiting says", FaultsStage.said(gpu::synchronize));
        report.fact("the next allocation says", FaultsStage.said(() -> gpu.allocate(1 << 20)));
        long begun = System.nanoTime();
        report.fact(
                primary ? "releasing the context says" : "destroying the context says",
                FaultsStage.said(gpu::close));
        report.figure("that took", (System.nanoTime() - begun) / 1e6, "ms", "");
        begun = System.nanoTime();
        String made = FaultsStage.said(() -> new Gpu(primary).close());
        String again =
                FaultsStage.said(
                        () -> {
                            Gpu next = new Gpu(primary);
                            if (!FaultsStage.works(bench.on(next))) {
                                throw new IllegalStateException(
                                        "a kernel in the new context did nothing");
                            }
                            next.close();
                        });
        report.fact("making a context anew says", made);
        report.fact("a kernel in a context made anew says", again);
        report.figure("both took", (System.nanoTime() - begun) / 1e6, "ms", "");
    }
}
