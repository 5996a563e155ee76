package quire.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One connection that speaks HTTP/2 frame by frame, right or wrong (RFC 9113). */
final class Http2Wire implements AutoCloseable {

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int MAX_FRAME = 16_384;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private static final short INITIAL_WINDOW_SIZE = 4;

    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 32;

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private final Map<Integer, Answer> answers = new HashMap<>();
    private boolean goingAway;

    /** What has come on a stream. */
    static final class Answer {

        String status = "";
        String connection = "";
        final StringBuilder body = new StringBuilder();
        boolean reset;
        boolean ended;
    }

    Http2Wire(URI server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(1));
        in = new DataInputStream(socket.getInputStream());
        write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
    }

    void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        write(frame.array());
    }

    /**
     * A server that has heard enough closes while we still speak. What it said before stands in our
     * buffers, and is read all the same.
     */
    private void write(byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
        } catch (SocketException e) {
            // The reader comes to the end of the connection by itself.
        }
    }

    /** Headers of a request without a body, for {@link #request}. */
    static String[] get(String path, String... more) {
        return headers("GET", path, more);
    }

    /** Headers of a request with JSON, for {@link #request}. */
    static String[] post(String path, String... more) {
        return headers("POST", path, more);
    }

    private static String[] headers(String method, String path, String... more) {
        List<String> all = new ArrayList<>();
        all.addAll(List.of(":method", method, ":scheme", "http", ":authority", "quire"));
        all.addAll(List.of(":path", path, "content-type", "application/json"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /**
     * A request.
     *
     * @param headers names and values by turns
     */
    void request(int stream, String body, String... headers) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < headers.length; i += 2) {
            block.write(0); // a literal that no table remembers
            text(block, headers[i]);
            text(block, headers[i + 1]);
        }
        byte[] all = block.toByteArray();
        int end = body.isEmpty() ? END_STREAM : 0;
        for (int at = 0; at < all.length; at += MAX_FRAME) {
            byte[] part = Arrays.copyOfRange(all, at, Math.min(all.length, at + MAX_FRAME));
            int flags = (at + MAX_FRAME >= all.length ? END_HEADERS : 0) | (at == 0 ? end : 0);
            frame(at == 0 ? HEADERS : CONTINUATION, flags, stream, part);
        }
        if (!body.isEmpty()) {
            frame(DATA, END_STREAM, stream, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * RFC 7541, sections 5.1 and 5.2: a length in 7 bits or more, and the characters as they are.
     */
    private static void text(ByteArrayOutputStream block, String text) {
        int rest = text.length();
        if (rest < 127) {
            block.write(rest);
        } else {
            block.write(127);
            for (rest -= 127; rest >= 128; rest >>= 7) {
                block.write(rest & 127 | 128);
            }
            block.write(rest);
        }
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Answer answer(int stream) {
        return answers.computeIfAbsent(stream, s -> new Answer());
    }

    boolean isGoingAway() {
        return goingAway;
    }

    /** Reads until the stream has ended, one way or the other. */
    Answer await(int stream) throws Exception {
        while (!answer(stream).ended && read()) {}
        return answer(stream);
    }

    /** Reads until the stream has said enough, or has ended. */
    Answer await(int stream, Predicate<String> enough) throws Exception {
        while (!answer(stream).ended && !enough.test(answer(stream).body.toString()) && read()) {}
        return answer(stream);
    }

    /**
     * Has the server send at most so many bytes on each later stream before it hears that they were
     * read, which it does while somebody awaits.
     */
    void limitWindow(int bytes) throws IOException {
        ByteBuffer setting = ByteBuffer.allocate(6).putShort(INITIAL_WINDOW_SIZE).putInt(bytes);
        frame(SETTINGS, 0, 0, setting.array());
    }

    /** Takes one frame; false at the end of the connection. */
    private boolean read() throws Exception {
        byte[] payload;
        int type;
        int flags;
        int stream;
        try {
            payload = new byte[in.readUnsignedByte() << 16 | in.readUnsignedShort()];
            type = in.readUnsignedByte();
            flags = in.readUnsignedByte();
            stream = in.readInt();
            in.readFully(payload);
        } catch (EOFException | SocketException e) {
            return false;
        }
        Answer answer = answer(stream);
        switch (type) {
            case DATA -> {
                answer.body.append(new String(payload, StandardCharsets.UTF_8));
                if (payload.length > 0) {
                    byte[] size = ByteBuffer.allocate(4).putInt(payload.length).array();
                    frame(WINDOW_UPDATE, 0, 0, size);
                    frame(WINDOW_UPDATE, 0, stream, size);
                }
            }
            case HEADERS -> {
                // A stream may end in trailers, of which there are none.
                if (payload.length > 0) {
                    int begin = (flags & PRIORITY) == 0 ? 0 : 5;
                    ByteBuf block = Unpooled.wrappedBuffer(payload, begin, payload.length - begin);
                    var headers = decoder.decodeHeaders(stream, block);
                    answer.status = String.valueOf(headers.status());
                    answer.connection = String.valueOf(headers.get("connection"));
                }
            }
            case RST_STREAM -> {
                answer.reset = true;
                answer.ended = true;
            }
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    frame(SETTINGS, ACK, 0, new byte[0]);
                }
            }
            case PING -> frame(PING, ACK, 0, payload);
            case GOAWAY -> goingAway = true;
            default -> {}
        }
        if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
            answer.ended = true;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
