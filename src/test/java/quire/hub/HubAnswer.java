package quire.hub;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One answer of a {@link HubServer}, with what goes wrong with it. */
final class HubAnswer {

    private static final Pattern API =
            Pattern.compile("/api/models/([^/]+/[^/]+)/revision/([^/?]+)(\\?.*)?");
    private static final Pattern TREE =
            Pattern.compile(
                    "/api/models/([^/]+/[^/]+)/tree/([^/?]+)(?:\\?(?:.*cursor=(\\d+))?.*)?");
    private static final Pattern RESOLVE =
            Pattern.compile("/([^/]+/[^/]+)/resolve/([^/]+)/([^?]+)(\\?.*)?");
    private static final Pattern CACHED =
            Pattern.compile("/api/resolve-cache/models/([^/]+/[^/]+)/([^/]+)/([^?]+)");
    private static final Pattern LINKED = Pattern.compile("/repos/([0-9a-f]+)\\?.*");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private static final int PIECE_BYTES = 1 << 16;

    private final HubServer hub;
    private final HubServer.Seen request;
    private final Socket socket;
    private final OutputStream out;
    private final Map<String, String> headers = new LinkedHashMap<>();

    HubAnswer(HubServer hub, HubServer.Seen request, Socket socket) throws IOException {
        this.hub = hub;
        this.request = request;
        this.socket = socket;
        this.out = socket.getOutputStream();
    }

    void send() throws IOException {
        String path = request.path();
        Matcher linked = LINKED.matcher(path);
        Matcher api = API.matcher(path);
        Matcher tree = TREE.matcher(path);
        Matcher resolve = RESOLVE.matcher(path);
        Matcher cached = CACHED.matcher(path);
        if (!request.atOrigin()) {
            sendLinked(linked);
        } else if (api.matches()) {
            sendInfo(api);
        } else if (tree.matches()) {
            sendTree(tree);
        } else if (cached.matches()) {
            HubFiles files = hub.files(cached.group(1), cached.group(2)).orElseThrow();
            String file = HubServer.decoded(cached.group(3));
            describe(files, file);
            sendFile(files, file, fault(file));
        } else if (resolve.matches()) {
            sendResolved(resolve);
        } else {
            sendError(404, "EntryNotFound");
        }
    }

    private HubFault fault(String file) {
        return request.method().equals("GET") ? hub.faults.apply(file) : HubFault.NONE;
    }

    private void sendLinked(Matcher linked) throws IOException {
        Optional<Map.Entry<HubFiles, String>> file =
                linked.matches() ? hub.blob(linked.group(1)) : Optional.empty();
        if (file.isEmpty()) {
            sendError(404, "");
        } else {
            headers.put("ETag", "\"" + linked.group(1).substring(0, 32) + "\"");
            String path = file.get().getValue();
            sendFile(file.get().getKey(), path, fault(path));
        }
    }

    private void sendInfo(Matcher api) throws IOException {
        String repo = api.group(1);
        Optional<Map.Entry<Integer, String>> refusal =
                hub.refusal(repo, request).filter(no -> !no.getValue().equals("GatedRepo"));
        // What files there are in a gated repository, everybody may know.
        if (refusal.isPresent()) {
            sendError(refusal.get().getKey(), refusal.get().getValue());
            return;
        }
        Optional<HubFiles> files = hub.files(repo, HubServer.decoded(api.group(2)));
        if (files.isEmpty()) {
            sendError(404, "RevisionNotFound");
            return;
        }
        HubFault fault = fault("api");
        if (fault == HubFault.TOO_MANY || fault == HubFault.SERVER_ERROR) {
            headers.put("Retry-After", hub.retryAfter);
            sendError(fault == HubFault.TOO_MANY ? 429 : 502, "");
            return;
        }
        boolean blobs = hub.listsBlobs && String.valueOf(api.group(3)).contains("blobs=true");
        sendJson(hub.listing == null ? files.get().info(repo, blobs) : hub.listing);
    }

