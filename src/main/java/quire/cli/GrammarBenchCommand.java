package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.tokenizer.Tokenizer;

/**
 * {@code quire bench grammars}: how long schemas take to compile and masks to make, beside
 * llguidance where that is installed, in the same minutes on the same machine.
 */
@Command(
        name = "grammars",
        description =
                "Measures grammars of JSON Schemas over a tokenizer, beside llguidance where that"
                        + " is installed.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer =
                "For the peer: python3 -m venv bench/venv; bench/venv/bin/pip install -r"
                        + " bench/requirements.txt")
final class GrammarBenchCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(paramLabel = "TOKENIZER", description = "folder with a tokenizer.json")
    Path folder;

    @Parameters(
            paramLabel = "SCHEMAS",
            description = "JSON lines of {schema, tests: [{data}]}, gzipped or not")
    Path schemas;

    @Option(
            names = "--passes",
            defaultValue = "3",
            description = "how often the file is gone through; the first pass warms the JVM up")
    int passes;

    @Option(names = "--no-peer", negatable = false, description = "measure Quire alone")
    boolean noPeer;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println("machine   " + Machine.describe());
        GrammarTimes ours = null;
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            GrammarBench bench = new GrammarBench(tokenizer, schemas);
            for (int pass = 1; pass <= Math.max(1, passes); pass++) {
                ours = bench.run();
                out.printf(
                        Locale.ROOT,
                        "pass %d    %d of %d schemas; compile %s; mask %s%n",
                        pass,
                        ours.compiled(),
                        bench.size(),
                        ours.compile(),
                        ours.mask());
                out.flush();
            }
        }
        Optional<GrammarTimes> peer =
                noPeer
                        ? Optional.empty()
                        : GrammarPeer.measure(
                                Path.of(System.getProperty("quire.home", ".")).resolve("bench"),
                                folder,
                                schemas,
                                out);
        GrammarTimes last = ours;
        peer.ifPresent(
                theirs -> {
                    out.printf(Locale.ROOT, "llguidance %d schemas%n", theirs.compiled());
                    compare(out, "compile", last, theirs, GrammarTimes::compile);
                    compare(out, "mask", last, theirs, GrammarTimes::mask);
                });
        out.flush();
        return 0;
    }

    private static void compare(
            PrintWriter out,
            String what,
            GrammarTimes ours,
            GrammarTimes theirs,
            Function<GrammarTimes, GrammarTimes.Figures> which) {
        GrammarTimes.Figures one = which.apply(ours);
        GrammarTimes.Figures other = which.apply(theirs);
        out.printf(
                Locale.ROOT,
                "%-9s us  p50 %9.1f  llguidance %9.1f  ratio %.2f;  p99 %9.1f  llguidance %9.1f"
                        + "  ratio %.2f%n",
                what,
                one.p50(),
                other.p50(),
                one.p50() / other.p50(),
                one.p99(),
                other.p99(),
                one.p99() / other.p99());
    }
}
