package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

/** Who may tell the packaged server something: flags, variables of Quire's, the file, JAVA_OPTS. */
class ConfigurationIT extends ServerProcess {

    @Test
    void environmentIsReadAndFlagsWinOverIt() throws Exception {
        start(
                Map.of(
                        "QUIRE_PORT",
                        "0",
                        "QUIRE_MAX_MODEL_LEN",
                        "1K",
                        "QUIRE_SERVED_MODEL_NAME",
                        "one,two",
                        "QUIRE_KV_CACHE_MEMORY_BYTES",
                        "64M",
                        "QUIRE_MAX_NUM_SEQS",
                        "9999999"),
                "serve",
                "--max-num-seqs",
                "4",
                "--api-key",
                "pa$$word${x}\\n");
        Matcher ready = awaitReady();
        URI models = URI.create(ready.group(1) + "/models");
        assertEquals(401, send(HttpRequest.newBuilder(models)).statusCode());
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(models)
                                .header("Authorization", "Bearer pa$$word${x}\\n"));
        assertEquals(200, response.statusCode(), response.body());
        JsonNode data = MAPPER.readTree(response.body()).get("data");
        assertEquals("one", data.at("/0/id").asText());
        assertEquals("two", data.at("/1/id").asText());
        assertEquals(1024, data.at("/0/max_model_len").asInt());
        assertEquals(200, send(HttpRequest.newBuilder(models.resolve("/health"))).statusCode());
        assertTrue(
                log.stream().anyMatch(line -> line.contains("at most 4 sequences")),
                String.join("\n", log));
    }

    @Test
    void fileOfFlagsIsRead() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"),
                        """
                served-model-name: from-file
                port: 0
                kv-cache-memory-bytes: 64M
                hf-overrides:
                  max_position_embeddings: 512
                """);
        start(Map.of(), "serve", "--config", file.toString());
        assertEquals("from-file", awaitReady().group(2));
        assertTrue(
                log.stream().anyMatch(line -> line.contains("context: 512 tokens")),
                String.join("\n", log));
    }

    @Test
    void keyOfTheEnvironmentIsTakenAsItIs() throws Exception {
        start(Map.of("QUIRE_API_KEY", "p${q", "QUIRE_PORT", "0", "QUIRE_MODEL", ""), "serve");
        URI models = URI.create(awaitReady().group(1) + "/models");
        assertEquals(401, send(HttpRequest.newBuilder(models)).statusCode());
        assertEquals(
                200,
                send(HttpRequest.newBuilder(models).header("Authorization", "Bearer p${q"))
                        .statusCode());
    }

    /**
     * Every other source of the framework is set to open the server, move its port, give it a key
     * and silence its log.
     */
    @Test
    void nothingOfTheFolderOrTheEnvironmentSpeaksToTheServer() throws Exception {
        int port;
        int other;
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0)) {
            port = one.getLocalPort();
            other = two.getLocalPort();
        }
        String hostile =
                """
                quarkus.http.host=0.0.0.0
                quarkus.http.port=%1$d
                quarkus.http.limits.max-body-size=1
                quarkus.log.level=OFF
                quarkus.log.console.enable=false
                quarkus.ssl.native=true
                quire.api-key=stolen
                quire.port=%1$d
                quire.model=nothing
                %%evil.quarkus.http.port=%1$d
                """
                        .formatted(other);
        workingFolder = Files.createDirectories(folder.resolve("hostile/config")).getParent();
        Path properties = Path.of("application.properties");
        Files.writeString(workingFolder.resolve(properties), hostile);
        Files.writeString(workingFolder.resolve("config").resolve(properties), hostile);
        Files.createDirectories(workingFolder.resolve("META-INF"));
        Files.writeString(
                workingFolder.resolve("META-INF/microprofile-config.properties"), hostile);
        Files.writeString(
                workingFolder.resolve(".env"),
                "QUARKUS_HTTP_HOST=0.0.0.0\nQUARKUS_HTTP_PORT=%1$d\nQUIRE_PORT=%1$d\nQUIRE_API_KEY=s\n"
                        .formatted(other));
        String file = workingFolder.resolve(properties).toString();
        Map<String, String> environment =
                Map.of(
                        "QUARKUS_HTTP_HOST", "0.0.0.0",
                        "QUARKUS_HTTP_PORT", Integer.toString(other),
                        "QUARKUS_HTTP_LIMITS_MAX_BODY_SIZE", "1",
                        "QUARKUS_LOG_LEVEL", "OFF",
                        "QUARKUS_PROFILE", "evil",
                        "SMALLRYE_CONFIG_PROFILE", "evil",
                        "SMALLRYE_CONFIG_LOCATIONS", file,
                        "QUARKUS_CONFIG_LOCATIONS", file,
                        "MP_CONFIG_PROFILE", "evil");
        // Of JAVA_OPTS, which may speak, the flags win.
        javaOptions = List.of("-Dquarkus.http.port=" + other, "-Dquarkus.http.host=0.0.0.0");
        start(environment, "serve", "--port", Integer.toString(port));
        String address = awaitReady().group(1);
        assertEquals("http://127.0.0.1:" + port + "/v1", address);
        assertTrue(log.getLast().endsWith("to this machine alone (--host opens it)"));
        log.removeIf(line -> PROGRESS.matcher(line).matches());
        assertEquals(10, log.size(), String.join("\n", log));
        complete(address, "{\"model\": \"quire-demo\", \"prompt\": \"Once\"}");
        try (ServerSocket free = new ServerSocket(other)) {
            assertTrue(free.isBound());
        }
    }

    @Test
    void javaOptionsReachTheFramework() throws Exception {
        javaOptions = List.of("-Dquarkus.log.console.format=%p says %m%n");
        start(Map.of(), "serve", "--port", "0");
        awaitReady();
        assertTrue(log.getLast().startsWith("INFO says ready after "), log.getLast());
        assertEquals(
                "quire: the system property quire.port is not read; use --port or QUIRE_PORT",
                failureWith("-Dquire.port=1"));
    }

    private String failureWith(String javaOption) throws Exception {
        stopServer();
        javaOptions = List.of(javaOption);
        return failure("serve");
    }

    @Test
    void hostMayStandInBrackets() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            assertTrue(socket.isBound());
        } catch (IOException e) {
            assumeTrue(false, "this machine has no IPv6: " + e.getMessage());
        }
        start(Map.of(), "serve", "--host", "[::1]", "--port", "0");
        String address = awaitReady().group(1);
        assertTrue(address.startsWith("http://[::1]:"), address);
        assertEquals(
                200, send(HttpRequest.newBuilder(URI.create(address + "/models"))).statusCode());
    }
}
