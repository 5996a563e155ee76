package quire.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import quire.error.HubException;

/**
 * One file on its way into the cache. Its ranges come side by side, each going on where it was cut,
 * while the thread that runs the transfer hashes what lies in front without a gap. The file appears
 * among the blobs when the hash is the promised one, and never else.
 */
final class Transfer {

    private static final int HASH_BYTES = 1 << 18;

    /** Waited so long for bytes to hash, it is the network that is slow, and not this machine. */
    private static final long JOIN_NANOS = 20_000_000L;

    private final Source source;
    private final Path blob;

    private volatile long earlierBytes;
    private volatile PartFile part;

    /**
     * @param blob what the file becomes
     * @param earlierBytes that an earlier try left
     */
    Transfer(Source source, Path blob, long earlierBytes) {
        this.source = source;
        this.blob = blob;
        this.earlierBytes = earlierBytes;
    }

    /** Bytes that are there. */
    long doneBytes() {
        PartFile open = part;
        return open == null ? earlierBytes : open.doneBytes();
    }

    long size() {
        return source.file().size();
    }

    /**
     * Fetches what is missing. Blocks; an interrupt ends it, and what came is kept.
     *
     * @throws HubException if the hub does not give it, or gives other bytes
     * @throws WriteFault if the disk does not take it
     */
    void run() throws IOException, InterruptedException {
        boolean resumed = earlierBytes > 0;
        String found = fetched();
        if (!found.equals(source.file().hash()) && resumed) {
            // What an earlier process left may have been torn when the machine went down.
            found = fetched();
        }
        if (!found.equals(source.file().hash())) {
            throw new HubException(
                    source.what()
                            + " came with other bytes than the hub promises: its "
                            + source.file().hashName()
                            + " is "
                            + found
                            + ", not "
                            + source.file().hash()
                            + ". What came was thrown away: pull again, or from another"
                            + " HF_ENDPOINT.");
        }
    }

    /** The hash of what is there in the end; what is not the promised file is thrown away. */
    private String fetched() throws IOException, InterruptedException {
        PartFile open = PartFile.open(blob, size());
        part = open;
        try {
            String found = hashed(open);
            if (found.equals(source.file().hash())) {
                open.become(blob);
            } else {
                open.discard();
            }
            return found;
        } catch (IOException e) {
            throw e instanceof WriteFault || e instanceof PassingFault ? e : new WriteFault(e);
        } finally {
            earlierBytes = open.doneBytes();
            part = null;
            open.close();
        }
    }

    private String hashed(PartFile open) throws IOException, InterruptedException {
        MessageDigest digest = source.file().digest();
        ByteBuffer buffer = ByteBuffer.allocateDirect(HASH_BYTES);
        try (RangeCrew crew = new RangeCrew(source, open)) {
            long waitedNanos = 0;
            for (long hashed = 0; hashed < size(); ) {
                long start = System.nanoTime();
                long frontier = open.awaitBehind(hashed, JOIN_NANOS - waitedNanos);
                waitedNanos += System.nanoTime() - start;
                if (waitedNanos >= JOIN_NANOS) {
                    waitedNanos = 0;
                    crew.join();
                }
                if (frontier == hashed && open.isAbandoned()) {
                    crew.rethrow();
                }
                while (hashed < frontier) {
                    buffer.clear().limit((int) Math.min(HASH_BYTES, frontier - hashed));
                    int read = open.read(buffer, hashed);
                    if (read <= 0) {
                        throw new IOException("the file became shorter while it was fetched");
                    }
                    digest.update(buffer.flip());
                    hashed += read;
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
