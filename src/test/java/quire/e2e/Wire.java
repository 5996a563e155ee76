package quire.e2e;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One connection to the server, HTTP/1.1 by hand, so that it can be cut at any byte and read as
 * slowly as one likes.
 */
final class Wire implements AutoCloseable {

    /** A server that is silent for longer hangs; no test asserts on less. */
    private static final int PATIENCE_MILLIS = 120_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /**
     * The beginning of an answer.
     *
     * @param headers values by name in lower case
     */
    record Head(int status, Map<String, String> headers) {

        boolean isChunked() {
            return headers.getOrDefault("transfer-encoding", "").equals("chunked");
        }

        boolean closes() {
            return headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        }
    }

    Wire(URI server) throws IOException {
        this(server, 0);
    }

    /**
     * @param receiveBuffer bytes that the operating system takes in before anyone reads; 0 for its
     *     own choice
     */
    Wire(URI server, int receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 13);
        out = socket.getOutputStream();
    }

    static byte[] request(String method, String path, String contentType, String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: test\r\n");
        if (!contentType.isEmpty()) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
            head.append("Content-Length: ").append(content.length).append("\r\n");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(content);
        return bytes.toByteArray();
    }

    void post(String path, String body) throws IOException {
        send(request("POST", path, "application/json", body));
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, bytes.length);
    }

    /** Sends the first bytes only. */
    void send(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        out.flush();
    }

    Head readHead() throws IOException {
        String status = readLine();
        Map<String, String> headers = new TreeMap<>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(status.split(" ")[1]), headers);
    }

    /** The whole body behind a head. */
    String readBody(Head head) throws IOException {
        if (!head.isChunked()) {
            int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
            return new String(readFully(length), StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
            body.writeBytes(chunk);
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    /** The next chunk of a body; the last one is empty. */
    byte[] readChunk() throws IOException {
        byte[] chunk = readFully(Integer.parseInt(readLine(), 16));
        readLine();
        return chunk;
    }

    /** Reads as many bytes, or fewer where the answer has fewer at the moment. */
    int readSome(int length) throws IOException {
        return in.readNBytes(1).length + (in.available() > 0 ? in.read(new byte[length]) : 0);
    }

    private byte[] readFully(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the server closed after " + bytes.length + " of " + length);
        }
        return bytes;
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed in the middle of an answer");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    /** Ends the connection with a reset rather than in order. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Leaves before the test is over. */
    void hangUp() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        hangUp();
    }
}
