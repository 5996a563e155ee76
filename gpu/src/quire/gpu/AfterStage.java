package quire.gpu;

/** Whether the card works for a new process after the stages that left it badly. */
final class AfterStage implements Stage.Work {
    @Override
    public void run(Bench bench) throws Exception {
        bench.report().check("a kernel in a new process", FaultsStage.works(bench), "");
    }
}
