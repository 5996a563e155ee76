package quire.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.LLM;
import quire.LLMBuilder;
import quire.cli.talk.LocalPartner;
import quire.cli.talk.Partner;
import quire.settings.Given;
import quire.settings.Numbers;

/** {@code quire run}: a conversation with a model in this process. */
@Command(
        name = "run",
        description = {
            "Talks with a model in this process, without a server.",
            "A question behind MODEL, of -q or from a pipe prints the answer alone."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RunCommand implements Callable<Integer> {

    private static final String WANTED =
            "a folder, a GGUF file or OWNER/NAME, and a question for quire-demo as -q TEXT";

    private static final int MOST_THREADS = 1024;

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

    @Option(
            names = "--reasoning-parser",
            paramLabel = "NAME",
            description = "how the model writes its thoughts: deepseek_r1 or qwen3")
    String reasoningParser;

    @Option(
            names = "--max-model-len",
            paramLabel = "TOKENS",
            description = "longest conversation; default the model's own")
    String maxModelLength;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "threads that compute; default one for each core")
    String threads;

    @Mixin HubOptions hub;

    @Mixin UrlOptions server;

    @Override
    public Integer call() {
        if (server.url == null && (server.modelName != null || server.apiKey != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--model-name and --api-key are about the server of --url, which is not given");
        }
        if (server.url != null && model != null) {
            if (server.modelName != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "the model is given twice: "
                                + model
                                + " and --model-name "
                                + server.modelName
                                + "; leave one out");
            }
            server.modelName = model;
        }
        return talk.run(true, system, words, server.url == null ? this::load : server::partner);
    }

    private Partner load() {
        ModelArgument typed = new ModelArgument(model);
        PrintWriter err = spec.commandLine().getErr();
        LLMBuilder builder = LLM.builder(typed.path(hub.settings(), err, WANTED)).maxSequences(1);
        if (typed.here().isEmpty()) {
            builder.modelName(model);
        }
        if (reasoningParser != null) {
            builder.reasoningParser(reasoningParser);
        }
        if (maxModelLength != null) {
            builder.contextLength(whole("--max-model-len", maxModelLength, Integer.MAX_VALUE));
        }
        if (threads != null) {
            builder.threads(whole("--threads", threads, MOST_THREADS));
        }
        LoadingLine line = LoadingLine.on(err);
        try {
            return new LocalPartner(builder.progress(line).load(), reasoningParser != null);
        } finally {
            line.ended();
        }
    }

    private static int whole(String flag, String text, int most) {
        return (int) Numbers.whole(new Given(flag, List.of(text)), 1, most);
    }
}
