package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The packaged server as a process of its own: what it prints, how it starts and how it ends. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PackagedServerIT extends ServerProcess {

    /** Ends of processes that a signal ended: 128 and its number. */
    private static final int ENDED_BY_SIGTERM = 143;

    /** Of a line that comes where an answer takes its time. */
    private static final String THROUGHPUT = "Avg prompt throughput";

    @Test
    void startsInTenCalmLinesAnswersAndEndsWhenAsked() throws Exception {
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        Matcher ready = awaitReady();
        assertEquals("quire-demo", ready.group(2));

        JsonNode answer =
                complete(
                        ready.group(1),
                        "{\"model\": \"quire-demo\", \"prompt\": \"Once upon a time\", \"max_tokens\": 8, \"temperature\": 0}");
        assertEquals(8, answer.at("/usage/completion_tokens").asInt());
        assertFalse(answer.at("/choices/0/text").asText().isEmpty());

        server.toHandle().destroy();
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        log.removeIf(line -> PROGRESS.matcher(line).matches() || line.contains(THROUGHPUT));
        assertEquals(10, log.size(), String.join("\n", log));
        log.forEach(line -> assertTrue(CALM.matcher(line).matches(), line));
        List<String> facts =
                List.of(
                        "INFO  Quire ",
                        "model: quire-demo from ",
                        "size: ",
                        "architecture: Qwen2ForCausalLM",
                        "backend: ",
                        "not used: ",
                        "compute: ",
                        "KV cache: ",
                        "context: 4096 tokens",
                        "ready after ");
        for (int i = 0; i < facts.size(); i++) {
            assertTrue(
                    log.get(i).contains(facts.get(i)),
                    log.get(i) + " has no '" + facts.get(i) + "'");
        }
        assertTrue(
                log.getLast().endsWith("to this machine alone (--host opens it)"), log.getLast());
    }

    /** Services and limits that the build wrote into the package are in force there. */
    @Test
    void whatIsNoRequestIsExplainedAndTooMuchIsRefused() throws Exception {
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        URI api = URI.create(awaitReady().group(1) + "/");
        assertAnswer(api, "hello\r\n\r\n", "HTTP/1.0 400 ", "not valid HTTP");
        assertAnswer(api, "GET /%zz HTTP/1.0\r\n\r\n", "HTTP/1.0 400 ", "\"invalid_path\"");
        String much = "POST /tokenize HTTP/1.0\r\nContent-Length: 10485761\r\n\r\n";
        assertAnswer(api, much, "HTTP/1.0 413 ", "10485760 bytes");
    }

    private static void assertAnswer(URI server, String request, String head, String body)
            throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith(head), answer);
            assertTrue(answer.contains(body), answer);
        }
    }

    @Test
    void modelThatDoesNotExistEndsTheProcessWithOneSentence() throws Exception {
        String sentence = failure("serve", folder.resolve("nothing").toString(), "--port", "0");
        assertTrue(
                sentence.endsWith(
                        "ERROR "
                                + folder.resolve("nothing")
                                + " does not exist, or is a link to a file that does not."),
                sentence);
    }

    @Test
    void brokenModelEndsTheProcessWithOneSentence() throws Exception {
        Path file =
                Files.write(
                        folder.resolve("broken.gguf"),
                        "GGUF\3\0\0\0\1".getBytes(StandardCharsets.ISO_8859_1));
        String sentence = failure("serve", file.toString(), "--port", "0");
        assertTrue(sentence.contains("ERROR " + file + " is cut short"), sentence);
    }

    @Test
    void contextThatDoesNotFitIsRefusedWithNumbersAndTheFlag() throws Exception {
        String sentence =
                failure(
                        "serve",
                        "--port",
                        "0",
                        "--kv-cache-memory-bytes",
                        "1M",
                        "--max-model-len",
                        "4K");
        assertTrue(
                sentence.contains(
                        "a context of 4096 tokens needs a KV cache of 12.0 MiB, 1.0 MiB are free"),
                sentence);
        assertTrue(
                sentence.contains("lower --max-model-len, raise --kv-cache-memory-bytes"),
                sentence);
    }

    @Test
    void wrongSettingsEndTheProcessWithOneSentence() throws Exception {
        assertEquals(
                "quire: --block-size 24 is not a power of two; use 8, 16, 32, 64, 128 or 256",
                failure("serve", "--port", "0", "--block-size", "24"));
        assertEquals(
                "quire: --max-queue 'many' is not a number such as 4096, 4K (4096) or 4k (4000)",
                failure("serve", "--port", "0", "--max-queue", "many"));
        assertEquals(
                "quire: unknown variable QUIRE_PROT; did you mean QUIRE_PORT?",
                failure(Map.of("QUIRE_PROT", "0"), "serve"));
        assertEquals(
                "quire: QUIRE_API_KEY is blank, which is no key; give it one or unset the variable",
                failure(Map.of("QUIRE_API_KEY", " "), "serve", "--port", "0"));
        assertEquals(
                "quire: --api-key is empty; give it a value or leave the flag out",
                failure("serve", "--port", "0", "--api-key", ""));
    }

    @Test
    void portThatIsTakenEndsTheProcessWithOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String sentence = failure("serve", "--port", Integer.toString(taken.getLocalPort()));
            assertTrue(
                    sentence.startsWith(
                            "quire: cannot listen on 127.0.0.1 port " + taken.getLocalPort()),
                    sentence);
        }
    }

    @Test
    void versionIsTold() throws Exception {
        start(Map.of(), "--version");
        assertEquals(0, awaitEnd());
        assertTrue(
                log.getFirst()
                        .matches("quire \\d+\\.\\d+\\.[^,]*(, commit [0-9a-f]{12}(-dirty)?)?"),
                log.toString());
        assertTrue(log.get(1).startsWith("JDK " + Runtime.version().feature()), log.get(1));
        assertEquals("backend reference: 1 thread, plain Java", log.getLast());
        assertEquals(5, log.size(), log.toString());
        assertEquals("", Files.readString(errors()));
    }
}
