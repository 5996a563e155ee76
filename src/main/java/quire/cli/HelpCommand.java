package quire.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quire help}: what there is, or one of it. */
@Command(
        name = "help",
        description = "Says what the commands are, or what one of them takes.",
        mixinStandardHelpOptions = true)
final class HelpCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "one of 'quire --help'")
    String command;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TOPIC",
            description =
                    "of serve: a group of flags, a flag or a part of one, or all; of another, a"
                            + " command of its own")
    String topic;

    @Override
    public Integer call() {
        CommandLine quire = spec.commandLine().getParent();
        PrintWriter out = spec.commandLine().getOut();
        CommandLine asked = command == null ? quire : quire.getSubcommands().get(command);
        if (asked == null) {
            throw new ParameterException(spec.commandLine(), Unmatched.sentence(quire, command));
        }
        if (asked.getCommand() instanceof ServeCommand serve) {
            serve.help(topic == null ? "" : topic, out);
        } else if (topic != null && asked.getSubcommands().containsKey(topic)) {
            asked.getSubcommands().get(topic).usage(out);
        } else if (topic != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "only serve has groups of flags; 'quire help " + command + "' says all");
        } else {
            asked.usage(out);
        }
        out.flush();
        return 0;
    }
}