    /** The files page by page, as Python asks for them. */
    private void sendTree(Matcher tree) throws IOException {
        HubFiles files = hub.files(tree.group(1), HubServer.decoded(tree.group(2))).orElseThrow();
        int first = tree.group(3) == null ? 0 : Integer.parseInt(tree.group(3));
        if (first + HubFiles.PAGE < files.all().size()) {
            String address = hub.url() + request.path().replaceFirst("\\?.*", "");
            String next = "?recursive=true&cursor=" + (first + HubFiles.PAGE);
            headers.put("Link", "<" + address + next + ">; rel=\"next\"");
        }
        sendJson(files.tree(first));
    }

    private void sendJson(String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        headers.put("Content-Type", "application/json; charset=utf-8");
        headers.put("Content-Length", Integer.toString(body.length));
        sendHead(200);
        sendBody(body);
    }

    private void sendResolved(Matcher resolve) throws IOException {
        String repo = resolve.group(1);
        Optional<Map.Entry<Integer, String>> refusal = hub.refusal(repo, request);
        if (refusal.isPresent()) {
            sendError(refusal.get().getKey(), refusal.get().getValue());
            return;
        }
        HubFiles files = hub.files(repo, HubServer.decoded(resolve.group(2))).orElse(null);
        String file = HubServer.decoded(resolve.group(3));
        if (files == null || files.bytes(file) == null) {
            sendError(404, files == null ? "RevisionNotFound" : "EntryNotFound");
            return;
        }
        describe(files, file);
        String location;
        if (files.isLfs(file)) {
            headers.put("X-Xet-Hash", "ab".repeat(32));
            headers.put(
                    "Link",
                    "<" + hub.url() + "/auth>; rel=\"xet-auth\", <" + hub.url() + ">; rel=\"x\"");
            location = hub.link(files.etag(file));
        } else {
            String path = request.path().replaceFirst("/resolve/[^/]+/", "/" + files.commit + "/");
            location = "/api/resolve-cache/models" + path;
        }
        location = hub.location == null ? location : hub.location;
        headers.put("Location", location);
        byte[] words = ("Redirecting to " + location).getBytes(StandardCharsets.UTF_8);
        headers.put("Content-Length", Integer.toString(words.length));
        sendHead(files.isLfs(file) ? 302 : 307);
        sendBody(words);
    }

    private void describe(HubFiles files, String file) {
        headers.put("X-Repo-Commit", files.commit);
        if (files.isLfs(file)) {
            headers.put("X-Linked-Size", Long.toString(files.size(file)));
            headers.put("X-Linked-ETag", "\"" + files.etag(file) + "\"");
        } else {
            headers.put("ETag", "\"" + files.etag(file) + "\"");
        }
    }

    private void sendError(int status, String code) throws IOException {
        byte[] body = "{\"error\":\"\u001b[31mno\"}".getBytes(StandardCharsets.UTF_8);
        if (!code.isEmpty()) {
            headers.put("X-Error-Code", code);
            headers.put("X-Error-Message", "Access to it is restricted");
        }
        headers.put("Content-Length", Integer.toString(body.length));
        sendHead(status);
        sendBody(body);
    }

