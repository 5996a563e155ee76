package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.error.HubException;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.hub.Pull;
import quire.hub.PullListener;

/** {@code quire show}: what a model of this machine is. */
@Command(
        name = "show",
        description =
                "Shows what a model of this machine is: architecture, parameters, context, types of"
                        + " its weights, chat template and licence.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ShowCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "folder, GGUF file, or OWNER/NAME as 'quire list' shows it; default quire-demo")
    String model;

    @Mixin HubOptions hub;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ShownModel.of(path()));
        out.flush();
        return 0;
    }

    private Path path() throws InterruptedException {
        ModelArgument typed = new ModelArgument(model);
        Optional<Path> here = typed.here();
        return here.isPresent()
                ? here.get()
                : cached(
                        typed.onHub(
                                hub.settings().cache(), "a folder, a GGUF file, or OWNER/NAME"));
    }

    /** Where the model lies in the cache; no hub is asked. */
    private Path cached(ModelName name) throws InterruptedException {
        HubSettings asked = hub.settings();
        try {
            return Pull.of(name, asked.withoutHub(), new Silent()).path();
        } catch (HubException e) {
            throw new HubException(
                    name
                            + " is not in "
                            + asked.cache()
                            + ", or not whole; "
                            + NearModel.inCache(name.toString(), asked.cache())
                                    .filter(near -> !near.equals(name.toString()))
                                    .map(near -> "did you mean " + near + "? ")
                                    .orElse("")
                            + "'quire pull "
                            + name
                            + "' brings it, and 'quire plan "
                            + name
                            + "' says before what it takes.",
                    e);
        }
    }

    private static final class Silent implements PullListener {

        @Override
        public void said(String fact) {}

        @Override
        public void advanced(long doneBytes, long totalBytes) {}
    }
}
