package quire.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
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
                    case "bash", "zsh" -> AutoComplete.bash(quire.getCommandName(), quire);
                    case "fish" -> FishCompletion.of(quire);
                    default -> throw unknown();
                });
        out.flush();
        return 0;
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
