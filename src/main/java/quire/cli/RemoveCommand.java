package quire.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.error.HubException;
import quire.hub.CachedModels;
import quire.hub.ModelName;
import quire.hub.PullRate;
import quire.settings.Spelling;

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
        List<ModelName> names = models.stream().map(typed -> named(typed, cached)).toList();
        for (ModelName name : names) {
            out.printf("%s removed, %s free%n", name, PullRate.size(cached.remove(name)));
            out.flush();
        }
        return 0;
    }

    /** Who types a name that the cache has not, but nearly, is told. */
    private ModelName named(String typed, CachedModels cached) {
        boolean isThere =
                ModelName.of(typed).stream()
                        .anyMatch(
                                name ->
                                        cached.all().stream()
                                                .anyMatch(
                                                        m -> m.name().repo().equals(name.repo())));
        Optional<String> near = isThere ? Optional.empty() : NearModel.inCache(typed, cache.root());
        if (near.isPresent()) {
            throw new HubException(
                    "'" + typed + "' is not in the cache" + Spelling.guess(near.get()));
        }
        return ModelName.parse(typed);
    }
}
