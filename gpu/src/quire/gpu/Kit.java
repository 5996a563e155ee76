package quire.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import quire.ops.cuda.driver.KernelFiles;

/**
 * What a card is, does and costs: {@code Kit run OUT [--minutes N] [--tiny] [STAGE...]} runs each
 * stage in a process of its own, so that one that hangs or dies costs only itself.
 */
final class Kit {
    /** The stages, the most telling first, with the seconds that each may take. */
    private enum Stage {
        CARD(40, new CardStage()),
        NUMBERS(40, new NumbersStage()),
        OPS(90, new OpsStage()),
        SAMPLE(60, new SampleStage()),
        PLAIN(60, new PlainStage()),
        COSTS(40, new CostsStage()),
        LINEAR(90, new LinearStage()),
        ATTENTION(60, new AttentionStage()),
        GEMM(60, new GemmStage()),
        STEP(90, new StepStage()),
        MEMORY(40, new MemoryStage()),
        FAULTS(60, new FaultsStage()),
        TRAP(30, new DeadlyStage("trap_at_once", false)),
        TRAP_PRIMARY(30, new DeadlyStage("trap_at_once", true)),
        WILD(30, new DeadlyStage("wild_write", false)),
        HALT(40, new HaltStage()),
        AFTER(40, new AfterStage());

        final int seconds;
        final Work work;

        Stage(int seconds, Work work) {
            this.seconds = seconds;
            this.work = work;
        }

        String label() {
            return name().toLowerCase();
        }
    }

    /** What a stage does. */
    interface Work {
        void run(Bench bench) throws Exception;
    }

    private Kit() {}

    public static void main(String[] args) throws Exception {
        List<String> words = new ArrayList<>(List.of(args));
        boolean tiny = words.remove("--tiny");
        double minutes = 5;
        int at = words.indexOf("--minutes");
        if (at >= 0) {
            minutes = Double.parseDouble(words.get(at + 1));
            words.subList(at, at + 2).clear();
        }
        Path out = Path.of(words.get(1));
        if (words.get(0).equals("stage")) {
            stage(Stage.valueOf(words.get(2).toUpperCase()), out, tiny);
            return;
        }
        List<String> wanted = words.subList(2, words.size());
        Files.createDirectories(out);
        Files.deleteIfExists(out.resolve("results.jsonl"));
        Instant end = Instant.now().plusMillis((long) (minutes * 60_000));
        boolean whole = true;
        for (Stage stage : Stage.values()) {
            if (wanted.isEmpty() || wanted.contains(stage.label())) {
                whole &= runApart(stage, out, tiny, end);
            }
        }
        System.exit(whole ? 0 : 1);
    }

    private static void stage(Stage stage, Path out, boolean tiny) throws Exception {
        KernelFiles kernels = KernelFiles.in(Path.of(System.getProperty("quire.kernels")));
        Report report = new Report(stage.label(), out.resolve("results.jsonl"));
        try (Gpu gpu = new Gpu()) {
            stage.work.run(new Bench(gpu, kernels, report, tiny));
        }
    }

    private static boolean runApart(Stage stage, Path out, boolean tiny, Instant end)
            throws IOException, InterruptedException {
        Report report = new Report(stage.label(), out.resolve("results.jsonl"));
        long left =
                Math.min(
                        tiny ? 600 : stage.seconds,
                        Duration.between(Instant.now(), end).toSeconds());
        if (left <= 0) {
            report.failed("no time was left for it");
            return false;
        }
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-Dquire.kernels=" + System.getProperty("quire.kernels"),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx4g",
                                "quire.gpu.Kit",
                                "stage",
                                out.toString(),
                                stage.label()));
        if (tiny) {
            command.add("--tiny");
        }
        Instant begun = Instant.now();
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(left, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            report.failed("still running after " + left + " s");
            return false;
        }
        if (process.exitValue() != 0) {
            report.failed("exit code " + process.exitValue());
            return false;
        }
        report.figure("took", Duration.between(begun, Instant.now()).toMillis() / 1000.0, "s", "");
        return true;
    }
}
