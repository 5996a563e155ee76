package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.Outside;

/** The packaged server with its model on the emulated card, and what becomes of its requests. */
class EmulatedCardIT extends ShutdownIT {

    private static final int ENDED_BY_SIGTERM = 143;

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }

    @Override
    int streams() {
        return 8;
    }

    @Override
    int tokens() {
        return 40;
    }

    @Override
    List<String> arguments() {
        return List.of("--backend", "cuda", "--emulate");
    }

    @Test
    void saysWhatItComputesOnAnswersAndEndsWhenAsked() throws Exception {
        start(Map.of(), "serve", "--port", "0", "--backend", "cuda", "--emulate");
        Matcher ready = awaitReady();
        String body =
                "{\"model\": \"quire-demo\", \"prompt\": \"The capital of Iraq is\", \"temperature\": 0}";
        JsonNode answer = complete(ready.group(1), body);
        assertEquals(" Baghdad.", answer.at("/choices/0/text").asText());
        assertEquals("stop", answer.at("/choices/0/finish_reason").asText());
        URI address = URI.create(ready.group(1));
        assertEquals(200, send(HttpRequest.newBuilder(address.resolve("/health"))).statusCode());
        String metrics = send(HttpRequest.newBuilder(address.resolve("/metrics"))).body();
        assertTrue(metrics.contains("cache_dtype=\"bf16\""), metrics);

        server.toHandle().destroy();
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        log.removeIf(line -> PROGRESS.matcher(line).matches());
        log.forEach(line -> assertTrue(CALM.matcher(line).matches(), line));
        Iterator<String> lines = log.iterator();
        for (String fact :
                List.of(
                        "INFO  Quire ",
                        "model: quire-demo from ",
                        "backend: cuda (emulated H100",
                        "compute: emulated H100 (compute capability 9.0), driver (CUDA ",
                        "KV cache: ",
                        "context: 4096 tokens",
                        "ready after ")) {
            boolean said = false;
            while (!said && lines.hasNext()) {
                said = lines.next().contains(fact);
            }
            assertTrue(said, "no '" + fact + "' in its place:\n" + String.join("\n", log));
        }
    }

    @Test
    void whatItCannotRunIsRefusedInOneSentence() throws Exception {
        String heads =
                failure(
                        "serve",
                        "--port",
                        "0",
                        "--backend",
                        "cuda",
                        "--emulate",
                        "--hf-overrides",
                        "{\"head_dim\": 72}");
        assertTrue(
                heads.endsWith(
                        "its kernels take heads of [32, 64, 80, 96, 128, 256] elements, and the model"
                                + " has some of 72; set --backend to cpu"),
                heads);
        String type =
                failure(
                        "serve",
                        "--port",
                        "0",
                        "--backend",
                        "cuda",
                        "--emulate",
                        "--dtype",
                        "float32");
        assertTrue(type.contains("cannot run here: its kernels have no float32"), type);
        String alone = failure("serve", "--port", "0", "--emulate");
        assertTrue(alone.endsWith("--emulate goes with --backend cuda alone"), alone);
    }
}
