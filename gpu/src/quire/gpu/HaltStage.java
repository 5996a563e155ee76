package quire.gpu;

import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;

/**
 * Ends its process while a kernel runs: how long the stage takes tells whether the driver waits for
 * it.
 */
final class HaltStage implements Stage.Work {
    @Override
    public void run(Bench bench) throws Exception {
        long seconds = 10;
        if (!bench.tiny()) {
            Launch spin =
                    bench.gpu()
                            .launch(
                                    bench.kernel("probe", "spin", 0),
                                    Grid.row(1, 32),
                                    seconds * 1_000_000_000L);
            spin.run();
        }
        Thread.sleep(500);
        bench.report().fact("ends after 0.5 s of a kernel that takes", seconds + " s");
        Runtime.getRuntime().halt(0);
    }
}
