package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.HubException;

/**
 * Random schedules of what goes wrong: a pull gives the files or a sentence, never a wrong file.
 */
class PullFaultsTest {

    private static final int SCHEDULES = Integer.getInteger("quire.hub.schedules", 100);
    private static final long SEED = Long.getLong("quire.hub.seed", 18);

    /** They mostly wait. */
    private static final int AT_ONCE = 8;

    private static final String REPO = "owner/model";

    /** Those after which the bytes that were on their way are lost, whatever the client does. */
    private static final List<HubFault> WASTEFUL =
            List.of(
                    HubFault.RESET,
                    HubFault.WRONG_SIZE,
                    HubFault.WRONG_RANGE,
                    HubFault.NO_RANGES,
                    HubFault.WRONG_BYTE);

    @TempDir Path root;

    @Test
    void everyScheduleGivesTheFilesOrASentence() throws Exception {
        int refused = 0;
        List<Callable<Boolean>> schedules = new ArrayList<>();
        for (int i = 0; i < SCHEDULES; i++) {
            int schedule = i;
            schedules.add(() -> refused(SEED + schedule, root.resolve("cache-" + schedule)));
        }
        try (ExecutorService some = Executors.newFixedThreadPool(AT_ONCE)) {
            for (Future<Boolean> each : some.invokeAll(schedules)) {
                refused += each.get() ? 1 : 0;
            }
        }
        assertTrue(refused < SCHEDULES / 2, refused + " refused");
    }

    private static boolean refused(long seed, Path cache) throws Exception {
        Random random = new Random(seed);
        boolean manyRanges = random.nextInt(20) == 0;
        int size = manyRanges ? 8_300_000 + random.nextInt(25_000_000) : random.nextInt(600_000);
        HubFiles files =
                HubFiles.model("a" + seed, 1 + size, seed)
                        .with("tokenizer.json", random.nextInt(200_000), seed);
        Map<String, Deque<HubFault>> schedule = new HashMap<>();
        boolean wasteful = false;
        for (String path : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Deque<HubFault> faults = new ArrayDeque<>();
            int numFaults = random.nextInt(10) == 0 ? 3 + random.nextInt(6) : random.nextInt(3);
            for (int i = 0; i < numFaults; i++) {
                HubFault[] all = HubFault.values();
                HubFault fault = all[random.nextInt(all.length)];
                boolean rare = fault == HubFault.WRONG_BYTE || fault == HubFault.STALL;
                fault = rare && random.nextInt(4) > 0 ? HubFault.CUT : fault;
                faults.add(fault);
                wasteful |= WASTEFUL.contains(fault);
            }
            schedule.put(path, faults);
        }
        try (HubServer hub = new HubServer()) {
            hub.put(REPO, "main", files);
            hub.faults =
                    path -> {
                        synchronized (schedule) {
                            Deque<HubFault> left = schedule.getOrDefault(path, new ArrayDeque<>());
                            return left.isEmpty() ? HubFault.NONE : left.poll();
                        }
                    };
            boolean refused = false;
            try {
                pull(hub, cache);
            } catch (HubException e) {
                refused = true;
                assertTrue(e.getMessage().contains(" of owner/model "), e.getMessage());
                assertTrue(e.getMessage().contains("pull again"), e.getMessage());
            }
            assertNothingIsWrong(seed, cache);
            schedule.clear();
            PulledModel pulled = pull(hub, cache);
            for (String path : List.of("config.json", "tokenizer.json", "model.safetensors")) {
                assertArrayEquals(
                        files.bytes(path),
                        Files.readAllBytes(pulled.path().resolve(path)),
                        "seed " + seed);
            }
            if (!wasteful) {
                assertTrue(
                        hub.sentBytes.get() <= pulled.bytes() * 11 / 10,
                        "seed " + seed + ": " + hub.sentBytes + " of " + pulled.bytes());
            }
            assertEquals(0, hub.leaks());
            assertFalse(hub.seen.isEmpty());
            return refused;
        }
    }

    private static PulledModel pull(HubServer hub, Path cache) throws InterruptedException {
        return Pull.of(
                ModelName.parse(REPO),
                hub.settings(cache, "HF_TOKEN", "hf_secret"),
                new PullTest.Heard());
    }

    /** Every blob that has its name has the bytes of that name. */
    private static void assertNothingIsWrong(long seed, Path cache) throws IOException {
        try (Stream<Path> blobs = Files.list(cache.resolve("models--owner--model/blobs"))) {
            for (Path blob : (Iterable<Path>) blobs::iterator) {
                String name = blob.getFileName().toString();
                if (!name.contains(".")) {
                    byte[] bytes = Files.readAllBytes(blob);
                    String hash =
                            name.length() == 64
                                    ? HubFiles.hex("SHA-256", bytes)
                                    : HubFiles.gitHash(bytes);
                    assertEquals(hash, name, "seed " + seed);
                }
            }
        }
    }
}
