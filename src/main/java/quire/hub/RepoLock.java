package quire.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whoever changes a repository's folder in the cache holds this: one thread of one process. The
 * system lets go of it when the process ends, however that happens.
 */
final class RepoLock implements AutoCloseable {

    private static final int LOOK_MILLIS = 100;

    /** A process has a file's lock or not; which of its threads, it has to say itself. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private RepoLock(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock, when it is free.
     *
     * @param waits called once if somebody else has it
     */
    static RepoLock take(Path file, Runnable waits) throws IOException, InterruptedException {
        Optional<RepoLock> lock = tryTake(file);
        if (lock.isEmpty()) {
            waits.run();
        }
        while (lock.isEmpty()) {
            Thread.sleep(LOOK_MILLIS);
            lock = tryTake(file);
        }
        return lock.get();
    }

    /** The lock, unless somebody else has it. */
    static Optional<RepoLock> tryTake(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Path path = file.toAbsolutePath().normalize();
        if (!HELD.add(path)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = channel.tryLock();
            return lock == null ? Optional.empty() : Optional.of(new RepoLock(path, channel, lock));
        } finally {
            if (lock == null) {
                if (channel != null) {
                    channel.close();
                }
                HELD.remove(path);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            lock.release();
        } finally {
            HELD.remove(path);
        }
    }
}
