package quire.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;
import quire.error.QuireException;

/** Entry point of {@code quire}: a user's mistake ends in one sentence, never in a stack trace. */
@QuarkusMain
@Command(
        name = "quire",
        description = "Serves large language models from the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = QuireVersion.class,
        subcommands = {ServeCommand.class, BenchCommand.class})
public final class Main implements Runnable {

    public static void main(String[] args) {
        int exitCode = commandLine().execute(args);
        if (exitCode != ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler(Main::report);
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    private static int explain(CommandLine.ParameterException error, String[] args) {
        CommandLine command = error.getCommandLine();
        String message = error instanceof CommandLine.UnmatchedArgumentException unmatched
                ? KnownFlags.explain(unmatched.getUnmatched().getFirst())
                : error.getMessage();
        command.getErr().println("quire: " + message);
        return ExitCode.USAGE;
    }

    private static int report(Exception error, CommandLine command, ParseResult parsed) throws Exception {
        if (error instanceof QuireException) {
            command.getErr().println("quire: " + error.getMessage());
            return ExitCode.SOFTWARE;
        }
        throw error;
    }
}