    private void sendFile(HubFiles files, String file, HubFault fault) throws IOException {
        switch (fault) {
            case NO_ANSWER -> socket.close();
            case CUT_HEADERS -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Le".getBytes(StandardCharsets.US_ASCII));
                socket.close();
            }
            case SERVER_ERROR -> sendError(500, "");
            case BUSY, TOO_MANY -> {
                headers.put("Retry-After", hub.retryAfter);
                sendError(fault == HubFault.BUSY ? 503 : 429, "");
            }
            case EXPIRED -> sendError(request.atOrigin() ? 500 : 403, "");
            case NOT_SATISFIABLE -> sendError(416, "");
            case NONE, CUT, RESET, STALL, WRONG_SIZE, WRONG_RANGE, NO_RANGES, CHUNKED, WRONG_BYTE ->
                    sendBytes(files, file, fault);
        }
    }

    private void sendBytes(HubFiles files, String file, HubFault fault) throws IOException {
        Matcher range = RANGE.matcher(request.header("range").orElse(""));
        long size = files.size(file);
        long first = 0;
        long end = size;
        boolean part = range.matches() && fault != HubFault.NO_RANGES;
        if (part) {
            first = Long.parseLong(range.group(1));
            String last = range.group(2);
            end = last.isEmpty() ? end : Math.min(end, Long.parseLong(last) + 1);
            if (first >= end) {
                sendError(416, "");
                return;
            }
            int shift = fault == HubFault.WRONG_RANGE && first > 0 ? 1 : 0;
            first -= shift;
            long total = size + (fault == HubFault.WRONG_SIZE ? 7 : 0);
            headers.put("Content-Range", "bytes " + first + "-" + (end - 1) + "/" + total);
        }
        long numSent = end - first;
        long length = numSent + (fault == HubFault.WRONG_SIZE && !part ? 7 : 0);
        boolean chunked = fault == HubFault.CHUNKED;
        headers.put("Accept-Ranges", "bytes");
        headers.put(
                chunked ? "Transfer-Encoding" : "Content-Length",
                chunked ? "chunked" : Long.toString(length));
        sendHead(part ? 206 : 200);
        if (request.method().equals("HEAD")) {
            return;
        }
        Optional<Path> large = files.large(file);
        if (large.isPresent()) {
            sendLarge(large.get(), first, end);
            return;
        }
        byte[] sent = Arrays.copyOfRange(files.bytes(file), (int) first, (int) end);
        if (fault == HubFault.WRONG_BYTE && numSent > 0) {
            sent[sent.length / 2] ^= 1;
        }
        sendBroken(sent, fault);
        if (length > numSent) {
            socket.close();
        }
    }

    private void sendBroken(byte[] sent, HubFault fault) throws IOException {
        switch (fault) {
            case CUT, RESET, STALL -> {
                send(sent, sent.length / 2);
                if (fault == HubFault.RESET) {
                    socket.setSoLinger(true, 0);
                }
                if (fault == HubFault.STALL) {
                    waitForTheClient();
                }
                socket.close();
            }
            case CHUNKED -> {
                out.write((Integer.toHexString(sent.length) + "\r\n").getBytes());
                send(sent, sent.length);
                out.write("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            default -> send(sent, sent.length);
        }
    }

    private void sendLarge(Path file, long first, long end) throws IOException {
        try (FileChannel bytes = FileChannel.open(file)) {
            for (long at = first; at < end; ) {
                at += bytes.transferTo(at, end - at, socket.getChannel());
            }
        }
        hub.sentBytes.addAndGet(end - first);
    }

    private void waitForTheClient() throws IOException {
        socket.setSoTimeout(30_000);
        while (socket.getInputStream().read() >= 0) {
            // It sends nothing until it gives up.
        }
    }

    private void send(byte[] bytes, int length) throws IOException {
        int piece = hub.slowness == 0 ? PIECE_BYTES : hub.slowness;
        for (int at = 0; at < length; at += piece) {
            int n = Math.min(piece, length - at);
            // Before they leave: who has them all looks at the count at once.
            hub.sentBytes.addAndGet(n);
            try {
                out.write(bytes, at, n);
            } catch (IOException e) {
                hub.sentBytes.addAndGet(-n);
                throw e;
            }
            if (hub.slowness > 0) {
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private void sendHead(int status) throws IOException {
        StringBuilder head = new StringBuilder(hub.protocol + " " + status + " X\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private void sendBody(byte[] body) throws IOException {
        if (!request.method().equals("HEAD")) {
            out.write(body);
        }
    }
}
