package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.CapturedLog;

/** What is kept between starts, and how little a bad file matters. */
class VariantStoreTest {

    private static final List<String> ABOUT = List.of("a card", "a driver", "a build");

    @TempDir Path folder;

    private VariantStore store() {
        return VariantStore.in(folder, ABOUT);
    }

    private Path file() throws IOException {
        return files().getFirst();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(".tsv")).toList();
        }
    }

    private void fill() {
        VariantStore store = store();
        store.keep("a shape", "fast");
        store.drop("bad", "it is bad");
        store.save();
    }

    @Test
    void whatIsKeptIsThereAtTheNextStart() {
        fill();
        VariantStore next = store();
        assertEquals(Optional.of("fast"), next.fastest("a shape"));
        assertEquals(Optional.empty(), next.fastest("another"));
        assertEquals(Optional.of("it is bad"), next.objection("bad"));
        assertEquals(Optional.empty(), next.objection("fast"));
        next.drop("fast", "it is not");
        next.save();
        assertEquals(Optional.empty(), store().fastest("a shape"));
    }

    @Test
    void anotherCardDriverOrBuildKnowsNothingOfIt() throws IOException {
        fill();
        for (int i = 0; i < ABOUT.size(); i++) {
            List<String> other = new ArrayList<>(ABOUT);
            other.set(i, "another");
            VariantStore store = VariantStore.in(folder, other);
            assertEquals(Optional.empty(), store.fastest("a shape"), other.toString());
            assertEquals(Optional.empty(), store.objection("bad"), other.toString());
            store.keep("its shape", "slow");
            store.save();
        }
        assertEquals(4, files().size());
        assertEquals(Optional.of("fast"), store().fastest("a shape"));
        // The name alone proves nothing.
        Path own = file();
        for (Path file : files()) {
            if (!file.equals(own)) {
                Files.copy(file, own, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
        for (List<String> about : List.of(ABOUT, List.of("another", "a driver", "a build"))) {
            VariantStore store = VariantStore.in(folder, about);
            assertTrue(
                    store.fastest("its shape").isEmpty() || !about.equals(ABOUT),
                    "a file about something else");
        }
    }

    @Test
    void aDamagedFileIsReadAsFarAsItCanBe() throws IOException {
        fill();
        byte[] whole = Files.readAllBytes(file());
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + round % 5; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            int length = round % 2 == 0 ? damaged.length : random.nextInt(damaged.length);
            Files.write(file(), java.util.Arrays.copyOf(damaged, length));
            VariantStore store = store();
            store.fastest("a shape");
            store.objection("bad");
        }
        String text = new String(whole, StandardCharsets.UTF_8);
        Files.writeString(file(), text + "nonsense\nfastest\tonly two\ntrying\tx\ty\tno\tnumber\n");
        VariantStore store = store();
        assertEquals(Optional.of("fast"), store.fastest("a shape"));
        assertEquals(
                Optional.of("its trial for y never ended"),
                store.objection("x"),
                "whoever tried it");
        store.save();
        assertEquals(Optional.of("fast"), store().fastest("a shape"));
        assertTrue(!Files.readString(file()).contains("nonsense"));
    }

    @Test
    void aFileThatIsTooLargeOrNoneIsToldOfAndReplaced() throws IOException {
        fill();
        Path file = file();
        Files.write(file, new byte[300 << 10]);
        try (CapturedLog log = new CapturedLog("quire.ops.cuda")) {
            fill();
            assertTrue(
                    log.warnings().getFirst().contains("is too large"), log.warnings()::toString);
        }
        assertEquals(Optional.of("fast"), store().fastest("a shape"));
    }

    @Test
    void whereNothingCanBeWrittenNothingIsKeptAndThatIsSaidOnce() throws IOException {
        Path occupied = Files.writeString(folder.resolve("occupied"), "by a file");
        try (CapturedLog log = new CapturedLog("quire.ops.cuda")) {
            VariantStore store = VariantStore.in(occupied.resolve("quire"), ABOUT);
            store.keep("a shape", "fast");
            store.trying("fast", "a shape");
            store.tried();
            store.save();
            assertEquals(Optional.of("fast"), store.fastest("a shape"));
            assertEquals(1, log.warnings().size(), log.warnings()::toString);
            assertTrue(log.warnings().getFirst().contains("is not kept"));
        }
    }

    @Test
    void whatIsBeingTriedIsWrittenDownFirstAndCountsWhenItsProcessIsGone() throws Exception {
        VariantStore store = store();
        store.trying("deadly", "a shape");
        assertEquals(
                Optional.of("its trial for a shape never ended"),
                store().objection("deadly"),
                "this process did not end it");
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            long start = other.info().startInstant().orElseThrow().toEpochMilli();
            String line = "trying\tslow\tb\t" + other.pid() + "\t";
            String text = Files.readString(file());
            Files.writeString(file(), text + line + start + "\n");
            assertEquals(Optional.empty(), store().objection("slow"), "another is at it");
            Files.writeString(file(), text + line + (start - 1000) + "\n");
            assertTrue(store().objection("slow").isPresent(), "a number that came again");
            Files.writeString(file(), text + line + start + "\n");
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertTrue(store().objection("slow").isPresent(), "it is gone");
        store.tried();
        assertEquals(Optional.empty(), store().objection("deadly"));
        assertTrue(store().objection("slow").isPresent(), "of others nothing is taken back");
    }

    @Test
    void whatSeveralWriteAtOnceIsAllThere() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String name = "thread " + t;
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        VariantStore store = store();
                                        for (int i = 0; i < 20; i++) {
                                            store.keep(name + ", shape " + i, "fast");
                                            store.save();
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        VariantStore store = store();
        for (int t = 0; t < 4; t++) {
            for (int i = 0; i < 20; i++) {
                String name = "thread " + t + ", shape " + i;
                assertEquals(Optional.of("fast"), store.fastest(name), name);
            }
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(2, left.count(), "the file and its lock");
        }
    }

    @Test
    void theOldestFilesGo() throws IOException {
        for (int i = 0; i < 20; i++) {
            VariantStore store = VariantStore.in(folder, List.of("card " + i));
            store.keep("a shape", "fast");
            store.save();
            for (Path file : files()) {
                long age = Files.getLastModifiedTime(file).toMillis() - 10_000;
                Files.setLastModifiedTime(file, FileTime.fromMillis(age));
            }
        }
        assertEquals(16, files().size());
        VariantStore last = VariantStore.in(folder, List.of("card 19"));
        assertEquals(Optional.of("fast"), last.fastest("a shape"));
        VariantStore first = VariantStore.in(folder, List.of("card 0"));
        assertEquals(Optional.empty(), first.fastest("a shape"));
    }
}
