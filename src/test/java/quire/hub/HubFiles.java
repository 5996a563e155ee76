package quire.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A repository at one commit, as a hub of the tests holds it. */
public final class HubFiles {

    /** Files in a page of the tree. */
    static final int PAGE = 3;

    /** Files of more bytes than this are LFS files, as with a hub's usual rules for weights. */
    static final int LFS_BYTES = 1000;

    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, String> etags = new ConcurrentHashMap<>();
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
        return this;
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
        return bytes(path).length > LFS_BYTES;
    }

    /** The hash that names the file's blob. */
    String etag(String path) {
        return etags.computeIfAbsent(
                path, p -> isLfs(p) ? hex("SHA-256", bytes(p)) : gitHash(bytes(p)));
    }

    static String gitHash(byte[] bytes) {
        byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[header.length + bytes.length];
        System.arraycopy(header, 0, all, 0, header.length);
        System.arraycopy(bytes, 0, all, header.length, bytes.length);
        return hex("SHA-1", all);
    }

    static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
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
                json.append(",\"size\":").append(bytes(path).length);
                json.append(",\"blobId\":\"").append(gitHash(bytes(path))).append('"');
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
                                        + gitHash(bytes(path))
                                        + "\",\"size\":"
                                        + bytes(path).length
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
                + bytes(path).length
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
