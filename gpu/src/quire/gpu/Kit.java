package quire.gpu;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * What a card is, does and costs: {@code Kit run [OPTIONS] [STAGE...]} runs each stage in a process
 * of its own, {@code Kit stage NAME OUT [--tiny]}, so that one that hangs or dies costs only
 * itself.
 */
final class Kit {
    private static final int MISTYPED = 2;

    /** Exit code of a stage that found no card. */
    static final int NO_CARD = 3;

    private Kit() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("stage")) {
            System.exit(stage(args));
        }
        try {
            Options options = Options.of(Arrays.copyOfRange(args, 1, args.length));
            System.exit(new Run(options).all() ? 0 : 1);
        } catch (Options.Refused refused) {
            System.err.println(refused.getMessage());
            System.exit(MISTYPED);
        }
    }

    /**
     * Returns an exit code, 0 where the stage came to its end. Threads that it leaves do not keep
     * the process.
     */
    private static int stage(String[] args) {
        Stage stage = Stage.of(args[1]).orElseThrow();
        Report report = new Report(stage.label(), Path.of(args[2]));
        try (Bench bench = new Bench(report, args.length > 3)) {
            stage.work.run(bench);
            return 0;
        } catch (Gpu.NoCard e) {
            System.err.println(e.getMessage());
            return NO_CARD;
        } catch (Throwable e) {
            e.printStackTrace();
            return 1;
        }
    }
}
