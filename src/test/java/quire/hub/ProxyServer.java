package quire.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy as companies have them: whole addresses for {@code http}, tunnels for the rest. */
final class ProxyServer implements AutoCloseable {

    /** The heads of the requests that the proxy itself read. */
    final List<String> heads = new CopyOnWriteArrayList<>();

    /** What every request is answered with instead of being led on; 0 = it is led on. */
    volatile int refusal;

    /** Who may use it, as {@code USER:PASSWORD}; null = everybody. */
    volatile String login;

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    ProxyServer() throws IOException {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void daemon(Action action) {
        Thread.ofPlatform()
                .daemon(true)
                .start(
                        () -> {
                            try {
                                action.run();
                            } catch (IOException | UncheckedIOException e) {
                                // A side is gone.
                            }
                        });
    }

    String address() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listening.accept();
            open.add(client);
            daemon(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            String head = head(client.getInputStream());
            heads.add(head);
            OutputStream out = client.getOutputStream();
            String wanted =
                    login == null
                            ? ""
                            : Base64.getEncoder()
                                    .encodeToString(login.getBytes(StandardCharsets.UTF_8));
            boolean known =
                    head.matches(
                            "(?is).*\r\nProxy-Authorization: Basic \\Q" + wanted + "\\E\r\n.*");
            if (refusal > 0 || login != null && !known) {
                int status = refusal > 0 ? refusal : 407;
                String end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
                String asks = status == 407 ? "Proxy-Authenticate: Basic realm=\"us\"\r\n" : "";
                out.write(ascii("HTTP/1.1 " + status + " No\r\n" + asks + end));
                return;
            }
            String[] words = head.substring(0, head.indexOf('\r')).split(" ");
            boolean tunnel = words[0].equals("CONNECT");
            URI to = URI.create(tunnel ? "https://" + words[1] : words[1]);
            try (Socket server = new Socket(to.getHost(), to.getPort())) {
                open.add(server);
                if (tunnel) {
                    out.write(ascii("HTTP/1.1 200 Connection established\r\n\r\n"));
                } else {
                    server.getOutputStream().write(ascii(onward(head, to)));
                }
                daemon(() -> pump(client, server));
                pump(server, client);
            }
        }
    }

    /** The head as the server gets it: its path alone, one request on a connection. */
    private static String onward(String head, URI to) {
        String path = to.toString().substring(to.toString().indexOf(to.getRawPath(), 8));
        return head.replaceFirst(" \\S+ ", " " + path.replace("$", "\\$") + " ")
                .replaceAll("(?i)(Proxy-)?Connection: [^\r]*\r\n", "")
                .replaceAll("(?i)Proxy-Authorization: [^\r]*\r\n", "")
                .replaceFirst("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("no request came");
            }
            head.append((char) c);
        }
        return head.toString();
    }

    private static void pump(Socket from, Socket to) throws IOException {
        try (to) {
            from.getInputStream().transferTo(to.getOutputStream());
        }
    }

    /** Whether a word of a client reached the proxy in what it could read. */
    boolean heard(String word) {
        return heads.stream().anyMatch(h -> h.toLowerCase(Locale.ROOT).contains(word));
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
