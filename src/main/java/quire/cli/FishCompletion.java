package quire.cli;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completions in the words of fish, which has no script of picocli's. */
final class FishCompletion {

    private static final String MODELS = "__quire_models";

    private final StringJoiner script =
            new StringJoiner(System.lineSeparator(), "", System.lineSeparator());

    private FishCompletion() {}

    /** The script for a command, its commands and theirs. */
    static String of(CommandLine quire) {
        FishCompletion fish = new FishCompletion();
        fish.script.add("# Completions of " + quire.getCommandName() + " for fish.");
        // By the program that is typed: it need not be on the path.
        fish.script.add("function " + MODELS);
        fish.script.add("    set -l typed (commandline -opc)[1]");
        fish.script.add("    type -q -- $typed; or return");
        fish.script.add("    string match -q -- '-*' (commandline -ct); and return");
        fish.script.add("    $typed list 2>/dev/null | string match -r '^\\S+/\\S+'");
        fish.script.add("end");
        fish.add(quire.getCommandName(), quire, "");
        return fish.script.toString();
    }

    /**
     * Adds what may follow a command.
     *
     * @param path commands that lead to it, as fish has seen them; empty for the first
     */
    private void add(String quire, CommandLine command, String path) {
        Map<String, CommandLine> commands = command.getSubcommands();
        StringJoiner here = new StringJoiner("; and ");
        for (String word : path.isEmpty() ? List.<String>of() : List.of(path.split(" "))) {
            here.add("__fish_seen_subcommand_from " + word);
        }
        if (!commands.isEmpty()) {
            here.add("not __fish_seen_subcommand_from " + String.join(" ", commands.keySet()));
        }
        String start = "complete -c " + quire + " -n " + quoted(here.toString());
        commands.forEach(
                (name, sub) ->
                        script.add(
                                start
                                        + " -f -a "
                                        + name
                                        + " -d "
                                        + quoted(first(sub.getCommandSpec()))));
        for (OptionSpec option : command.getCommandSpec().options()) {
            script.add(start + option(option));
        }
        if (CompletionCommand.takesModel(command)) {
            script.add(start + " -a " + quoted("(" + MODELS + ")") + " -d 'model of this machine'");
        }
        commands.forEach((name, sub) -> add(quire, sub, (path + " " + name).strip()));
    }

    private static String option(OptionSpec option) {
        StringBuilder words = new StringBuilder();
        for (String name : option.names()) {
            String word = name.replaceFirst("^--?", "");
            words.append(name.startsWith("--") ? " -l " : " -s ").append(word);
            if (option.negatable()) {
                words.append(" -l no-").append(word);
            }
        }
        // Of a flag that may have a value fish would wait for one.
        if (option.arity().min() > 0) {
            words.append(" -r");
        }
        if (option.completionCandidates() != null) {
            words.append(" -f -a ").append(quoted(String.join(" ", option.completionCandidates())));
        }
        return words.append(" -d ").append(quoted(first(option.description()))).toString();
    }

    private static String first(CommandSpec spec) {
        return first(spec.usageMessage().description());
    }

    private static String first(String... lines) {
        return lines.length == 0 ? "" : lines[0].replaceFirst("[;.](\\s.*)?$", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
