package quire.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.settings.Spelling;

/** {@code quire completion}: what a shell needs to complete commands and flags. */
@Command(
        name = "completion",
        description = "Prints what a shell needs to complete commands and flags.",
        footer = {
            "bash, zsh:  source <(quire completion bash)    in ~/.bashrc or ~/.zshrc",
            "fish:       quire completion fish >~/.config/fish/completions/quire.fish"
        },
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {

    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Spec CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish")
    String shell;

    @Override
    public Integer call() {
        CommandLine quire = spec.commandLine().getParent();
        PrintWriter out = spec.commandLine().getOut();
        out.print(
                switch (shell) {
                    // The one script speaks to both: zsh runs bash's completions.
                    case "bash", "zsh" -> bash(quire);
                    case "fish" -> FishCompletion.of(quire);
                    default -> throw unknown();
                });
        out.flush();
        return 0;
    }

    /** Whether a model comes first behind the command. */
    static boolean takesModel(CommandLine command) {
        return command.getCommandSpec().positionalParameters().stream()
                .anyMatch(place -> place.paramLabel().equals("MODEL"));
    }

    /** Picocli's script, and names of models beside what it completes. */
    private static String bash(CommandLine quire) {
        String name = quire.getCommandName();
        String commands =
                quire.getSubcommands().entrySet().stream()
                        .filter(sub -> takesModel(sub.getValue()))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.joining(" "));
        return AutoComplete.bash(name, quire)
                + """

                # Names of models come from the program that is typed: it need not be on the path.
                function _complete_NAME_models() {
                  _complete_NAME "$@"
                  local word="${COMP_WORDS[COMP_CWORD]}"
                  if [[ $COMP_CWORD -eq 2 && "$word" != -* && " COMMANDS " == *" ${COMP_WORDS[1]} "* ]]; then
                    COMPREPLY+=( $(compgen -W "$("${COMP_WORDS[0]}" list 2>/dev/null | grep -o '^[^ ]*/[^ ]*')" -- "$word") )
                  fi
                }
                complete -F _complete_NAME_models -o default NAME NAME.sh NAME.bash
                """
                        .replace("NAME", name)
                        .replace("COMMANDS", commands);
    }

    private ParameterException unknown() {
        return new ParameterException(
                spec.commandLine(),
                "there are no completions for '"
                        + shell
                        + "'"
                        + Spelling.nearest(shell, SHELLS)
                                .map(Spelling::guess)
                                .orElse("; the shells are " + String.join(", ", SHELLS)));
    }
}
