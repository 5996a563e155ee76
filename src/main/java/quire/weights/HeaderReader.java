package quire.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import quire.error.CheckpointException;

/**
 * Little-endian values from the start of a file, one after the other, never past its end nor past
 * {@link Header#MAX_BYTES}. Allocates only for strings whose bytes are known to be there.
 */
final class HeaderReader {

    private static final int WINDOW_BYTES = 1 << 16;

    /** The bytes that are here end, those of the file do not. */
    static final class CutException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private CutException() {
            super(null, null, false, false);
        }
    }

    private final FileChannel channel;
    private final String file;
    private final boolean isCut;
    private final long fileBytes;
    private final long limit;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    private ByteBuffer window;
    private long windowStart;

    /**
     * @param file its name, for messages
     * @throws CheckpointException if the size of the file cannot be read
     */
    HeaderReader(FileChannel channel, String file) {
        this(channel, file, size(channel, file), false);
    }

    /**
     * Of a file whose bytes are not all here yet; reading beyond those throws {@link CutException}.
     *
     * @param fileBytes that the whole has
     */
    static HeaderReader ofBeginning(FileChannel channel, String file, long fileBytes) {
        return new HeaderReader(channel, file, fileBytes, size(channel, file) < fileBytes);
    }

    private HeaderReader(FileChannel channel, String file, long fileBytes, boolean isCut) {
        this.channel = channel;
        this.file = file;
        this.fileBytes = fileBytes;
        this.isCut = isCut;
        this.limit = Math.min(fileBytes, Header.MAX_BYTES);
        this.window =
                ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, limit))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .limit(0);
    }

    private static long size(FileChannel channel, String file) {
        try {
            return channel.size();
        } catch (IOException e) {
            throw Faults.unreadable(file, e);
        }
    }

    String file() {
        return file;
    }

    /** Size of the whole file. */
    long fileBytes() {
        return fileBytes;
    }

    /** Offset in the file of the next value. */
    long position() {
        return windowStart + window.position();
    }

    /** Bytes that a header could still have. */
    long remaining() {
        return limit - position();
    }

    byte int8(String what) {
        return need(1, what).get();
    }

    short int16(String what) {
        return need(2, what).getShort();
    }

    int int32(String what) {
        return need(4, what).getInt();
    }

    long int64(String what) {
        return need(8, what).getLong();
    }

    /**
     * A count or a length: 64 bits without sign, refused where it needs more bytes than are left.
     */
    long count(String what, long bytesEach) {
        long count = int64(what);
        if (count < 0 || count > remaining() / bytesEach) {
            throw fault(
                    "says "
                            + Long.toUnsignedString(count)
                            + " for "
                            + what
                            + ", which the "
                            + remaining()
                            + " bytes that follow cannot hold");
        }
        return count;
    }

    /** A string with a 64-bit length in front. */
    String string(String what) {
        if (stringOrBytes(what) instanceof String string) {
            return string;
        }
        throw new CheckpointException(
                file + ": " + what + " is not valid UTF-8; the file is damaged.");
    }

    /** As {@link #string}, or its bytes where they are not UTF-8: maybe nobody reads it. */
    Object stringOrBytes(String what) {
        int length = (int) count("the length of " + what, 1);
        byte[] bytes = bytes(length, what);
        try {
            return utf8.decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return bytes;
        }
    }

    /** That many bytes, which must be there. */
    byte[] bytes(int length, String what) {
        if (length > remaining()) {
            throw tooShort(length, what);
        }
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            if (!window.hasRemaining()) {
                need(1, what);
            }
            int part = Math.min(window.remaining(), length - done);
            window.get(bytes, done, part);
            done += part;
        }
        return bytes;
    }

    CheckpointException fault(String what) {
        return new CheckpointException(file + " " + what + "; the file is damaged.");
    }

    private ByteBuffer need(int bytes, String what) {
        if (window.remaining() < bytes) {
            if (remaining() < bytes) {
                throw tooShort(bytes, what);
            }
            windowStart = position();
            window.compact();
            try {
                int target = (int) Math.min(window.capacity(), limit - windowStart);
                window.limit(target);
                while (window.position() < target) {
                    if (channel.read(window, windowStart + window.position()) < 0) {
                        if (!isCut) {
                            throw tooShort(bytes, what);
                        }
                        if (window.position() < bytes) {
                            throw new CutException();
                        }
                        break;
                    }
                }
            } catch (IOException e) {
                throw Faults.unreadable(file, e);
            }
            window.flip();
        }
        return window;
    }

    private CheckpointException tooShort(long bytes, String what) {
        if (limit < fileBytes) {
            return new CheckpointException(
                    file
                            + ": the header is larger than "
                            + Header.MAX_BYTES
                            + " bytes, the most that is read; the file is damaged.");
        }
        return new CheckpointException(
                file
                        + " is cut short: "
                        + what
                        + " needs "
                        + bytes
                        + " bytes at "
                        + position()
                        + ", the file has "
                        + fileBytes
                        + "; download it again.");
    }
}
