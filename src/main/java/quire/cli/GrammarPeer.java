package quire.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** llguidance, in a Python process of its own. */
final class GrammarPeer {

    private static final long TIMEOUT_MINUTES = 15;

    private GrammarPeer() {}

    /**
     * Measures what {@link GrammarBench} measures.
     *
     * @param bench holds {@code llguidance_masks.py} and {@code venv}
     * @return empty, and a line that says why, where the peer is not installed or fails
     */
    static Optional<GrammarTimes> measure(
            Path bench, Path tokenizer, Path schemas, PrintWriter out) {
        Path python = bench.resolve("venv/bin/python");
        if (!Files.isExecutable(python)) {
            out.println(
                    "peer      not installed (python3 -m venv bench/venv; bench/venv/bin/pip"
                            + " install -r bench/requirements.txt)");
            return Optional.empty();
        }
        List<String> command =
                List.of(
                        python.toString(),
                        bench.resolve("llguidance_masks.py").toString(),
                        tokenizer.toAbsolutePath().toString(),
                        schemas.toAbsolutePath().toString());
        try {
            return Optional.of(run(command));
        } catch (IOException e) {
            out.println("peer      failed: " + e.getMessage());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static GrammarTimes run(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("python ended with " + process.exitValue());
            }
            JsonNode times =
                    new ObjectMapper().readTree(answer.lines().reduce("", (first, last) -> last));
            return new GrammarTimes(
                    times.get("compiled").asInt(),
                    figures(times.get("compile")),
                    figures(times.get("mask")));
        } finally {
            process.destroy();
        }
    }

    private static GrammarTimes.Figures figures(JsonNode times) {
        return new GrammarTimes.Figures(
                times.get("p50").asDouble(),
                times.get("p99").asDouble(),
                times.get("mean").asDouble());
    }
}
