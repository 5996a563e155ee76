package quire.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A file on its way: {@code HASH.quire-part} beside the cache's blobs has its bytes, {@code
 * HASH.quire-done} how many of each range are there, written behind the bytes themselves so that a
 * process that is killed loses next to nothing. Python's downloads use other names. Ranges follow
 * from the file's size alone. One process at a time; any thread.
 */
final class PartFile implements AutoCloseable {

    private static final String PART = ".quire-part";
    private static final String DONE = ".quire-done";
    private static final long MAGIC = 0x5155495245000001L;
    private static final int HEADER_BYTES = 3 * Long.BYTES;
    private static final long SMALLEST_RANGE = 8L << 20;
    private static final long LARGEST_RANGE = 64L << 20;
    private static final Set<OpenOption> READ_WRITE =
            Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);

    private final Path part;
    private final Path done;
    private final long size;
    private final long rangeBytes;
    private final FileChannel bytes;
    private final FileChannel journal;

    // Guarded by this.
    private final long[] doneBytes;
    private int firstOpen;
    private boolean abandoned;

    private PartFile(Path blob, long size) throws IOException {
        part = blob.resolveSibling(blob.getFileName() + PART);
        done = blob.resolveSibling(blob.getFileName() + DONE);
        this.size = size;
        rangeBytes = rangeBytes(size);
        doneBytes = new long[numRanges(size)];
        bytes = open(part);
        try {
            journal = open(done);
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
        try {
            if (!readJournal()) {
                restart();
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens what is there of a file, or begins it.
     *
     * @param blob what the file becomes
     */
    static PartFile open(Path blob, long size) throws WriteFault {
        try {
            return new PartFile(blob, size);
        } catch (IOException e) {
            throw new WriteFault(e);
        }
    }

    /** Bytes that are there of a file that nobody has open. */
    static long present(Path blob, long size) throws WriteFault {
        if (!Files.exists(blob.resolveSibling(blob.getFileName() + DONE))) {
            return 0;
        }
        try (PartFile there = open(blob, size)) {
            return there.doneBytes();
        }
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, READ_WRITE);
    }

    private static long rangeBytes(long size) {
        long wanted = (size / 64 >> 20) << 20;
        return Math.clamp(wanted, SMALLEST_RANGE, LARGEST_RANGE);
    }

    private static int numRanges(long size) {
        return Math.toIntExact(Math.ceilDiv(size, rangeBytes(size)));
    }

    /** Whether the journal is one of this file, and the bytes that it speaks of can be there. */
    private boolean readJournal() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(HEADER_BYTES + Long.BYTES * doneBytes.length);
        if (journal.size() != read.capacity()) {
            return false;
        }
        while (read.hasRemaining() && journal.read(read, read.position()) > 0) {
            // Until all is read.
        }
        read.flip();
        if (read.limit() < read.capacity()
                || read.getLong() != MAGIC
                || read.getLong() != size
                || read.getLong() != rangeBytes) {
            return false;
        }
        for (int i = 0; i < doneBytes.length; i++) {
            long there = read.getLong();
            if (there < 0 || there > length(i) || there > 0 && start(i) + there > bytes.size()) {
                return false;
            }
            doneBytes[i] = there;
        }
        return true;
    }

    /** Forgets all that came. */
    synchronized void restart() throws IOException {
        bytes.truncate(0);
        Arrays.fill(doneBytes, 0);
        firstOpen = 0;
        ByteBuffer written = ByteBuffer.allocate(HEADER_BYTES + Long.BYTES * doneBytes.length);
        written.putLong(MAGIC).putLong(size).putLong(rangeBytes);
        for (int i = 0; i < doneBytes.length; i++) {
            written.putLong(0);
        }
        journal.truncate(0);
        writeAll(journal, written.flip(), 0);
    }

    int numRanges() {
        return doneBytes.length;
    }

    long start(int range) {
        return range * rangeBytes;
    }

    /** The position behind a range. */
    long end(int range) {
        return Math.min(size, start(range) + rangeBytes);
    }

    private long length(int range) {
        return end(range) - start(range);
    }

    /** The first position of a range whose byte is not there. */
    synchronized long position(int range) {
        return start(range) + doneBytes[range];
    }

    /** Bytes that are there, wherever they lie. */
    synchronized long doneBytes() {
        long sum = 0;
        for (long each : doneBytes) {
            sum += each;
        }
        return sum;
    }

    /** The position before which all bytes are there. */
    synchronized long frontier() {
        while (firstOpen < doneBytes.length && doneBytes[firstOpen] == length(firstOpen)) {
            firstOpen++;
        }
        return firstOpen == doneBytes.length ? size : position(firstOpen);
    }

    /**
     * Writes bytes, and then that they are there. Those that were there before are written anew.
     */
    void write(ByteBuffer taken, long position) throws WriteFault {
        long end = position + taken.remaining();
        try {
            writeAll(bytes, taken, position);
            for (long at = position; at < end; ) {
                int range = (int) (at / rangeBytes);
                long upTo = Math.min(end, end(range));
                advance(range, at, upTo);
                at = upTo;
            }
        } catch (IOException e) {
            throw new WriteFault(e);
        }
    }

    private synchronized void advance(int range, long from, long upTo) throws IOException {
        long before = position(range);
        if (from <= before && upTo > before) {
            doneBytes[range] = upTo - start(range);
            ByteBuffer written = ByteBuffer.allocate(Long.BYTES).putLong(doneBytes[range]);
            writeAll(journal, written.flip(), HEADER_BYTES + (long) Long.BYTES * range);
            notifyAll();
        }
    }

    /** Writes bytes at a position, all of them. */
    static void writeAll(FileChannel channel, ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
    }

    /**
     * Waits until all bytes up to somewhere behind the position are there.
     *
     * @return that place, or the position itself if the time is over or nothing more will come
     */
    synchronized long awaitBehind(long position, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        long frontier = frontier();
        while (frontier <= position && !abandoned && end - System.nanoTime() > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
            frontier = frontier();
        }
        return Math.max(position, frontier);
    }

    /** Whether nothing more will come. */
    synchronized boolean isAbandoned() {
        return abandoned;
    }

    /** Says that nothing more will come. */
    synchronized void abandon() {
        abandoned = true;
        notifyAll();
    }

    /** Reads bytes that are there. */
    int read(ByteBuffer into, long position) throws IOException {
        return bytes.read(into, position);
    }

    /** Makes the file appear under its name; nothing of it is left under others. */
    void become(Path blob) throws IOException {
        close();
        Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(done);
    }

    /** Throws everything away. */
    void discard() throws IOException {
        close();
        Files.deleteIfExists(done);
        Files.deleteIfExists(part);
    }

    @Override
    public void close() {
        try (bytes;
                journal) {
            // Both are closed, whatever comes of the first.
        } catch (IOException e) {
            // All that counts was written before; there is nobody to tell.
        }
    }
}
