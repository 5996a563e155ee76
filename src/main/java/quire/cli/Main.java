package quire.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
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

    /**
     * By name, in the order of the help. To look through the options of all takes longer than most
     * of what they do, so that each is made when it is asked for.
     */
    private static final Map<String, Supplier<CommandLine>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("serve", ServeCommand::commandLine);
        COMMANDS.put("run", RunCommand::commandLine);
        COMMANDS.put("chat", () -> of(new ChatCommand()));
        COMMANDS.put("complete", () -> of(new CompleteCommand()));
        COMMANDS.put("pull", () -> of(new PullCommand()));
        COMMANDS.put("list", () -> of(new ListCommand()));
        COMMANDS.put("rm", () -> of(new RemoveCommand()));
        COMMANDS.put("show", () -> of(new ShowCommand()));
        COMMANDS.put("plan", () -> of(new PlanCommand()));
        COMMANDS.put("bench", () -> of(new BenchCommand()));
        COMMANDS.put("help", () -> of(new HelpCommand()));
        COMMANDS.put("completion", () -> of(new CompletionCommand()));
    }

    /** What speaks of the other commands. */
    private static final Set<String> ABOUT_ALL = Set.of("help", "completion");

    public static void main(String[] args) {
        int exitCode = commandLine(args).execute(dashed(args));
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

    /** With all commands. */
    static CommandLine commandLine() {
        return commandLine(command -> true);
    }

    /** With the one that is named first; whoever names none, or asks about all, gets all. */
    private static CommandLine commandLine(String... args) {
        String first = args.length == 0 ? "" : args[0];
        boolean alone = COMMANDS.containsKey(first) && !ABOUT_ALL.contains(first);
        return commandLine(command -> !alone || command.equals(first));
    }

    private static CommandLine commandLine(Predicate<String> wanted) {
        CommandLine quire = new CommandLine(new Main());
        COMMANDS.forEach(
                (name, command) -> {
                    if (wanted.test(name)) {
                        quire.addSubcommand(name, command.get());
                    }
                });
        quire.getSubcommands().values().forEach(Main::tellVersion);
        // A value that begins with @ is a value; picocli would read it from a file.
        return quire.setExpandAtFiles(false)
                // -hf is llama.cpp's flag, not -h with the value f.
                .setPosixClusteredShortOptionsAllowed(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler(Main::report);
    }

    private static void tellVersion(CommandLine command) {
        command.getCommandSpec().versionProvider(new QuireVersion());
        command.getSubcommands().values().forEach(Main::tellVersion);
    }

    private static CommandLine of(Object command) {
        return new CommandLine(command);
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
                    missing(error.getCommandLine(), missing.getMissing().getFirst());
            case CommandLine.OverwrittenOptionException twice ->
                    flag(twice.getOverwritten()) + " is given twice; leave one out";
            default ->
                    error.getArgSpec() instanceof OptionSpec option && option.usageHelp()
                            ? "--help has no topics here; '"
                                    + error.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help' says all"
                            : error.getMessage();
        };
    }

    /** A flag that is not known may be why the argument behind it is missed. */
    private static String missing(CommandLine command, CommandLine.Model.ArgSpec argument) {
        return command.getUnmatchedArguments().stream()
                .filter(word -> word.startsWith("-"))
                .findFirst()
                .map(word -> Unmatched.sentence(command, word))
                .orElse(flag(argument) + " needs a value");
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
