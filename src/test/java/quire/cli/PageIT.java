package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import quire.Outside;

/**
 * The page in Chromium, beside the server's process, as a person would use it. The screenshots of
 * the documents are made here.
 */
class PageIT extends ServerProcess {

    private static final Path CLIENT = Path.of("target/clients/page");
    private static final int ENDED_BY_SIGTERM = 143;
    private static final String KEY = "sesame";
    private static final List<String> PARTS =
            List.of(
                    "chat",
                    "streamsAndStops",
                    "reloadsAndAsksAgain",
                    "parametersReachTheServer",
                    "callsAndThoughtsAreShown",
                    "probabilitiesAreShown",
                    "markupStaysText",
                    "markdownIsFormatted",
                    "phoneIsEnough",
                    "lostServerIsSaid",
                    "silentEngineIsSaid",
                    "hostileTextIsShownSoon",
                    "brokenStreamIsSaid",
                    "strangeConversationsAreOpened",
                    "fullBrowserForgetsTheOldest",
                    "engineIsSeen",
                    "manyBlocksAreDrawnFast",
                    "firstPaintIsSoon",
                    "isAccessible",
                    "screenshots");

    private String serve(Map<String, String> environment) throws IOException {
        start(environment, "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        return awaitReady().group(1);
    }

    private static void assertHold(String address, List<String> parts) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(Outside.PAGE_CLIENT.path().toString(), "page_client.mjs", address));
        command.addAll(parts);
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(CLIENT.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("CHROMIUM", Outside.CHROMIUM.path().toString());
        builder.environment().put("QUIRE_KEY", KEY);
        Process browser = builder.start();
        List<String> output = browser.inputReader(StandardCharsets.UTF_8).lines().toList();
        List<String> held = output.stream().filter(line -> line.startsWith("holds: ")).toList();
        String all = String.join("\n", output);
        assertEquals(0, browser.waitFor(), all);
        assertEquals(parts.stream().map(part -> "holds: " + part).toList(), held, all);
        output.stream().filter(line -> !held.contains(line)).forEach(System.out::println);
    }

    @Test
    void everyPartHolds() throws Exception {
        Outside.PAGE_CLIENT.path();
        Outside.CHROMIUM.path();
        assertHold(serve(Map.of()), PARTS);
    }

    /**
     * A stream without an end is ended like any other, and its server goes as if there were none.
     */
    @Test
    void whoWatchesHearsTheEndAndDoesNotDelayIt() throws Exception {
        String feed = serve(Map.of()).replace("/v1", "/engine/live");
        HttpResponse<Stream<String>> watching =
                http.send(HttpRequest.newBuilder(URI.create(feed)).build(), BodyHandlers.ofLines());
        Iterator<String> lines = watching.body().iterator();
        assertEquals("ready", MAPPER.readTree(lines.next()).get("state").asText());
        server.toHandle().destroy();
        // Were it cut, the iterator would throw.
        String last = "";
        while (lines.hasNext()) {
            last = lines.next();
        }
        assertEquals("stopping", MAPPER.readTree(last).get("state").asText(), last);
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        assertTrue(Files.readAllLines(errors()).isEmpty());
    }

    @Test
    void keyIsAskedForAndKeptForTheTab() throws Exception {
        Outside.PAGE_CLIENT.path();
        Outside.CHROMIUM.path();
        assertHold(serve(Map.of("QUIRE_API_KEY", KEY)), List.of("keyIsAskedFor"));
    }
}
