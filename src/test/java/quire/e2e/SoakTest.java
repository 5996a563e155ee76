package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.management.HotSpotDiagnosticMXBean;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.batcher.ServingEngine;
import quire.scheduler.SchedulerStats;

/**
 * Clients of every sort at once, on a server whose KV cache is too small for all of them: a fifth
 * goes away midway, a twentieth sends something malformed. Nobody may hear anything but the answer
 * to what he asked, which is the one that he would have got alone, and nothing may be left behind.
 *
 * <p>As many requests as {@code -Dquire.soak} says, drawn from {@code -Dquire.soak.seed}.
 */
@QuarkusTest
@TestProfile(SoakTest.CrampedServer.class)
class SoakTest {

    private static final long SEED = Long.getLong("quire.soak.seed", 11L);
    private static final int LONGEST_PAUSE_MILLIS = 40;
    private static final int MAX_SHOWN = 10;

    /** Used heap may grow by what classes loaded late and caches of libraries need, once. */
    private static final long HEAP_SLACK = 24L << 20;

    /** Pools of libraries may take a thread more or less. */
    private static final int THREAD_SLACK = 6;

    private static final JsonMapper JSON = new JsonMapper();

    /** 5461 tokens of KV cache for 48 sequences: they preempt each other. */
    public static final class CrampedServer implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quire.max-num-seqs", "48", "quire.kv-cache-memory-bytes", "16M");
        }
    }

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    @TempDir Path folder;

    private final Map<Integer, Answer> said = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final LongAdder numServed = new LongAdder();
    private final LongAdder numRefused = new LongAdder();
    private final LongAdder numCut = new LongAdder();

    /**
     * How much is asked.
     *
     * @param groups of requests that say the same each time; all are asked once more alone
     */
    record Load(int requests, int connections, int groups, SoakRequest.Longest longest) {}

    Load load() {
        int requests = Integer.getInteger("quire.soak", 600);
        SoakRequest.Longest longest = new SoakRequest.Longest(3000, 64);
        return new Load(requests, 64, Math.max(40, requests / 20), longest);
    }

    /** What the process uses when no request is inside. */
    private record Footprint(long heapBytes, int platformThreads, int virtualThreads) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.1f MiB of heap, %d platform threads, %d virtual threads",
                    heapBytes / 1024.0 / 1024.0,
                    platformThreads,
                    virtualThreads);
        }
    }

    @Test
    void everyClientHearsItsAnswerAndNothingIsLeftBehind() throws Exception {
        EngineWatch watch = EngineWatch.of(serving);
        int requests = load().requests();
        run(0, requests / 10);
        int before = footprint(watch).virtualThreads();
        long begin = System.nanoTime();
        run(requests / 10, requests / 2);
        Footprint middle = footprint(watch);
        run(requests / 2, requests);
        Footprint end = footprint(watch);
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        SchedulerStats stats = watch.stats();
        System.out.printf(
                "soak: %s served, %s refused, %s cut in %d s; %d preemptions, %d of %d prompt tokens"
                        + " cached%n  middle: %s%n  end:    %s%n",
                numServed,
                numRefused,
                numCut,
                seconds,
                stats.numPreemptions(),
                stats.prefixHits(),
                stats.prefixQueries(),
                middle,
                end);
        askAgainAlone();
        assertEquals(
                "",
                String.join("\n", faults.stream().limit(MAX_SHOWN).toList()),
                faults.size() + " faults, seed " + SEED);
        assertTrue(stats.numPreemptions() > 0, "nobody was preempted, the test shows too little");
        assertEquals("{\"server_load\":0}", get("/load"));
        assertTrue(end.heapBytes() <= middle.heapBytes() + HEAP_SLACK, middle + " -> " + end);
        assertTrue(
                end.platformThreads() <= middle.platformThreads() + THREAD_SLACK,
                middle + " -> " + end);
        assertTrue(end.virtualThreads() <= before, before + " virtual threads before, then " + end);
    }

    private void run(int from, int to) throws InterruptedException {
        AtomicInteger next = new AtomicInteger(from);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < load().connections(); i++) {
            clients.add(Thread.ofVirtual().name("client-" + i).start(() -> work(next, to)));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    /** One client: its connection lives until somebody closes it. */
    private void work(AtomicInteger next, int to) {
        Wire wire = null;
        for (int i = next.getAndIncrement(); i < to; i = next.getAndIncrement()) {
            Random random = new Random(SEED * 1_000_000_007L + i);
            SoakRequest request = request(random);
            try {
                wire = wire == null ? new Wire(server) : wire;
                if (request.isGood() && random.nextInt(5) == 0) {
                    cut(wire, request, random);
                    numCut.increment();
                    wire = null;
                } else {
                    wire = ask(wire, request);
                }
            } catch (Exception | AssertionError e) {
                faults.add("request " + i + ", " + describe(request) + ": " + e);
                wire = null;
            }
        }
        close(wire);
    }

    private static void close(Wire wire) {
        try {
            if (wire != null) {
                wire.close();
            }
        } catch (IOException e) {
            throw new AssertionError("a socket that cannot be closed", e);
        }
    }

    private SoakRequest request(Random random) {
        Load load = load();
        if (random.nextInt(20) == 0) {
            return SoakRequest.malformed(random.nextInt(SoakRequest.NUM_FAULTS));
        }
        return random.nextInt(5) < 3
                ? SoakRequest.repeatable(
                        SEED, random.nextInt(load.groups()), random.nextBoolean(), load.longest())
                : SoakRequest.drawn(random, load.longest());
    }

    private static String describe(SoakRequest request) {
        String text = new String(request.bytes(), StandardCharsets.UTF_8);
        return text.substring(0, Math.min(text.length(), 300)).replace("\r\n", " ");
    }

    /** Asks, checks, and returns the connection while it can be used again. */
    private Wire ask(Wire wire, SoakRequest request) throws IOException {
        wire.send(request.bytes());
        Wire.Head head = wire.readHead();
        String body = wire.readBody(head);
        assertEquals(request.status(), head.status(), body);
        if (request.isGood()) {
            check(request, Answer.of(body));
            numServed.increment();
        } else {
            checkError(head, body);
            numRefused.increment();
        }
        if (head.closes() || isNoHttp(head, body)) {
            wire.close();
            return null;
        }
        return wire;
    }

    private void check(SoakRequest request, Answer answer) {
        assertEquals(request.numChoices(), answer.choices().size(), answer.toString());
        int completionTokens = answer.usage().orElseThrow().completionTokens();
        assertTrue(
                completionTokens >= request.numChoices()
                        && completionTokens <= request.numChoices() * request.maxTokens(),
                answer.toString());
        for (Answer.Choice choice : answer.choices()) {
            assertTrue(
                    List.of("stop", "length").contains(choice.finishReason()), choice.toString());
        }
        if (request.group().isPresent()) {
            Answer first = said.putIfAbsent(request.group().getAsInt(), answer);
            if (first != null) {
                assertEquals(first, answer, "another answer to group " + request.group());
            }
        }
    }

    /** What is no HTTP at all is answered before there is a request, and the connection closed. */
    private static boolean isNoHttp(Wire.Head head, String body) {
        return head.status() == 400 && body.isEmpty();
    }

    private static void checkError(Wire.Head head, String body) throws IOException {
        if (isNoHttp(head, body)) {
            return;
        }
        JsonNode error = JSON.readTree(body).path("error");
        assertEquals("invalid_request_error", error.path("type").asText(), body);
        assertTrue(error.path("message").asText().length() > 10, body);
        assertTrue(error.has("param") && error.has("code"), body);
        assertTrue(head.headers().get("content-type").startsWith("application/json"));
    }

    /** Goes away in the middle of the request, while it waits, or in the middle of the answer. */
    private static void cut(Wire wire, SoakRequest request, Random random)
            throws IOException, InterruptedException {
        int length = request.bytes().length;
        switch (random.nextInt(4)) {
            case 0 -> wire.send(request.bytes(), random.nextInt(length));
            case 1 -> wire.send(request.bytes());
            case 2 -> {
                wire.send(request.bytes());
                Thread.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
            }
            default -> {
                wire.send(request.bytes());
                wire.readSome(1 + random.nextInt(2000));
            }
        }
        if (random.nextBoolean()) {
            wire.reset();
        } else {
            wire.close();
        }
    }

    /** Whoever was answered under load is answered the same when nobody else is there. */
    private void askAgainAlone() throws IOException {
        try (Wire wire = new Wire(server)) {
            for (Map.Entry<Integer, Answer> entry : new TreeMap<>(said).entrySet()) {
                SoakRequest request =
                        SoakRequest.repeatable(SEED, entry.getKey(), false, load().longest());
                wire.send(request.bytes());
                Answer alone = Answer.of(wire.readBody(wire.readHead()));
                if (!alone.equals(entry.getValue())) {
                    faults.add(
                            "group "
                                    + entry.getKey()
                                    + " alone: "
                                    + alone
                                    + ", under load: "
                                    + entry.getValue());
                }
            }
        }
    }

    private String get(String path) throws IOException {
        try (Wire wire = new Wire(server)) {
            wire.send(Wire.request("GET", path, "", ""));
            return wire.readBody(wire.readHead());
        }
    }

    /** Waits until the server is at rest. */
    private Footprint footprint(EngineWatch watch) throws Exception {
        watch.awaitRest();
        // Connections that clients cut are still being closed, and their threads ended.
        Thread.sleep(500);
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        int platform = ManagementFactory.getThreadMXBean().getThreadCount();
        return new Footprint(heap, platform, countThreads() - platform);
    }

    /** All threads, virtual ones included, which only a dump knows. */
    private int countThreads() throws IOException {
        Path file = folder.resolve("threads-" + System.nanoTime() + ".json");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
        int count = 0;
        for (JsonNode container :
                JSON.readTree(Files.readString(file)).at("/threadDump/threadContainers")) {
            count += container.path("threads").size();
        }
        return count;
    }
}
