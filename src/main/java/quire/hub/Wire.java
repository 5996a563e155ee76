package quire.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Requests to a hub and to where it redirects. The token goes to the hub's own origin alone
 * (scheme, host and port), and not any more once a redirect has left it. An answer that is silent
 * for too long counts as cut.
 *
 * <p>By {@code HttpURLConnection}: the JDK's newer client takes more than twice the time of a
 * processor for the same bytes.
 */
final class Wire {

    private static final int MAX_REDIRECTS = 5;

    /** What is written at once: a file system takes large pieces in less time than small ones. */
    private static final int PIECE_BYTES = 1 << 18;

    /** How long a piece may fill: what a process that is killed loses of a slow connection. */
    private static final long PIECE_NANOS = 20_000_000L;

    private static final int MIN_ERROR = 400;

    private final URI origin;
    private final Optional<HubToken> token;
    private final Duration patience;
    private final HubProxies proxies;

    Wire(HubSettings settings) {
        origin = settings.endpoint();
        token = settings.token();
        patience = settings.patience();
        proxies = settings.proxies();
    }

    /** Takes the body of an answer with status 2xx. One thread at a time calls it. */
    interface Body {

        /**
         * The answer begins.
         *
         * @throws IOException to refuse it
         */
        void begin(int status, Head head) throws IOException;

        /**
         * Takes bytes as they come.
         *
         * @return whether more are wanted
         */
        boolean take(ByteBuffer bytes) throws IOException;
    }

    /** The headers of an answer. */
    interface Head {

        /** The value of the header, if there is one. */
        Optional<String> header(String name);
    }

    /**
     * What came of a request.
     *
     * @param isHub whether the hub's own origin answered, not one that it redirected to
     */
    record Answer(int status, Head head, boolean isHub) {

        boolean isOk() {
            return status / 100 == 2;
        }

        Optional<String> header(String name) {
            return head.header(name);
        }
    }

    /**
     * Asks with GET, and follows redirects.
     *
     * @throws PassingFault if no answer came, or not all of it
     * @throws IOException what the body throws
     */
    Answer get(URI uri, Map<String, String> headers, Body body)
            throws IOException, InterruptedException {
        return follow(uri, headers, Optional.of(body));
    }

    /** Asks with HEAD, and follows redirects within the hub. */
    Answer head(URI uri) throws IOException, InterruptedException {
        return follow(uri, Map.of(), Optional.empty());
    }

    private Answer follow(URI start, Map<String, String> headers, Optional<Body> body)
            throws IOException, InterruptedException {
        URI uri = start;
        boolean atHome = true;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            URI here = uri;
            boolean isHub = atHome;
            Answer answer = interruptibly(() -> send(here, headers, isHub, body));
            Optional<String> location = answer.header("Location");
            if (answer.status() / 100 != 3 || location.isEmpty()) {
                return answer;
            }
            URI next = target(uri, location.get());
            atHome = atHome && sameOrigin(next);
            if (body.isEmpty() && !atHome) {
                return answer;
            }
            uri = next;
        }
        throw new PassingFault("the hub redirects in a circle");
    }

    private static URI target(URI from, String location) throws PassingFault {
        try {
            URI to = from.resolve(new URI(location));
            boolean http = "http".equals(to.getScheme()) || "https".equals(to.getScheme());
            boolean weaker = "https".equals(from.getScheme()) && "http".equals(to.getScheme());
            if (http && !weaker && to.getHost() != null && to.getUserInfo() == null) {
                return to;
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // As any other that leads nowhere.
        }
        throw new PassingFault("the hub redirects to what is no safe address");
    }

    private boolean sameOrigin(URI uri) {
        return origin.getScheme().equals(uri.getScheme())
                && origin.getHost().equalsIgnoreCase(uri.getHost())
                && port(origin) == port(uri);
    }

    /** The port that an address means. */
    static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return "https".equals(uri.getScheme()) ? 443 : 80;
    }

    /** Runs on a virtual thread, whose reads of a socket an interrupt ends. */
    private static Answer interruptibly(Callable<Answer> request)
            throws IOException, InterruptedException {
        FutureTask<Answer> task = new FutureTask<>(request);
        if (Thread.currentThread().isVirtual()) {
            task.run();
        } else {
            Thread.ofVirtual().name("quire-request").start(task);
        }
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case InterruptedException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    private Answer send(URI uri, Map<String, String> headers, boolean atHome, Optional<Body> body)
            throws IOException, InterruptedException {
        HttpURLConnection connection = proxies.open(uri);
        boolean drained = false;
        try {
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setConnectTimeout(Math.toIntExact(patience.toMillis()));
            connection.setReadTimeout(Math.toIntExact(patience.toMillis()));
            connection.setRequestMethod(body.isPresent() ? "GET" : "HEAD");
            connection.setRequestProperty("User-Agent", "quire");
            connection.setRequestProperty("Accept-Encoding", "identity");
            headers.forEach(connection::setRequestProperty);
            if (atHome && token.isPresent()) {
                connection.setRequestProperty("Authorization", token.get().authorization());
            }
            int status = connection.getResponseCode();
            if (status < 0) {
                throw new PassingFault(host(uri) + " sent what is no answer");
            }
            Optional<HubProxy> proxy = proxies.of(uri);
            if (status == HttpURLConnection.HTTP_PROXY_AUTH && proxy.isPresent()) {
                throw proxy.get().refusal(status, host(uri));
            }
            proxies.led();
            Head head = name -> Optional.ofNullable(connection.getHeaderField(name));
            drained = body.isEmpty() || take(connection, status, head, body.get());
            return new Answer(status, head, atHome);
        } catch (PassingFault | WriteFault e) {
            throw e;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the wait for " + host(uri) + " was interrupted");
            }
            throw NetworkFault.of(e, host(uri), proxies.of(uri));
        } finally {
            if (!drained) {
                connection.disconnect();
            }
        }
    }

    /** Whether the body was taken to its end, after which the connection is good for another. */
    private static boolean take(HttpURLConnection connection, int status, Head head, Body body)
            throws IOException {
        if (status / 100 != 2) {
            InputStream words =
                    status < MIN_ERROR ? connection.getInputStream() : connection.getErrorStream();
            if (words != null) {
                // Reads the little that there is, and gives the connection up where it is more.
                words.close();
            }
            return true;
        }
        body.begin(status, head);
        InputStream stream = connection.getInputStream();
        boolean all = takePieces(stream, body);
        if (all) {
            stream.close();
        }
        return all;
    }

    /** Whether the body wanted all that the stream has. */
    private static boolean takePieces(InputStream stream, Body body) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        int filled = 0;
        long begun = 0;
        try {
            for (int read = stream.read(piece); read >= 0; ) {
                begun = filled == 0 ? System.nanoTime() : begun;
                filled += read;
                if (filled == piece.length || System.nanoTime() - begun >= PIECE_NANOS) {
                    int taken = filled;
                    filled = 0;
                    if (!body.take(ByteBuffer.wrap(piece, 0, taken))) {
                        return false;
                    }
                }
                read = stream.read(piece, filled, piece.length - filled);
            }
        } catch (PassingFault | WriteFault e) {
            throw e;
        } catch (IOException e) {
            // What came before the cut is good. An interrupt, which was the cut, would end the
            // write.
            boolean interrupted = Thread.interrupted();
            body.take(ByteBuffer.wrap(piece, 0, filled));
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw e;
        }
        return body.take(ByteBuffer.wrap(piece, 0, filled));
    }

    private static String host(URI uri) {
        return Shown.of(uri.getHost());
    }
}
