package quire.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import quire.hub.ModelName;
import quire.settings.Flags;
import quire.settings.Origin;
import quire.settings.Spelling;

/** Words for arguments that no option matched. */
final class Unmatched {

    /** Commands of other programs, and what to type here. */
    private static final Map<String, String> ELSEWHERE =
            Map.ofEntries(
                    Map.entry("ls", "quire list"),
                    Map.entry("remove", "quire rm"),
                    Map.entry("delete", "quire rm"),
                    Map.entry("download", "quire pull"),
                    Map.entry("start", "quire serve"),
                    Map.entry("version", "quire --version"),
                    Map.entry("collect-env", "quire --version"),
                    Map.entry("ps", "GET /v1/models and /load of a server"),
                    Map.entry("stop", "Ctrl-C, or SIGTERM to the server's process"),
                    Map.entry("create", "quire serve with --chat-template and --generation-config"),
                    Map.entry("run-batch", "quire serve, which batches what it is asked at once"));

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
            List<String> flags =
                    command.getCommandSpec().options().stream()
                            .flatMap(option -> Stream.of(option.names()))
                            .filter(option -> option.startsWith("--"))
                            .map(option -> option.substring(2))
                            .toList();
            return "unknown flag "
                    + flag
                    + Spelling.nearest(flag.replaceFirst("^--?", ""), flags)
                            .map(near -> "; did you mean --" + near + "?")
                            .orElse(
                                    "; 'quire "
                                            + (isQuire ? "" : name + " ")
                                            + "--help' lists the flags");
        }
        return isQuire
                ? unknown(argument, new ArrayList<>(command.getSubcommands().keySet()))
                : "unexpected argument '"
                        + argument
                        + "'; 'quire "
                        + name
                        + " --help' says what it takes";
    }

    private static String unknown(String argument, List<String> commands) {
        if (ELSEWHERE.containsKey(argument)) {
            return "there is no command " + argument + " here; use " + ELSEWHERE.get(argument);
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
