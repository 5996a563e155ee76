package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Quire inside applications of frameworks: it answers there, and all that an application is known
 * by stays its own.
 */
@ParameterizedClass
@EnumSource(Host.class)
@TestMethodOrder(OrderAnnotation.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HostsIT {

    private static final String QUESTION = "Name the capital of Iraq.";
    private static final String ANSWER = "The capital of Iraq is Baghdad.";
    private static final int SERVERS_PORT = 8000;
    private static final Duration END = Duration.ofSeconds(3);

    /**
     * What the kernel makes of a process that ended by SIGTERM, and the JVM of one that it ends.
     */
    private static final int TERMINATED = 128 + 15;

    private static final Pattern OURS = Pattern.compile("(quire|vllm|engine|model|generat).*");

    @TempDir static Path folder;
    private static HostProcess process;

    private final Host host;

    HostsIT(Host host) {
        this.host = host;
    }

    @BeforeParameterizedClassInvocation
    static void start(Host host) throws Exception {
        process = new HostProcess(host, folder.resolve(host.name()));
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (process != null) {
            process.close();
        }
    }

    @Test
    void questionIsAnswered() throws Exception {
        assertEquals(ANSWER, process.ask("/ask", QUESTION));
    }

    /** In pieces whose number is that of a reader's looks at a growing text. */
    @Test
    void answerIsStreamed() throws Exception {
        assertEquals(
                ANSWER,
                process.stream("/stream", QUESTION)
                        .map(event -> event.get("text").asText())
                        .collect(Collectors.joining()));
    }

    @Test
    void secondClassLoaderHasAQuireOfItsOwn() throws Exception {
        assertEquals(ANSWER, process.ask("/second", QUESTION));
        assertEquals(ANSWER, process.ask("/ask", QUESTION));
    }

    @Test
    void addressIsTheApplicationsOwn() {
        assertNotEquals(SERVERS_PORT, process.port());
    }

    @Test
    void lineOfEachLoggerAppearsOnce() throws Exception {
        process.get("/log");
        for (String logger : List.of("java.util.logging", "System.Logger", "SLF4J")) {
            String text = "a line of " + logger;
            process.awaitLine(Pattern.compile(".*" + Pattern.quote(text)));
            assertEquals(
                    1, process.log().stream().filter(line -> line.endsWith(text)).count(), text);
        }
    }

    /** At the level at which the application asks for it. */
    @Test
    void enginesOwnLinesAreInTheApplicationsLog() throws Exception {
        process.awaitLine(Pattern.compile(".*quire\\.engine.*backend: cpu.*"));
    }

    @Test
    void documentedRoutesAreTheApplicationsOwn() throws Exception {
        assertEquals(
                Set.of("/ask", "/stream", "/endless", "/second", "/log"),
                host.framework.routes(process.get(host.framework.api)));
    }

    @Test
    void healthIsTheApplicationsOwn() throws Exception {
        Set<String> checks = host.framework.healthChecks(process.get(host.framework.health));
        assertEquals(host.framework.ownHealth, checks);
    }

    @Test
    void metersAreTheApplicationsAndOursWhereItHasThemAsABean() throws Exception {
        process.ask("/ask", QUESTION);
        Set<String> meters = host.framework.meters(process.get(host.framework.metrics));
        assertTrue(meters.contains("host.questions"), meters::toString);
        Set<String> ours = new TreeSet<>(meters);
        ours.removeIf(name -> !OURS.matcher(name).matches());
        assertEquals(host.hasMeters(), !ours.isEmpty(), ours::toString);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void endIsGracefulWhileAnAnswerStreams() throws Exception {
        Iterator<JsonNode> events = process.stream("/endless", QUESTION).iterator();
        assertTrue(events.next().has("text"));
        assertTrue(events.next().has("text"));
        long began = System.nanoTime();
        process.terminate();
        assertEquals(TERMINATED, process.awaitEnd(), process::errors);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(END) < 0, () -> "it took " + took);
        List<JsonNode> rest = new ArrayList<>();
        events.forEachRemaining(rest::add);
        assertTrue(rest.getLast().has("end"), () -> "the last event is " + rest.getLast());
        assertEquals(List.of(), troubles());
        assertEquals("", process.errors());
    }

    /** Lines of the log that tell of something wrong, and of stack traces. */
    private List<String> troubles() {
        Pattern trouble = Pattern.compile(".*\\b(WARN|WARNING|ERROR|SEVERE)\\b.*|\\s+at .*");
        return process.log().stream().filter(line -> trouble.matcher(line).matches()).toList();
    }
}
