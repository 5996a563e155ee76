package quire.cli;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completions in the words of fish, which has no script of picocli's. */
final class FishCompletion {

    private final StringJoiner script =
            new StringJoiner(System.lineSeparator(), "", System.lineSeparator());

    private FishCompletion() {}

    /** The script for a command, its commands and theirs. */
    static String of(CommandLine quire) {
        FishCompletion fish = new FishCompletion();
        fish.script.add("# Completions of " + quire.getCommandName() + " for fish.");
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
