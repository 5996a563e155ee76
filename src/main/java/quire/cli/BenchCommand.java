package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfigBuilder;
import quire.engine.LlmEngine;
import quire.model.LoadProgress;

/**
 * {@code quire bench}: tokens per second of this machine's processor with a model, beside those of
 * llama.cpp where it is installed. Both sides run in turn within the same minutes, because machines
 * drift; what counts is the ratio.
 */
@Command(
        name = "bench",
        description =
                "Measures a model on this machine's processor, beside llama.cpp where that is"
                        + " installed.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = GrammarBenchCommand.class,
        footer = "For the peer: npm install --prefix bench (Node 20 or newer).")
final class BenchCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "folder, GGUF file, or OWNER/NAME; default quire-demo")
    String model;

    @Mixin HubOptions hub;

    @Option(
            names = "--prompt-tokens",
            defaultValue = "512",
            description = "length of the prompt to prefill")
    int promptTokens;

    @Option(names = "--decode-tokens", defaultValue = "128", description = "tokens to generate")
    int decodeTokens;

    @Option(names = "--batch", defaultValue = "16", description = "sequences of the batched decode")
    int batch;

    @Option(
            names = "--long-prompt",
            paramLabel = "TOKENS",
            defaultValue = "4000",
            description = "length of the prompt that a stream runs beside; 0 leaves this out")
    int longPrompt;

    @Option(names = "--repetitions", defaultValue = "3", description = "the best of so many counts")
    int repetitions;

    @Option(
            names = "--pairs",
            defaultValue = "20",
            description =
                    "runs of the batch under a grammar, each beside one without; 0 leaves this out")
    int pairs;

    @Option(names = "--threads", paramLabel = "N", description = "threads of both sides")
    Integer threads;

    @Option(names = "--no-peer", negatable = false, description = "measure Quire alone")
    boolean noPeer;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Path home = Path.of(System.getProperty("quire.home", "."));
        Path file =
                new ModelArgument(model)
                        .path(
                                hub.settings(),
                                spec.commandLine().getErr(),
                                "a folder, a GGUF file, or OWNER/NAME");
        EngineConfig config = config(file);
        out.println("machine   " + Machine.describe());
        Optional<Rates> peer = Optional.empty();
        Rates ours;
        Optional<EngineBench.Beside> beside;
        try (LlmEngine engine = LlmEngine.load(config, LoadProgress.SILENT)) {
            out.println(
                    "model     "
                            + engine.info().servedNames().getFirst()
                            + ", "
                            + engine.info().architecture());
            out.println(
                    "backend   "
                            + engine.backend()
                            + ", KV cache "
                            + engine.kvCacheType().name().toLowerCase(Locale.ROOT));
            EngineBench bench = new EngineBench(engine, promptTokens, decodeTokens, batch);
            ours = bench.rates(repetitions);
            beside =
                    longPrompt == 0
                            ? Optional.empty()
                            : Optional.of(bench.beside(longPrompt, repetitions));
            if (pairs > 0) {
                GuidedBench guided = new GuidedBench(engine, batch, pairs);
                guided.print(out, "under a schema", GuidedBench.SCHEMA);
                guided.print(out, "under a pattern", GuidedBench.TEXT);
            }
            out.printf(
                    Locale.ROOT,
                    "KV waste  %.2f%% of the slots held hold nothing, on a mixed load%n",
                    100 * bench.kvWaste());
        }
        if (!noPeer) {
            peer =
                    Peer.measure(
                            home.resolve("bench"),
                            file,
                            promptTokens,
                            decodeTokens,
                            batch,
                            repetitions,
                            threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                            out);
        }
        print(out, "prefill " + promptTokens, ours.prefill(), peer.map(Rates::prefill));
        print(out, "decode, batch 1", ours.decodeOne(), peer.map(Rates::decodeOne));
        print(out, "decode, batch " + batch, ours.decodeBatch(), peer.map(Rates::decodeBatch));
        beside.ifPresent(
                run ->
                        out.printf(
                                Locale.ROOT,
                                "beside a prompt of %d tokens: a stream of %.1f ms a token waits at most"
                                        + " %.1f ms; the prompt %.1f tokens/s, alone %.1f%n",
                                run.promptTokens(),
                                run.tokenMillis(),
                                run.longestGapMillis(),
                                run.besideRate(),
                                run.aloneRate()));
        out.flush();
        return 0;
    }

    private EngineConfig config(Path file) {
        EngineConfigBuilder config =
                EngineConfig.builder(file)
                        .backend(BackendChoice.CPU)
                        .maxNumSequences(Math.max(64, batch))
                        .enablePrefixCaching(false)
                        .generationConfig("vllm");
        if (threads != null) {
            config.numThreads(threads);
        }
        return config.build();
    }

    private static void print(PrintWriter out, String what, double ours, Optional<Double> peer) {
        out.printf(Locale.ROOT, "%-18s %9.1f tokens/s", what, ours);
        peer.ifPresent(
                theirs ->
                        out.printf(
                                Locale.ROOT,
                                "   llama.cpp %9.1f   ratio %.2f",
                                theirs,
                                ours / theirs));
        out.println();
    }
}
