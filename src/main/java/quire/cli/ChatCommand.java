package quire.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code quire chat}: a conversation with the model of a server. */
@Command(
        name = "chat",
        description = {
            "Talks with the model of an OpenAI server.",
            "A question of -q or from a pipe prints the answer alone."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ChatCommand implements Callable<Integer> {

    @Mixin UrlOptions server;

    @Option(
            names = {"--system-prompt", "--system"},
            paramLabel = "TEXT",
            description = "what the model is told before the conversation")
    String system;

    @Mixin TalkOptions talk;

    @Override
    public Integer call() {
        return talk.run(true, system, List.of(), server::partner);
    }
}
