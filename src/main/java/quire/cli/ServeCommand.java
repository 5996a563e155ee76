package quire.cli;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.cli.talk.Streams;
import quire.error.ConfigurationException;
import quire.hub.HubSettings;
import quire.settings.Address;
import quire.settings.EngineSettings;
import quire.settings.Flags;
import quire.settings.HubModel;
import quire.settings.RequestLogging;
import quire.settings.Settings;
import quire.settings.Spelling;

/**
 * {@code quire serve}: reads the flags, which are the rows of {@link Flags}, checks all that can be
 * checked without a model, and starts Quarkus.
 */
@Command(
        name = "serve",
        description = "Serves a model over the OpenAI API; without MODEL, the embedded quire-demo.",
        sortOptions = false,
        footer =
                "Each flag is also an environment variable: --max-model-len is QUIRE_MAX_MODEL_LEN. A"
                        + " flag wins over the environment, that over the file of --config.")
final class ServeCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "the same as --model")
    String model;

    @Option(
            names = {"-h", "--help"},
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "TOPIC",
            description =
                    "the groups of flags; with a group, a flag or a part of its name, those; all of"
                            + " them with all")
    String help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "version, commit, JVM and backends")
    boolean version;

    private ServeCommand() {}

    /** The command with an option for each flag. */
    static CommandLine commandLine() {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new ServeCommand());
        Flags.all().forEach(flag -> spec.addOption(FlagOptions.option(flag)));
        return new CommandLine(spec);
    }

    /** Prints the help about a topic; empty for the groups of flags. */
    void help(String topic, PrintWriter out) {
        if (!new ServeHelp(spec).print(topic, out)) {
            throw new ParameterException(spec.commandLine(), ServeHelp.unknown(topic));
        }
        out.flush();
    }

    @Override
    public Integer call() {
        if (help != null) {
            help(help, spec.commandLine().getOut());
            return 0;
        }
        Settings.refuseProperties(System.getProperties().stringPropertyNames());
        Settings settings = settings(System.getenv());
        EngineSettings.of(settings);
        RequestLogging.of(settings);
        if (HubModel.of(settings, System.getenv()).isEmpty()) {
            settings.of(Flags.MODEL).ifPresent(typed -> refuseMistyped(typed, settings));
        }
        Address.of(settings).check();
        settings.start();
        // A log in a file has its calm lines, whatever a terminal shows beside it.
        if (PullProgress.isOnTerminal() && Streams.output() == Streams.TERMINAL) {
            HubModel.show(PullProgress.on(spec.commandLine().getErr()));
        }
        Quarkus.run(null, this::exit);
        return 0;
    }

    /** What is not there and like nothing that is, the engine refuses in its own words. */
    static void refuseMistyped(Path typed, Settings settings) {
        if (EngineSettings.here(typed).isEmpty()) {
            ModelArgument.refuseElsewhere(typed.toString());
            Path cache = HubSettings.cache(settings.of(Flags.DOWNLOAD_DIR), System.getenv());
            NearModel.of(typed.toString(), cache)
                    .ifPresent(
                            near -> {
                                throw new ConfigurationException(
                                        "there is no model '" + typed + "'" + Spelling.guess(near));
                            });
        }
    }

    /** Says why the server could not start, then ends the process as Quarkus would. */
    private void exit(int code, Throwable cause) {
        if (cause != null) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("quire: " + Main.sentence(cause));
            err.flush();
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(code, cause);
    }

    /**
     * What the server is told, from everywhere.
     *
     * @throws ConfigurationException naming the first setting that is unknown or wrong
     */
    Settings settings(Map<String, String> environment) {
        return Settings.read(
                FlagOptions.given(spec, Flags.all(), Optional.ofNullable(model)), environment);
    }
}
