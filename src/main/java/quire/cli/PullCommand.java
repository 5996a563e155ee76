package quire.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.hub.ModelName;
import quire.hub.Pull;
import quire.hub.PullRate;
import quire.hub.PulledModel;

/** {@code quire pull}: brings a model from a hub into the cache that Python's libraries share. */
@Command(
        name = "pull",
        description = {
            "Brings a model from the Hugging Face hub into the cache that Python's libraries share,"
                    + " and prints where it lies.",
            "What is there is not fetched again, and an interrupted pull is gone on with."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PullCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL",
            description =
                    "OWNER/NAME, or OWNER/NAME:TAG with the quantisation of a GGUF repository, such"
                            + " as Q4_K_M")
    String model;

    @Mixin HubOptions hub;

    @Override
    public Integer call() throws InterruptedException {
        ModelArgument.refuseElsewhere(model);
        ModelName name = ModelName.parse(model);
        PrintWriter err = spec.commandLine().getErr();
        PullProgress progress = PullProgress.on(err);
        Thread stopped =
                Thread.ofPlatform()
                        .unstarted(
                                () ->
                                        progress.said(
                                                "stopped; what came is kept: 'quire pull "
                                                        + name
                                                        + "' goes on from here"));
        Runtime.getRuntime().addShutdownHook(stopped);
        long start = System.nanoTime();
        PulledModel pulled;
        try {
            pulled = Pull.of(name, hub.settings(), progress);
        } finally {
            Runtime.getRuntime().removeShutdownHook(stopped);
        }
        err.printf(
                "%s: %d files of %s, %s fetched in %d s%n",
                name,
                pulled.numFiles(),
                PullRate.size(pulled.bytes()),
                PullRate.size(pulled.fetchedBytes()),
                (System.nanoTime() - start) / 1_000_000_000L);
        err.flush();
        PrintWriter out = spec.commandLine().getOut();
        out.println(pulled.path());
        out.flush();
        return 0;
    }
}
