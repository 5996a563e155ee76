package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import quire.error.ConfigurationException;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.plan.GpuKind;
import quire.plan.PlannedModel;
import quire.plan.Target;
import quire.plan.Wanted;
import quire.settings.Given;
import quire.settings.Numbers;
import quire.settings.Spelling;
import quire.tensor.DType;

/** {@code quire plan}: what a model takes, and where it fits, from its configuration alone. */
@Command(
        name = "plan",
        description =
                "Says what a model's weights and KV cache take and where they fit, from its"
                        + " config.json alone; without --gpu, on this machine's cards and in its"
                        + " memory.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PlanCommand implements Callable<Integer> {

    /** What a plan is made for where the model was made for more and nobody says. */
    private static final int USUAL_CONTEXT = 32_768;

    /** The engine's own limits. */
    private static final int MOST_SEQUENCES = 65_536;

    @Spec CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "folder with a config.json, such a file, a GGUF file, or a model's name on the"
                            + " hub, of which that file or the headers of its GGUF files are"
                            + " fetched, and no weights; default quire-demo")
    String model;

    @Mixin HubOptions hub;

    @Option(
            names = "--gpu",
            paramLabel = "GPU[xN]",
            description = "card such as H100-80G, or several as H200x8; may be given again")
    List<String> gpus = List.of();

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description = "longest sequence, such as 32K; default 32K, or the model's own if less")
    String context;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            defaultValue = "64",
            description = "sequences that run at once; default ${DEFAULT-VALUE}")
    String sequences;

    @Option(
            names = "--kv-cache-dtype",
            paramLabel = "TYPE",
            defaultValue = "bfloat16",
            description = "bfloat16, float16 or float32; default ${DEFAULT-VALUE}")
    String cacheType;

    @Option(
            names = "--table",
            description = "print what the weights of DeepSeek-R1 and its distillations take")
    boolean table;

    @Option(names = "--json", description = "print JSON, with bytes everywhere")
    boolean json;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (table) {
            refuseBeside(
                    "--table",
                    model != null
                            || List.of("--gpu", "--context", "--sequences", "--kv-cache-dtype")
                                    .stream()
                                    .anyMatch(parsed()::hasMatchedOption));
            out.println(json ? PlanJson.table() : PlanText.table());
        } else {
            ModelPlan plan = plan();
            out.println(json ? PlanJson.of(plan) : PlanText.of(plan));
        }
        out.flush();
        return 0;
    }

    private CommandLine.ParseResult parsed() {
        return spec.commandLine().getParseResult();
    }

    private void refuseBeside(String flag, boolean other) {
        if (other) {
            throw new ParameterException(
                    spec.commandLine(),
                    flag
                            + " is about models of its own; leave MODEL, --gpu, --context,"
                            + " --sequences and --kv-cache-dtype out");
        }
    }

    private ModelPlan plan() throws InterruptedException {
        List<Target> targets = new ArrayList<>();
        gpus.forEach(gpu -> targets.add(target(gpu)));
        if (targets.isEmpty()) {
            targets.addAll(Target.ofThisMachine());
        }
        int wantedSequences = whole("--sequences", sequences, MOST_SEQUENCES);
        DType type = cacheType();
        ModelArgument typed = new ModelArgument(model);
        Optional<Path> here = typed.here();
        PlannedModel planned = here.isPresent() ? PlannedModel.read(here.get()) : byName(typed);
        Wanted wanted = new Wanted(context(planned), wantedSequences, type);
        String shown = model == null ? here.orElseThrow().normalize().toString() : model;
        return ModelPlan.of(shown, planned, wanted, targets);
    }

    private static Target target(String text) {
        return Target.of(text).orElseThrow(() -> unknownGpu(text));
    }

    private static ConfigurationException unknownGpu(String text) {
        List<String> known = GpuKind.names();
        String kind = text.replaceFirst("[xX]\\d*$", "");
        String near =
                Spelling.nearest(kind.toUpperCase(Locale.ROOT), known)
                        .map(Spelling::guess)
                        .orElse(".");
        return new ConfigurationException(
                "unknown GPU "
                        + shown("--gpu", text)
                        + near
                        + " Known are "
                        + String.join(", ", known)
                        + ", each also as x2, x4, x8 and so on");
    }

    private int context(PlannedModel planned) {
        if (context == null) {
            return Math.min(USUAL_CONTEXT, planned.context());
        }
        int tokens = whole("--context", context, Integer.MAX_VALUE);
        if (tokens > planned.context()) {
            throw new ConfigurationException(
                    "--context "
                            + tokens
                            + " is more than the "
                            + planned.context()
                            + " tokens that the model was made for; lower it");
        }
        return tokens;
    }

    /** A value in quotes, fit for a sentence. */
    private static String shown(String flag, String text) {
        return "'" + new Given(flag, List.of(text)).shown() + "'";
    }

    private static int whole(String flag, String text, int most) {
        return (int) Numbers.whole(new Given(flag, List.of(text)), 1, most);
    }

    private DType cacheType() {
        return switch (cacheType) {
            case "bfloat16" -> DType.BF16;
            case "float16", "half" -> DType.F16;
            case "float32", "float" -> DType.F32;
            default ->
                    throw new ConfigurationException(
                            "--kv-cache-dtype "
                                    + shown("--kv-cache-dtype", cacheType)
                                    + " is not bfloat16, float16 or float32");
        };
    }

    private PlannedModel byName(ModelArgument typed) throws InterruptedException {
        HubSettings settings = hub.settings();
        ModelName name =
                typed.onHub(
                        settings.cache(),
                        "a folder with the model's config.json, that file, a GGUF file, or"
                                + " OWNER/NAME");
        PullProgress progress = PullProgress.on(spec.commandLine().getErr());
        return new ModelOutline(name, settings, progress).planned();
    }
}
