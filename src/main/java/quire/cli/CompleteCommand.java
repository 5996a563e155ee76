package quire.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quire complete}: texts continued by the model of a server. */
@Command(
        name = "complete",
        description = {
            "Has the model of an OpenAI server continue texts, each by itself.",
            "A text of -q or from a pipe prints what comes behind it alone."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CompleteCommand implements Callable<Integer> {

    @Mixin UrlOptions server;

    @Mixin TalkOptions talk;

    @Override
    public Integer call() {
        return talk.run(false, null, List.of(), server::partner);
    }
}
