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

    private Kit() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("stage")) {
            System.exit(stage(args) ? 0 : 1);
        }
        try {
            Options options = Options.of(Arrays.copyOfRange(args, 1, args.length));
            System.exit(new Run(options).all() ? 0 : 1);
        } catch (Options.Refused refused) {
            System.err.println(refused.getMessage());
            System.exit(MISTYPED);
        }
    }

    /** Whether it came to its end. Threads that it leaves do not keep the process. */
    private static boolean stage(String[] args) {
        Stage stage = Stage.of(args[1]).orElseThrow();
        Report report = new Report(stage.label(), Path.of(args[2]));
        try (Bench bench = new Bench(report, args.length > 3)) {
            stage.work.run(bench);
            return true;
        } catch (Throwable e) {
            e.printStackTrace();
            return false;
        }
    }
}
