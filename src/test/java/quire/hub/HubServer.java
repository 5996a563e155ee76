package quire.hub;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A hub that speaks what {@code huggingface_hub} expects: an origin that knows repositories, and
 * another host to which it redirects for LFS files. What goes wrong is decided by the test, for
 * each answer with bytes of a file.
 */
public final class HubServer implements AutoCloseable {

    /** A request, as seen. */
    record Seen(boolean atOrigin, String method, String path, Map<String, String> headers) {

        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }
    }

    final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());

    /** Bytes of files that were sent. */
    public final AtomicLong sentBytes = new AtomicLong();

    /** Decides what goes wrong with an answer that has bytes of this file. */
    public volatile Function<String, HubFault> faults = path -> HubFault.NONE;

    /** Only who has it gets gated and private repositories. */
    volatile String token = "hf_secret";

    /** Whether the list of files says sizes and hashes, as newer hubs do when asked. */
    volatile boolean listsBlobs = true;

    /** What the next answers of the list of files are instead; null = what is so. */
    volatile String listing;

    /** Where the address of a file leads instead of where it should; null = there. */
    volatile String location;

    /** What is spoken; each answer of HTTP/1.0 ends its connection. */
    volatile String protocol = "HTTP/1.1";

    /** What an answer says that comes too often. */
    volatile String retryAfter = "0";

    /** Bytes between two pauses of a millisecond; 0 = as fast as it goes. */
    public volatile int slowness;

    private final Map<String, Map<String, HubFiles>> repos = new ConcurrentHashMap<>();
    private final Set<String> gated = new HashSet<>();
    private final Set<String> hidden = new HashSet<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ServerSocket origin;
    private final ServerSocket other;

    public HubServer() throws IOException {
        origin = listen(true);
        other = listen(false);
    }

    /** Answers for a repository at a branch, and at its commit. */
    public void put(String repo, String branch, HubFiles files) {
        Map<String, HubFiles> revisions =
                repos.computeIfAbsent(repo, name -> new ConcurrentHashMap<>());
        revisions.put(branch, files);
        revisions.put(files.commit, files);
    }

    public void gate(String repo) {
        gated.add(repo);
    }

    void hide(String repo) {
        hidden.add(repo);
    }

    public String url() {
        return "http://127.0.0.1:" + origin.getLocalPort();
    }

    private ServerSocket listen(boolean atOrigin) throws IOException {
        // With a channel, by which the system sends large files itself.
        ServerSocket listening = ServerSocketChannel.open().socket();
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        Thread.ofPlatform()
                .daemon(true)
                .start(
                        () -> {
                            while (!listening.isClosed()) {
                                try {
                                    Socket socket = listening.accept();
                                    open.add(socket);
                                    Thread.ofPlatform()
                                            .daemon(true)
                                            .start(() -> serve(socket, atOrigin));
                                } catch (IOException e) {
                                    // Closed.
                                }
                            }
                        });
        return listening;
    }

    private void serve(Socket socket, boolean atOrigin) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (Seen request = read(in, atOrigin); request != null; ) {
                seen.add(request);
                new HubAnswer(this, request, socket).send();
                boolean isLast =
                        protocol.equals("HTTP/1.0")
                                || request.header("connection").orElse("").equals("close");
                request = isLast || socket.isClosed() ? null : read(in, atOrigin);
            }
        } catch (IOException e) {
            // The client went away, or a fault closed the socket.
        } finally {
            open.remove(socket);
        }
    }

    private static Seen read(InputStream in, boolean atOrigin) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        String[] words = first.split(" ");
        return new Seen(atOrigin, words[0], words[1], headers);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return null;
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Why the repository is not given to the one who asks: status and error code. */
    Optional<Map.Entry<Integer, String>> refusal(String repo, Seen request) {
        boolean known = request.header("authorization").orElse("").equals("Bearer " + token);
        if (!repos.containsKey(repo) || hidden.contains(repo) && !known) {
            return Optional.of(Map.entry(known ? 404 : 401, "RepoNotFound"));
        }
        return gated.contains(repo) && !known
                ? Optional.of(
                        Map.entry(
                                request.header("authorization").isPresent() ? 403 : 401,
                                "GatedRepo"))
                : Optional.empty();
    }

    Optional<HubFiles> files(String repo, String revision) {
        return Optional.ofNullable(repos.get(repo)).map(known -> known.get(revision));
    }

    /** The repository and the file of that hash, for the host that knows nothing else. */
    Optional<Map.Entry<HubFiles, String>> blob(String hash) {
        return repos.values().stream()
                .flatMap(revisions -> revisions.values().stream())
                .flatMap(
                        files ->
                                files.all().keySet().stream()
                                        .filter(path -> files.etag(path).equals(hash))
                                        .map(path -> Map.entry(files, path)))
                .findFirst();
    }

    /** The address of an LFS file on the other host: another name as well as another port. */
    String link(String hash) {
        return "http://localhost:"
                + other.getLocalPort()
                + "/repos/"
                + hash
                + "?X-Amz-Signature=0123&response-content-disposition=inline%3B+filename%3Da";
    }

    static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** Settings of a client of this hub. */
    HubSettings settings(Path cache, String... more) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("HF_ENDPOINT", url());
        environment.put("HF_HUB_CACHE", cache.toString());
        environment.put("HF_HOME", cache.resolve("home").toString());
        environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "2");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return HubSettings.read(HubSettings.Asked.NOTHING, environment);
    }

    /** Requests that reached the other host and had a token. */
    long leaks() {
        return seen.stream()
                .filter(request -> !request.atOrigin())
                .filter(request -> request.header("authorization").isPresent())
                .count();
    }

    @Override
    public void close() throws IOException {
        origin.close();
        other.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
