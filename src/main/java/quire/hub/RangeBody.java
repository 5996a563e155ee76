package quire.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the bytes of one answer where they belong in a file, and no others. */
final class RangeBody implements Wire.Body {

    private static final int PARTIAL_CONTENT = 206;
    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    /** Takes bytes that belong at a position of the file. */
    interface Target {
        void write(ByteBuffer bytes, long position) throws IOException;
    }

    private final RepoFile file;
    private final Target target;
    private final long first;
    private final Runnable onRange;
    private final BooleanSupplier onWhole;

    // One thread at a time takes; whoever asks does so when nothing is taken any more.
    private long end;
    private long at;
    private boolean stopsEarly;

    /**
     * @param span that was asked for
     * @param onRange called when the answer is a range
     * @param onWhole called when the answer is the whole file instead, and says whether all of it
     *     is wanted
     */
    RangeBody(
            RepoFile file,
            Target target,
            Hub.Span span,
            Runnable onRange,
            BooleanSupplier onWhole) {
        this.file = file;
        this.target = target;
        first = span.first();
        end = span.end();
        at = first;
        this.onRange = onRange;
        this.onWhole = onWhole;
    }

    @Override
    public void begin(int status, Wire.Head head) throws IOException {
        String encoding = head.header("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new PassingFault("the hub sent the file packed as " + Shown.of(encoding));
        }
        if (status == PARTIAL_CONTENT) {
            beginRange(head.header("Content-Range").orElse(""));
            onRange.run();
        } else {
            long length = length(head.header("Content-Length").orElse(""));
            if (length != file.size()) {
                throw otherSize(Long.toString(length));
            }
            at = 0;
            if (end < file.size() && onWhole.getAsBoolean()) {
                end = file.size();
            }
            stopsEarly = end < file.size();
        }
    }

    private void beginRange(String range) throws PassingFault {
        Matcher given = CONTENT_RANGE.matcher(range);
        if (!given.matches()) {
            throw new PassingFault("the hub sent a range without saying which");
        }
        String total = given.group(3);
        if (!total.equals("*") && Long.parseLong(total) != file.size()) {
            throw otherSize(total);
        }
        long last = Long.parseLong(given.group(2));
        if (Long.parseLong(given.group(1)) != first || last < first) {
            throw new PassingFault("the hub sent another range than the one asked for");
        }
        stopsEarly = last >= end;
    }

    private long length(String said) throws PassingFault {
        if (said.isEmpty()) {
            return file.size();
        }
        if (!said.matches("\\d{1,18}")) {
            throw new PassingFault("the hub sent a length that is none");
        }
        return Long.parseLong(said);
    }

    private PassingFault otherSize(String found) {
        return new PassingFault(
                "the hub sent a file of " + found + " bytes where it promised " + file.size());
    }

    @Override
    public boolean take(ByteBuffer bytes) throws IOException {
        if (at < first) {
            int skipped = (int) Math.min(first - at, bytes.remaining());
            bytes.position(bytes.position() + skipped);
            at += skipped;
        }
        int wanted = (int) Math.min(end - at, bytes.remaining());
        if (wanted > 0) {
            ByteBuffer taken = bytes.slice(bytes.position(), wanted);
            bytes.position(bytes.position() + wanted);
            target.write(taken, at);
            at += wanted;
        }
        return !bytes.hasRemaining() && (at < end || !stopsEarly);
    }

    /** Bytes that belonged into the file. */
    long tookBytes() {
        return Math.max(0, at - first);
    }

    /**
     * @throws PassingFault if the answer ended before the span did
     */
    void checkEnd() throws PassingFault {
        if (at < end) {
            throw new PassingFault("the answer ended " + (end - at) + " bytes too early");
        }
    }
}
