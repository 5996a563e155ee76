package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import quire.error.UnavailableException;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;

/**
 * Pinned memory in pieces, through which the host's bytes go to the card: while it takes one, the
 * next are filled. Made when it is first needed, until {@link #release}.
 */
final class Staging {

    /** Bytes that are copied to the card at a time. */
    static final int PIECE_BYTES = 16 << 20;

    private static final int NUM_PIECES = 4;

    /** Memory, and when the card has taken what is in it. */
    private record Piece(PinnedBuffer memory, Event taken) {}

    private final Context context;
    private final Stream stream;
    private final int pieceBytes;
    private final Piece[] pieces = new Piece[NUM_PIECES];
    private int current;
    private DeviceBuffer arrived;

    /**
     * @param pieceBytes {@link #PIECE_BYTES}, or fewer
     */
    Staging(Context context, Stream stream, int pieceBytes) {
        this.context = context;
        this.stream = stream;
        this.pieceBytes = pieceBytes;
    }

    /**
     * Rows that a piece has room for.
     *
     * @throws IllegalArgumentException if it has not for one
     */
    int rows(long rowBytes) {
        if (rowBytes > pieceBytes) {
            throw new IllegalArgumentException(
                    "a row of " + rowBytes + " bytes, and pieces of " + pieceBytes);
        }
        return Math.toIntExact(pieceBytes / Math.max(rowBytes, 1));
    }

    /**
     * A piece to be filled and {@linkplain #send sent}; waits until the card has taken what was in
     * it before.
     *
     * @throws UnavailableException if the thread is interrupted
     */
    MemorySegment next() {
        current = (current + 1) % NUM_PIECES;
        if (pieces[current] == null) {
            pieces[current] = new Piece(new PinnedBuffer(context, pieceBytes), new Event(context));
        }
        if (!pieces[current].taken.awaitUnlessInterrupted(CudaMemory.LIMIT)) {
            throw new UnavailableException("loading was interrupted");
        }
        return pieces[current].memory.segment();
    }

    /** Puts the copy of what was filled in last on the stream, to the start of the buffer. */
    void send(DeviceBuffer to, long bytes) {
        stream.upload(pieces[current].memory, to, bytes);
        pieces[current].taken.record(stream);
    }

    /** Memory of the card of a piece's size, for what is not yet where it belongs. */
    DeviceBuffer arrived() {
        if (arrived == null) {
            arrived = new DeviceBuffer(context, pieceBytes);
        }
        return arrived;
    }

    /** Gives its memory back; the stream is done with it. */
    void release() {
        for (int i = 0; i < NUM_PIECES; i++) {
            if (pieces[i] != null) {
                pieces[i].memory.close();
                pieces[i].taken.close();
                pieces[i] = null;
            }
        }
        if (arrived != null) {
            arrived.close();
            arrived = null;
        }
    }
}
