package quire.gpu;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A run of the kit: stages one after the other, each in a process of its own. */
final class Run {
    /** On the emulated driver, where a stage takes as long as the machine is slow. */
    private static final int TINY_SECONDS = 600;

    private final Options options;
    private final Results results;
    private final Instant end;
    private volatile Process stage;
    private volatile boolean interrupted;
    private boolean cardless;

    Run(Options options) throws IOException {
        this.options = options;
        Files.createDirectories(options.out());
        results = new Results(options.out());
        end = Instant.now().plusMillis((long) (options.minutes() * 60_000));
    }

    /** Whether every stage came to its end and found nothing wrong. */
    boolean all() throws IOException, InterruptedException {
        Thread early = new Thread(this::interrupt);
        Runtime.getRuntime().addShutdownHook(early);
        for (Stage each : Stage.values()) {
            if (options.stages().contains(each) && !cardless && !interrupted) {
                Instant begun = Instant.now();
                String why = apart(each);
                Duration took = Duration.between(begun, Instant.now());
                results.add(each, why, took.toMillis() / 1000.0);
            }
        }
        if (!interrupted) {
            Runtime.getRuntime().removeShutdownHook(early);
            results.print();
        }
        return results.isWhole();
    }

    /** Whoever ends the kit early gets the table of what there is. */
    private void interrupt() {
        interrupted = true;
        Process current = stage;
        if (current != null) {
            end(current);
        }
        results.print();
    }

    /** Runs a stage; returns why it did not come to its end, or nothing. */
    private String apart(Stage each) throws IOException, InterruptedException {
        long most = options.stageSeconds().orElse(options.tiny() ? TINY_SECONDS : each.seconds);
        long left = Math.min(most, Duration.between(Instant.now(), end).toSeconds());
        if (left <= 0) {
            return Results.NO_TIME;
        }
        stage = new ProcessBuilder(command(each)).inheritIO().start();
        if (!stage.waitFor(left, TimeUnit.SECONDS)) {
            end(stage);
            return "still running after " + left + " s";
        }
        int code = stage.exitValue();
        if (code == Kit.NO_CARD) {
            cardless = true;
            return "no card is to be had";
        }
        return code == 0 ? "" : "ended with exit code " + code;
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> command(Stage each) {
        String unfolded = System.getProperty(Bench.UNFOLDED);
        String classes = System.getProperty("java.class.path");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(
                options.kernels().map(folder -> folder + File.pathSeparator).orElse("") + classes);
        command.add("-D" + Bench.KIT + "=" + System.getProperty(Bench.KIT));
        command.add("-D" + Bench.UNFOLDED + "=" + unfolded);
        command.add("-Djava.io.tmpdir=" + unfolded);
        command.add("-DDJL_CACHE_DIR=" + unfolded);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Xmx4g");
        command.addAll(List.of("quire.gpu.Kit", "stage", each.label()));
        command.add(results.rows().toString());
        if (options.tiny()) {
            command.add("--tiny");
        }
        return command;
    }
}
