package quire.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import quire.LLMException;
import quire.cli.talk.PartnerException;
import quire.cli.talk.Sentences;
import quire.error.QuireException;
import quire.settings.Flags;

/** Entry point of {@code quire}: a user's mistake ends in one sentence, never in a stack trace. */
@QuarkusMain
@Command(
        name = "quire",
        description = "Serves large language models from the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = QuireVersion.class)
public final class Main implements Runnable {

    public static void main(String[] args) {
        int exitCode = commandLine().execute(dashed(args));
        if (exitCode != ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    /** vLLM takes {@code --max_model_len} for {@code --max-model-len}; so do we. */
    static String[] dashed(String... args) {
        return Arrays.stream(args).map(Main::dashed).toArray(String[]::new);
    }

    private static String dashed(String argument) {
        if (!argument.startsWith("--")) {
            return argument;
        }
        int end = argument.indexOf('=');
        String flag = end < 0 ? argument : argument.substring(0, end);
        String value = argument.substring(flag.length());
        // The parser would take the flag that help is wanted of for one that is given.
        return flag.replace('_', '-')
                + (flag.equals("--help") ? value.replaceFirst("^=-+", "=") : value);
    }

    static CommandLine commandLine() {
        CommandLine quire = commands();
        quire.getSubcommands().values().forEach(Main::tellVersion);
        return quire;
    }

    private static void tellVersion(CommandLine command) {
        command.getCommandSpec().versionProvider(new QuireVersion());
        command.getSubcommands().values().forEach(Main::tellVersion);
    }

    private static CommandLine commands() {
        return new CommandLine(new Main())
                .addSubcommand(ServeCommand.commandLine())
                .addSubcommand(new RunCommand())
                .addSubcommand(new ChatCommand())
                .addSubcommand(new CompleteCommand())
                .addSubcommand(new PullCommand())
                .addSubcommand(new ListCommand())
                .addSubcommand(new RemoveCommand())
                .addSubcommand(new ShowCommand())
                .addSubcommand(new PlanCommand())
                .addSubcommand(new BenchCommand())
                .addSubcommand(new HelpCommand())
                .addSubcommand(new CompletionCommand())
                // A value that begins with @ is a value; picocli would read it from a file.
                .setExpandAtFiles(false)
                // -hf is llama.cpp's flag, not -h with the value f.
                .setPosixClusteredShortOptionsAllowed(false)
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
        command.getErr().println("quire: " + sentence(error));
        return ExitCode.USAGE;
    }

    private static String sentence(CommandLine.ParameterException error) {
        return switch (error) {
            case CommandLine.UnmatchedArgumentException unmatched ->
                    Unmatched.sentence(error.getCommandLine(), unmatched.getUnmatched().getFirst());
            case CommandLine.MissingParameterException missing
                    when !missing.getMissing().isEmpty() ->
                    flag(missing.getMissing().getFirst()) + " needs a value";
            case CommandLine.OverwrittenOptionException twice ->
                    flag(twice.getOverwritten()) + " is given twice; leave one out";
            default -> error.getMessage();
        };
    }

    private static String flag(CommandLine.Model.ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    private static int report(Exception error, CommandLine command, ParseResult parsed)
            throws Exception {
        if (error instanceof QuireException ours) {
            command.getErr().println("quire: " + ours.message(Flags::spelled));
            return ExitCode.SOFTWARE;
        }
        if (error instanceof LLMException || error instanceof PartnerException) {
            command.getErr().println("quire: " + Sentences.of((RuntimeException) error));
            return ExitCode.SOFTWARE;
        }
        throw error;
    }

    /** What a user needs to know of a failure: our own sentence, or the cause of all causes. */
    static String sentence(Throwable failure) {
        Throwable deepest = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof QuireException ours) {
                return ours.message(Flags::spelled);
            }
            deepest = cause;
        }
        return "the server could not start: " + deepest;
    }
}
