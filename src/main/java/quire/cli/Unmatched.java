package quire.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import quire.hub.ModelName;
import quire.settings.Elsewhere;
import quire.settings.Flags;
import quire.settings.Origin;
import quire.settings.Spelling;

/** Words for arguments that no option matched. */
final class Unmatched {

    private Unmatched() {}

    /**
     * One sentence about an argument.
     *
     * @param command that it was given to: {@code quire} itself or one of its commands
     */
    static String sentence(CommandLine command, String argument) {
        String name = command.getCommandName();
        String flag = argument.split("=", 2)[0];
        if (name.equals("serve")) {
            return flag.startsWith("-")
                    ? Flags.explain(Origin.COMMAND_LINE, flag.replaceFirst("^--?", ""), flag)
                    : "unexpected argument '" + argument + "'; quire serve takes one model";
        }
        boolean isQuire = command.getParent() == null;
        if (flag.startsWith("-")) {
            Optional<String> instead =
                    Elsewhere.instead(name, flag)
                            .or(() -> inOther(command, flag))
                            .or(() -> name.equals("run") ? ofServe(flag) : Optional.empty());
            if (instead.isPresent()) {
                return flag + " " + instead.get();
            }
            List<String> flags =
                    command.getCommandSpec().options().stream()
                            .flatMap(option -> Stream.of(option.names()))
                            .filter(option -> option.startsWith("--"))
                            .map(option -> option.substring(2))
                            .toList();
            return "unknown flag "
                    + flag
                    + Spelling.nearest(flag.replaceFirst("^--?", ""), flags)
                            .map(near -> Spelling.guess("--" + near))
                            .orElse(
                                    "; '"
                                            + command.getCommandSpec().qualifiedName()
                                            + " --help' lists the flags");
        }
        return isQuire
                ? unknown(argument, new ArrayList<>(command.getSubcommands().keySet()))
                : "unexpected argument '"
                        + argument
                        + "'; '"
                        + command.getCommandSpec().qualifiedName()
                        + " --help' says what it takes";
    }

    /** Of which commands it is a flag, where it was typed in front of them. */
    private static Optional<String> inOther(CommandLine command, String flag) {
        List<String> owners =
                command.getSubcommands().entrySet().stream()
                        .filter(sub -> sub.getValue().getCommandSpec().findOption(flag) != null)
                        .map(Map.Entry::getKey)
                        .toList();
        return owners.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "is a flag of "
                                + String.join(", ", owners)
                                + " and stands behind it: quire "
                                + owners.getFirst()
                                + " "
                                + flag);
    }

    /** Why {@code quire run} does not take a flag that {@code quire serve} knows. */
    private static Optional<String> ofServe(String typed) {
        String name = typed.replaceFirst("^--?", "");
        return Flags.find(name)
                .or(() -> Flags.find(name.replaceFirst("^no-", "")))
                .map(
                        flag ->
                                "is about a server, and 'quire run' starts none; leave it out, or"
                                        + " use it with 'quire serve'")
                .or(() -> Elsewhere.instead("serve", typed));
    }

    private static String unknown(String argument, List<String> commands) {
        Optional<String> instead = Elsewhere.instead(Elsewhere.COMMANDS, argument);
        if (instead.isPresent()) {
            return "there is no command " + argument + " here; " + instead.get();
        }
        if (NearModel.isModel(argument) || ModelName.of(argument).isPresent()) {
            return "'" + argument + "' is no command; 'quire serve " + argument + "' serves it";
        }
        String near =
                Spelling.nearest(argument, commands)
                        .map(word -> "did you mean " + word + "? The")
                        .orElse("the");
        String last = commands.removeLast();
        return "unknown command '"
                + argument
                + "'; "
                + near
                + " commands are "
                + String.join(", ", commands)
                + " and "
                + last;
    }
}
