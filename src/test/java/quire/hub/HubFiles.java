package quire.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A repository at one commit, as a hub of the tests holds it. */
public final class HubFiles {

    /** Files in a page of the tree. */
    static final int PAGE = 3;

    /** Files of more bytes than this are LFS files, as with a hub's usual rules for weights. */
    static final int LFS_BYTES = 1000;

    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, Path> large = new ConcurrentHashMap<>();
    private final Map<String, String> etags = new ConcurrentHashMap<>();
    private final Map<String, String> gitHashes = new ConcurrentHashMap<>();
    final String commit;

    HubFiles(String commit) {
        this.commit = commit;
    }

    /** A commit's id out of any word. */
    public static HubFiles at(String word) {
        return new HubFiles(hex("SHA-1", word.getBytes(StandardCharsets.UTF_8)));
    }

    public HubFiles with(String path, byte[] bytes) {
        files.put(path, bytes);
        etags.remove(path);
        gitHashes.remove(path);
        return this;
    }

    /** Adds a file of this machine that is not to be held in memory, as an LFS file. */
    public HubFiles with(String path, Path file) throws IOException {
        with(path, new byte[0]);
        large.put(path, file);
        String hash;
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha256 = digest("SHA-256");
            byte[] piece = new byte[1 << 20];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                sha256.update(piece, 0, read);
            }
            hash = HexFormat.of().formatHex(sha256.digest());
        }
        etags.put(path, hash);
        return this;
    }

    /** Where the bytes of a file lie that is not in memory. */
    Optional<Path> large(String path) {
        return Optional.ofNullable(large.get(path));
    }

    long size(String path) {
        try {
            return large.containsKey(path) ? Files.size(large.get(path)) : bytes(path).length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HubFiles with(String path, String text) {
        return with(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a file of random bytes. */
    HubFiles with(String path, int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return with(path, bytes);
    }

    /** The files of a folder, at the commit of a word. */
    public static HubFiles of(String word, Path folder) throws IOException {
        HubFiles files = at(word);
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                files.with(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    /** What a small model in safetensors has. */
    static HubFiles model(String word, int weightBytes, long seed) {
        return at(word).with("config.json", "{\"architectures\": [\"" + word + "\"]}")
                .with("tokenizer.json", 5000, seed)
                .with("README.md", "# " + word)
                .with("onnx/model.onnx", 10_000, seed)
                .with("original/consolidated.00.pth", 10_000, seed)
                .with("pytorch_model.bin", 10_000, seed)
                .with("model.safetensors", weightBytes, seed);
    }

    Map<String, byte[]> all() {
        return files;
    }

    byte[] bytes(String path) {
        return files.get(path);
    }

    boolean isLfs(String path) {
        return size(path) > LFS_BYTES;
    }

    /** The hash that names the file's blob. */
    String etag(String path) {
        return etags.computeIfAbsent(path, p -> isLfs(p) ? hex("SHA-256", bytes(p)) : gitHash(p));
    }

    private String gitHash(String path) {
        return gitHashes.computeIfAbsent(path, p -> gitHash(bytes(p)));
    }

    static String gitHash(byte[] bytes) {
        byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        return hex("SHA-1", header, bytes);
    }

    static String hex(String algorithm, byte[]... parts) {
        MessageDigest digest = digest(algorithm);
        for (byte[] part : parts) {
            digest.update(part);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The answer of {@code /api/models/…/revision/…}; without blobs there are only names. */
    String info(String repo, boolean blobs) {
        StringBuilder json = new StringBuilder("{\"id\":\"" + repo + "\",\"private\":false,");
        json.append("\"tags\":[\"safetensors\",{\"nested\":[1,2]}],\"sha\":\"" + commit + "\",");
        json.append("\"siblings\":[");
        String comma = "";
        for (String path : files.keySet()) {
            json.append(comma).append("{\"rfilename\":\"").append(escaped(path)).append('"');
            if (blobs) {
                json.append(",\"size\":").append(size(path));
                json.append(",\"blobId\":\"").append(gitHash(path)).append('"');
                json.append(isLfs(path) ? lfs("sha256", path) : "");
            }
            json.append('}');
            comma = ",";
        }
        return json.append("],\"gated\":false}").toString();
    }

    /** A page of the answer of {@code /api/models/…/tree/…}. */
    String tree(int first) {
        return files.keySet().stream()
                .skip(first)
                .limit(PAGE)
                .map(
                        path ->
                                "{\"type\":\"file\",\"oid\":\""
                                        + gitHash(path)
                                        + "\",\"size\":"
                                        + size(path)
                                        + (isLfs(path) ? lfs("oid", path) : "")
                                        + ",\"path\":\""
                                        + escaped(path)
                                        + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private String lfs(String hash, String path) {
        return ",\"lfs\":{\""
                + hash
                + "\":\""
                + etag(path)
                + "\",\"size\":"
                + size(path)
                + ",\"pointerSize\":134}";
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                escaped.append(String.format("\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
