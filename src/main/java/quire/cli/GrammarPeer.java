package quire.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** llguidance, in a Python process of its own. */
final class GrammarPeer {

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
        return PeerProcess.run(command, out)
                .map(
                        times ->
                                new GrammarTimes(
                                        times.get("compiled").asInt(),
                                        figures(times.get("compile")),
                                        figures(times.get("mask"))));
    }

    private static GrammarTimes.Figures figures(JsonNode times) {
        return new GrammarTimes.Figures(
                times.get("p50").asDouble(),
                times.get("p99").asDouble(),
                times.get("mean").asDouble());
    }
}
