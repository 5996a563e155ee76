package quire.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.hub.CachedModels;
import quire.hub.ModelName;
import quire.hub.PullRate;

/** {@code quire rm}: removes models from the cache, without a question. */
@Command(
        name = "rm",
        description =
                "Removes models from the cache: of OWNER/NAME all, of OWNER/NAME:TAG the files of"
                        + " that quantisation that nothing else in the cache holds.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RemoveCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "as 'quire list' names it")
    List<String> models;

    @Mixin CacheOption cache;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        CachedModels cached = new CachedModels(cache.root());
        List<ModelName> names = models.stream().map(ModelName::parse).toList();
        for (ModelName name : names) {
            out.printf("%s removed, %s free%n", name, PullRate.size(cached.remove(name)));
            out.flush();
        }
        return 0;
    }
}
