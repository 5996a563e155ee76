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

/** llama.cpp through node-llama-cpp, in a process of its own. */
final class Peer {

    private static final long TIMEOUT_MINUTES = 15;

    private Peer() {}

    /**
     * Measures what {@link EngineBench} measures.
     *
     * @param folder holds {@code peer.mjs} and its {@code node_modules}
     * @return empty, and a line that says why, where the peer is not installed or cannot read the
     *     model
     */
    static Optional<Rates> measure(
            Path folder,
            Path model,
            int promptTokens,
            int decodeTokens,
            int batch,
            int repetitions,
            int threads,
            PrintWriter out) {
        if (!Files.isDirectory(folder.resolve("node_modules/node-llama-cpp"))) {
            out.println("peer      not installed (npm install --prefix bench)");
            return Optional.empty();
        }
        if (!model.toString().endsWith(".gguf")) {
            out.println("peer      reads GGUF files only");
            return Optional.empty();
        }
        List<String> command =
                List.of(
                        "node",
                        folder.resolve("peer.mjs").toString(),
                        model.toAbsolutePath().toString(),
                        Integer.toString(promptTokens),
                        Integer.toString(decodeTokens),
                        Integer.toString(batch),
                        Integer.toString(threads),
                        Integer.toString(repetitions));
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

    private static Rates run(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("node ended with " + process.exitValue());
            }
            JsonNode rates =
                    new ObjectMapper().readTree(answer.lines().reduce("", (first, last) -> last));
            return new Rates(
                    rates.get("prefill").asDouble(),
                    rates.get("decode1").asDouble(),
                    rates.get("decodeBatch").asDouble());
        } finally {
            process.destroy();
        }
    }
}
