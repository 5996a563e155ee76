package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** llama.cpp through node-llama-cpp, in a process of its own. */
final class Peer {

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
        return PeerProcess.run(command, out)
                .map(
                        rates ->
                                new Rates(
                                        rates.get("prefill").asDouble(),
                                        rates.get("decode1").asDouble(),
                                        rates.get("decodeBatch").asDouble()));
    }
}
