package quire.gpu;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** PyTorch on the same shapes, where this machine has Python with it. */
final class PeersStage implements Stage.Work {
    private static final String FOUND =
            "import sys, torch; sys.exit(0 if torch.cuda.is_available() else 1)";

    @Override
    public void run(Bench bench) throws Exception {
        if (bench.tiny() || !succeeds(Redirect.DISCARD, "-c", FOUND)) {
            bench.report().fact("PyTorch with CUDA", "is not here");
            return;
        }
        String rows = bench.report().file().toString();
        if (!succeeds(Redirect.INHERIT, bench.peers().toString(), rows)) {
            throw new IOException("peers.py did not come to its end");
        }
    }

    private static boolean succeeds(Redirect errors, String... arguments)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(List.of(arguments));
        ProcessBuilder python = new ProcessBuilder(command).inheritIO().redirectError(errors);
        try {
            return python.start().waitFor() == 0;
        } catch (IOException e) {
            // There is no Python.
            return false;
        }
    }
}
