package quire.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import quire.error.HubException;

/**
 * What tells a model's sizes, without its weights. Of GGUF files these are the headers: each file
 * gets its whole size, and a hole in the place of its weights.
 *
 * @param folder where such files are put, which is no part of the cache
 * @param reading of headers; empty where the configuration alone is wanted
 */
record Outline(Path folder, Optional<HeaderReading> reading) {

    /** What is asked for at once of the first part of a model, which has its vocabulary. */
    private static final long FIRST_BYTES = 1 << 20;

    /** The same of another part, which has names and sizes of tensors alone. */
    private static final long LATER_BYTES = 1 << 17;

    private static final long GROWTH = 4;

    /** More than a header may have. */
    private static final long MAX_BYTES = 1 << 27;

    /** The files that are needed of a repository's, whole or their headers. */
    FileChoice choice(ModelName name, List<RepoFile> all) {
        return reading.isPresent()
                ? FileChoice.outline(name, all)
                : FileChoice.configuration(name, all);
    }

    /**
     * Fetches the headers of the chosen files.
     *
     * @return the file to open
     * @throws HubException if they cannot be had or put into the folder
     */
    Path fetch(Hub hub, ModelName name, String commit, FileChoice choice, PullListener listener)
            throws InterruptedException {
        RepoFile first = choice.gguf().orElseThrow();
        long usual = FIRST_BYTES + LATER_BYTES * (choice.files().size() - 1);
        long done = 0;
        try {
            for (RepoFile file : choice.files()) {
                long atFirst = file.equals(first) ? FIRST_BYTES : LATER_BYTES;
                done += new Header(hub, name, commit, file).write(atFirst);
                listener.advanced(done, Math.max(done, usual));
            }
            return at(first);
        } catch (WriteFault e) {
            throw unwritable(name, e.reason(), e);
        } catch (IOException e) {
            throw unwritable(name, FileReason.withFile(e), e);
        }
    }

    private HubException unwritable(ModelName name, String reason, IOException cause) {
        return new HubException(
                folder
                        + " does not take the headers of "
                        + name.repo()
                        + ": "
                        + reason
                        + "; make room there, or pull the model and give its file.",
                cause);
    }

    /** All parts of a model lie in one folder of its repository. */
    private Path at(RepoFile file) {
        return folder.resolve(file.name());
    }

    private final class Header {

        private final Hub hub;
        private final ModelName name;
        private final String commit;
        private final RepoFile file;

        Header(Hub hub, ModelName name, String commit, RepoFile file) {
            this.hub = hub;
            this.name = name;
            this.commit = commit;
            this.file = file;
        }

        /** Returns the bytes that were fetched. */
        long write(long atFirst) throws IOException, InterruptedException {
            Path path = at(file);
            try (FileChannel channel =
                    FileChannel.open(
                            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                long here = 0;
                Optional<List<HeaderReading.Extent>> needed = Optional.empty();
                for (long wanted = atFirst; needed.isEmpty(); wanted *= GROWTH) {
                    long end = Math.min(Math.min(wanted, MAX_BYTES), file.size());
                    if (end == here) {
                        throw fault("its header has no end in " + Shown.size(end));
                    }
                    fetch(new Hub.Span(here, end), channel);
                    here = end;
                    needed = reading.orElseThrow().needed(path, file.size());
                }
                long fetched = here;
                for (HeaderReading.Extent extent : needed.get()) {
                    if (extent.end() - extent.first() > MAX_BYTES) {
                        throw fault(Shown.size(extent.end() - extent.first()) + " are needed");
                    }
                    long from = Math.max(here, extent.first());
                    fetch(new Hub.Span(from, extent.end()), channel);
                    fetched += Math.max(0, extent.end() - from);
                }
                if (channel.size() < file.size()) {
                    write(channel, ByteBuffer.allocate(1), file.size() - 1);
                }
                return fetched;
            }
        }

        private void fetch(Hub.Span span, FileChannel channel)
                throws IOException, InterruptedException {
            Retries retries = hub.retries("the header of " + what(), "Try again");
            for (long at = span.first(); at < span.end(); ) {
                Hub.Span left = new Hub.Span(at, span.end());
                RangeBody body =
                        new RangeBody(
                                file,
                                (bytes, position) -> write(channel, bytes, position),
                                left,
                                () -> {},
                                () -> false);
                try {
                    hub.fetch(name, commit, file, left, body);
                    body.checkEnd();
                    return;
                } catch (PassingFault fault) {
                    at += body.tookBytes();
                    retries.failed(fault);
                }
            }
        }

        private static void write(FileChannel channel, ByteBuffer bytes, long position)
                throws WriteFault {
            try {
                PartFile.writeAll(channel, bytes, position);
            } catch (IOException e) {
                throw new WriteFault(e);
            }
        }

        private String what() {
            return file.of(name);
        }

        private HubException fault(String why) {
            return new HubException(
                    what()
                            + " cannot be read without its weights: "
                            + why
                            + "; choose another file or repository.");
        }
    }
}
