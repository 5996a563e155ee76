package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the packaged server logs, as it was asked to. */
class LogIT extends ServerProcess {

    private static final String KEY = "sesame-7411";

    /** Where the server is that logs JSON, when it is ready. */
    private String address() throws IOException {
        Pattern ready = Pattern.compile(".* ready after .*(http://127\\.0\\.0\\.1:\\d+/v1) .*");
        while (true) {
            String line = server.inputReader(StandardCharsets.UTF_8).readLine();
            log.add(line);
            Matcher found = ready.matcher(" " + MAPPER.readTree(line).get("message").asText());
            if (found.matches()) {
                return found.group(1);
            }
        }
    }

    private HttpRequest.Builder asked(String address, String body) {
        return HttpRequest.newBuilder(URI.create(address + "/completions"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + KEY)
                .POST(BodyPublishers.ofString(body));
    }

    @Test
    void requestsAreLoggedAsJsonWithoutKeysAndWithAsMuchOfAPromptAsIsAllowed() throws Exception {
        start(
                Map.of("QUIRE_API_KEY", KEY),
                "serve",
                "--port",
                "0",
                "--kv-cache-memory-bytes",
                "64M",
                "--enable-log-requests",
                "--max-log-len",
                "24",
                "--log-format",
                "json");
        String address = address();
        String prompt = "Once \\\"upon\\\"\\n a\\u001b[2J time there was an otter of no name";
        assertEquals(
                200,
                send(asked(
                                        address,
                                        "{\"prompt\": \""
                                                + prompt
                                                + "\", \"max_tokens\": 3, \"n\": 2,"
                                                + " \"ignore_eos\": true}")
                                .header("X-Request-Id", "one"))
                        .statusCode());
        String endless =
                "{\"prompt\": \"Once\", \"max_tokens\": 4000, \"ignore_eos\": true, \"stream\":"
                        + " true, \"request_id\": \"two\"}";
        try (InputStream stream =
                http.send(asked(address, endless).build(), BodyHandlers.ofInputStream()).body()) {
            assertTrue(stream.read() > 0);
        }
        // The client that went away is noticed at the next token; then nothing of it is left.
        while (log.stream().noneMatch(line -> line.contains("abandoned cmpl-two"))) {
            log.add(server.inputReader(StandardCharsets.UTF_8).readLine());
        }
        server.toHandle().destroy();
        awaitEnd();

        List<String> messages = new ArrayList<>();
        for (String line : log) {
            JsonNode entry = MAPPER.readTree(line);
            assertEquals("INFO", entry.get("level").asText(), line);
            assertTrue(entry.get("timestamp").asText().matches("20.*T.*Z?.*"), line);
            messages.add(entry.get("message").asText());
            assertFalse(line.contains(KEY), line);
            assertFalse(line.contains("no name"), line);
        }
        assertEquals(
                "received cmpl-one for quire-demo: 1 prompt of ",
                find(messages, "received cmpl-one").substring(0, 46));
        assertTrue(
                find(messages, "received cmpl-one")
                        .endsWith(
                                " tokens, 2 choices of at most 3 tokens, temperature 1.0: \"Once"
                                        + " \\\"upon\\\"\\n a\\u001b[2J time \"…"),
                find(messages, "received cmpl-one"));
        assertTrue(
                find(messages, "finished cmpl-one")
                        .matches(
                                "finished cmpl-one: length; \\d+ prompt tokens, 0 of them cached, 6"
                                        + " tokens, the first after \\d+\\.\\d{3} s, in all"
                                        + " \\d+\\.\\d{3} s"),
                find(messages, "finished cmpl-one"));
        assertTrue(find(messages, "received cmpl-two").endsWith(", streamed: \"Once\""));
        assertTrue(find(messages, "abandoned cmpl-two").contains(": the client went away; "));
    }

    @Test
    void answersAreLoggedOnceEachWhereTheyAreAskedFor() throws Exception {
        start(
                Map.of("QUIRE_ENABLE_LOG_OUTPUTS", "true"),
                "serve",
                "--port",
                "0",
                "--kv-cache-memory-bytes",
                "64M",
                "--enable-log-requests",
                "--log-format",
                "json");
        String address = address();
        String whole =
                "{\"prompt\": \"Once\", \"max_tokens\": 9, \"n\": 2, \"ignore_eos\": true,"
                        + " \"request_id\": \"one\"}";
        JsonNode answer =
                MAPPER.readTree(
                        http.send(asked(address, whole).build(), BodyHandlers.ofString()).body());
        String streamed =
                "{\"prompt\": \"Once\", \"max_tokens\": 9, \"temperature\": 0, \"stream\": true,"
                        + " \"ignore_eos\": true, \"request_id\": \"two\"}";
        String events = http.send(asked(address, streamed).build(), BodyHandlers.ofString()).body();
        StringBuilder text = new StringBuilder();
        for (String event : events.split("\n\n")) {
            if (event.startsWith("data: {")) {
                JsonNode chunk = MAPPER.readTree(event.substring(6));
                text.append(chunk.path("choices").path(0).path("text").asText());
            }
        }
        server.toHandle().destroy();
        awaitEnd();
        List<JsonNode> generated = new ArrayList<>();
        for (String line : log) {
            JsonNode entry = MAPPER.readTree(line);
            if (entry.get("message").asText().startsWith("generated ")) {
                generated.add(entry);
            }
        }
        assertEquals(3, generated.size(), log.toString());
        for (JsonNode entry : generated) {
            JsonNode fields = entry.get("generated");
            int choice = Integer.parseInt(fields.get("choice").asText());
            boolean isFirst = fields.get("id").asText().equals("cmpl-one");
            assertEquals(
                    isFirst ? answer.at("/choices/" + choice + "/text").asText() : text.toString(),
                    fields.get("text").asText());
            assertEquals("length", fields.get("finish_reason").asText());
            assertEquals(
                    "generated "
                            + (isFirst ? "cmpl-one" : "cmpl-two")
                            + ", choice "
                            + choice
                            + ": length",
                    entry.get("message").asText());
        }
    }

    private static String find(List<String> messages, String start) {
        List<String> found = messages.stream().filter(line -> line.startsWith(start)).toList();
        assertEquals(1, found.size(), start + " in " + messages);
        return found.getFirst();
    }

    @Test
    void onlyErrorsAreLoggedWhereOnlyErrorsAreAskedFor() throws Exception {
        start(Map.of(), "serve", "no-such-model", "--port", "0", "--log-level", "error");
        assertEquals(1, awaitEnd());
        assertEquals(List.of(), log);
        assertTrue(
                Files.readString(errors()).contains("ERROR no-such-model does not exist"),
                Files.readString(errors()));
    }

    @Test
    void detailsAreLoggedWhereTheyAreAskedFor() throws Exception {
        start(
                Map.of("QUIRE_LOG_LEVEL", "debug"),
                "serve",
                "--port",
                "0",
                "--kv-cache-memory-bytes",
                "64M");
        awaitReady();
        assertTrue(log.stream().anyMatch(line -> line.contains(" DEBUG memory: ")), log.toString());
    }
}
