package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.ConfiguredLLM;
import quire.cli.talk.LocalPartner;
import quire.cli.talk.Partner;
import quire.engine.EngineConfig;
import quire.error.ConfigurationException;
import quire.settings.EngineSettings;
import quire.settings.Flag;
import quire.settings.Flags;
import quire.settings.Given;
import quire.settings.HubModel;
import quire.settings.Settings;

/** {@code quire run}: a conversation with a model in this process. */
@Command(
        name = "run",
        description = {
            "Talks with a model in this process, without a server.",
            "A question behind MODEL, of -q or from a pipe prints the answer alone; what comes"
                    + " through a pipe stands before what the command line says."
        },
        mixinStandardHelpOptions = true,
        customSynopsis = "quire run [FLAG]... [MODEL] [QUESTION]...",
        sortOptions = false,
        footer = {
            "",
            "Flags with a group are those of 'quire serve', each also an environment variable or a"
                    + " line of the file of --config. With --url a server has them, and they are"
                    + " refused here."
        })
final class RunCommand implements Callable<Integer> {

    private static final String WANTED =
            "a folder, a GGUF file or OWNER/NAME, and a question for quire-demo as -q TEXT";

    /** Those of the engine; {@code --model} names the model of a server too. */
    private static final List<Flag<?>> FLAGS =
            Flags.ofEngine().stream().filter(flag -> flag != Flags.MODEL).toList();

    @Spec CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "folder, GGUF file, or OWNER/NAME on the hub, which is pulled first; default"
                            + " quire-demo")
    String model;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "QUESTION",
            description = "print the answer to this, and end")
    List<String> words = List.of();

    @Option(
            names = {"--system", "--system-prompt"},
            paramLabel = "TEXT",
            description = "what the model is told before the conversation")
    String system;

    @Mixin TalkOptions talk;

    @Mixin UrlOptions server;

    private RunCommand() {}

    /** The command with an option for each flag of the engine. */
    static CommandLine commandLine() {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new RunCommand());
        FlagOptions.addGroups(spec, FLAGS);
        return new CommandLine(spec);
    }

    @Override
    public Integer call() {
        if (server.url != null) {
            refuse(given());
            server.modelName = typed();
            return talk.run(true, system, words, server::partner);
        }
        if (server.apiKey != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--api-key is about the server of --url, which is not given");
        }
        Settings.refuseProperties(System.getProperties().stringPropertyNames());
        Settings settings = settings(System.getenv());
        // What is wrong with it is wrong before a question is waited for.
        config(settings, EngineSettings.demoModel(), List.of());
        return talk.run(true, system, words, () -> load(settings));
    }

    /**
     * What the engine is told, from everywhere.
     *
     * @throws ConfigurationException naming the first setting that is unknown or wrong
     */
    Settings settings(Map<String, String> environment) {
        return Settings.readOfEngine(given(), environment);
    }

    /** The model, whichever way it is named; null for none. */
    private String typed() {
        if (model != null && server.modelName != null) {
            throw new ParameterException(
                    spec.commandLine(), FlagOptions.twice(model, server.modelName));
        }
        return model == null ? server.modelName : model;
    }

    private Map<Flag<?>, Given> given() {
        return FlagOptions.given(spec, FLAGS, Optional.ofNullable(typed()));
    }

    /** What says how a model is loaded means nothing to a server that has one. */
    private void refuse(Map<Flag<?>, Given> given) {
        given.entrySet().stream()
                .filter(one -> one.getKey() != Flags.MODEL)
                .map(Map.Entry::getValue)
                .findFirst()
                .ifPresent(
                        first -> {
                            throw new ParameterException(
                                    spec.commandLine(),
                                    first.spelled()
                                            + " is about a model in this process, and --url names"
                                            + " one of a server; leave one of them out");
                        });
    }

    /** For one sequence at a time. A model that is slow beyond use has no log here to say so. */
    private static EngineConfig config(Settings settings, Path path, List<String> names) {
        return EngineSettings.builder(settings, path, names)
                .maxNumSequences(1)
                .fallBackToReference(false)
                .build();
    }

    private Partner load(Settings settings) {
        Optional<String> typed = settings.of(Flags.MODEL).map(Path::toString);
        ModelArgument argument = new ModelArgument(typed.orElse(null));
        PrintWriter err = spec.commandLine().getErr();
        Path path = argument.path(HubModel.hub(settings, System.getenv()), err, WANTED);
        List<String> names =
                argument.here().isEmpty() ? typed.stream().toList() : List.<String>of();
        EngineConfig config = config(settings, path, names);
        LoadingLine line = LoadingLine.on(err);
        try {
            return new LocalPartner(
                    ConfiguredLLM.load(config, settings.of(Flags.REASONING_PARSER), line),
                    settings.of(Flags.REASONING_PARSER).isPresent(),
                    settings.of(Flags.DEFAULT_CHAT_TEMPLATE_KWARGS));
        } finally {
            line.ended();
        }
    }
}
