package quire.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Another engine in a process of its own, which ends with a line of JSON that has its figures. */
final class PeerProcess {

    private static final long TIMEOUT_MINUTES = 15;

    private PeerProcess() {}

    /**
     * @param command its program and arguments
     * @return empty, and a line that says why, where it fails
     */
    static Optional<JsonNode> run(List<String> command, PrintWriter out) {
        try {
            return Optional.of(answer(command));
        } catch (IOException e) {
            out.println("peer      failed: " + e.getMessage());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static JsonNode answer(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                Path program = Path.of(command.getFirst()).getFileName();
                throw new IOException(program + " ended with " + process.exitValue());
            }
            return new ObjectMapper().readTree(answer.lines().reduce("", (first, last) -> last));
        } finally {
            process.destroy();
        }
    }
}
