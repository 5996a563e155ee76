package quire.cli;

import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import quire.hub.CachedModel;
import quire.hub.CachedModels;
import quire.hub.PullRate;

/** {@code quire list}: the models of the cache. */
@Command(
        name = "list",
        description = "Lists the models of the cache: name, size, date.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ListCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Mixin CacheOption cache;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<CachedModel> models = new CachedModels(cache.root()).all();
        int width = models.stream().mapToInt(m -> m.name().toString().length()).max().orElse(4);
        String row = "%-" + width + "s  %10s  %s%s%n";
        out.printf(Locale.ROOT, row, "NAME", "SIZE", "DATE", "");
        for (CachedModel model : models) {
            out.printf(
                    Locale.ROOT,
                    row,
                    model.name(),
                    PullRate.size(model.bytes()),
                    LocalDate.ofInstant(model.changed(), ZoneId.systemDefault()),
                    model.whole() ? "" : "  not whole: 'quire pull' goes on with it");
        }
        out.flush();
        return 0;
    }
}
