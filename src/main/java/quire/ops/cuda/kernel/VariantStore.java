package quire.ops.cuda.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import quire.natives.UserFolders;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.kernel.VariantRecord.Trying;

/**
 * What {@link SelfCheck} found, in a small file of the user's for each card, driver and build of
 * the kernels, {@code kernels-HASH.tsv} in the {@linkplain UserFolders#cache cache}. A variant is
 * written down before it is tried, as one that loses the card takes the process along; who finds
 * one there whose process is gone leaves it out.
 *
 * <p>A file is replaced as a whole, and what other processes wrote meanwhile is kept. Without a
 * folder, or where it cannot be written, everything is found anew each time. To forget, delete the
 * files.
 */
public final class VariantStore {

    private static final System.Logger LOG = System.getLogger("quire.ops.cuda");

    private static final String PREFIX = "kernels-";
    private static final String SUFFIX = ".tsv";
    private static final int MOST_FILES = 16;
    private static final long MOST_BYTES = 256 << 10;
    private static final int LOCK_TRIES = 100;
    private static final long LOCK_PARK_NANOS = 5_000_000;

    private final Optional<Path> file;
    private final List<String> header;

    /** Of this process, over what others left. */
    private final VariantRecord own = new VariantRecord();

    private VariantRecord seen = new VariantRecord();
    private boolean isWritable = true;

    private VariantStore(Optional<Path> file, List<String> header) {
        this.file = file;
        this.header = header;
        file.ifPresent(path -> seen = read(path, header));
    }

    /** One that is forgotten with the process. */
    public static VariantStore none() {
        return new VariantStore(Optional.empty(), List.of());
    }

    /**
     * Reads what this user knows of a card.
     *
     * @param driver its release, too
     */
    public static VariantStore of(Device card, String driver, KernelFiles kernels) {
        List<String> build =
                kernels.read(KernelFiles.MANIFEST)
                        .map(text -> new String(text, StandardCharsets.UTF_8).lines().toList())
                        .orElse(List.of());
        List<String> about =
                List.of(card.identity(), driver, "kernels " + VariantRecord.hash(build));
        return UserFolders.cache().map(folder -> in(folder, about)).orElseGet(VariantStore::none);
    }

    /**
     * Reads what is known.
     *
     * @param folder made when something is kept
     * @param about lines that say what it is true of
     */
    static VariantStore in(Path folder, List<String> about) {
        Path file = folder.resolve(PREFIX + VariantRecord.hash(about) + SUFFIX);
        return new VariantStore(Optional.of(file), about);
    }

    /** The fastest variant for a trial. */
    Optional<String> fastest(String trial) {
        return own.fastest(trial).or(() -> seen.fastest(trial));
    }

    /** Why a variant is not to be run, as a clause. */
    Optional<String> objection(String variant) {
        return own.dropped(variant).or(() -> seen.dropped(variant)).or(() -> unfinished(variant));
    }

    /** As above, where all that is known is that a trial of it did not end. */
    Optional<String> unfinished(String variant) {
        return seen.killer(variant, own).map(trial -> "its trial for " + trial + " never ended");
    }

    void keep(String trial, String fastest) {
        own.keep(trial, fastest);
    }

    void drop(String variant, String why) {
        own.drop(variant, why);
    }

    /** Writes down, before anything else happens, what is about to be tried. */
    void trying(String variant, String trial) {
        own.trying(Optional.of(Trying.byThisProcess(variant, trial)));
        write(true);
    }

    /** Takes that back. */
    void tried() {
        own.trying(Optional.empty());
        write(false);
    }

    /** Writes all that is known. */
    void save() {
        write(false);
    }

    private void write(boolean forced) {
        if (file.isEmpty() || !isWritable) {
            return;
        }
        try {
            replace(file.get(), forced);
        } catch (IOException | UncheckedIOException e) {
            isWritable = false;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "what is found out about kernels is not kept: " + e);
        }
    }

    private void replace(Path path, boolean forced) throws IOException {
        Path folder = path.getParent();
        Files.createDirectories(folder);
        Path lockFile = folder.resolve("kernels.lock");
        try (FileChannel lock =
                FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            lock(lock);
            seen = read(path, header);
            Path next = Files.createTempFile(folder, PREFIX, ".new");
            try {
                ByteBuffer text =
                        StandardCharsets.UTF_8.encode(
                                String.join("\n", seen.with(own).lines(header)) + "\n");
                try (FileChannel out = FileChannel.open(next, StandardOpenOption.WRITE)) {
                    while (text.hasRemaining()) {
                        out.write(text);
                    }
                    if (forced) {
                        out.force(true);
                    }
                }
                Files.move(
                        next,
                        path,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(next);
            }
            deleteOldest(folder);
        }
    }

    /**
     * Locks a file until it is closed. Who waits for too long goes on without, and may lose what
     * another process writes.
     */
    private static void lock(FileChannel channel) throws IOException {
        for (int i = 0; i < LOCK_TRIES; i++) {
            try {
                if (channel.tryLock() != null) {
                    return;
                }
            } catch (OverlappingFileLockException byThisProcess) {
                // Another engine of this process has it; it is as brief.
                Thread.onSpinWait();
            }
            LockSupport.parkNanos(LOCK_PARK_NANOS);
        }
    }

    private static void deleteOldest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> surplus =
                    files.filter(
                                    file ->
                                            file.getFileName().toString().startsWith(PREFIX)
                                                    && file.toString().endsWith(SUFFIX))
                            .sorted(Comparator.comparing(VariantStore::modified).reversed())
                            .skip(MOST_FILES)
                            .toList();
            for (Path file : surplus) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException gone) {
            return FileTime.fromMillis(0);
        }
    }

    /** What a file says, as far as it can be read; nothing where it is of something else. */
    private static VariantRecord read(Path file, List<String> header) {
        try {
            if (!Files.exists(file)) {
                return new VariantRecord();
            }
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("it is too large");
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            return VariantRecord.parse(text.lines().toList(), header);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "what was found out about kernels cannot be read from " + file + ": " + e);
            return new VariantRecord();
        }
    }
}
