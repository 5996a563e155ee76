package quire.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file of a repository at one commit.
 *
 * @param path in the repository, with slashes; safe to be appended to a folder
 * @param size in bytes; -1 where the hub has not said it yet
 * @param hash what its bytes must have, in lower-case hex: SHA-256 of an LFS file, git's SHA-1 of
 *     another; empty where the hub has not said it yet. Also its name among the cache's blobs
 */
record RepoFile(String path, long size, String hash) {

    private static final int MAX_PATH_CHARS = 1024;
    private static final int MAX_NAME_BYTES = 240;
    private static final Pattern GIT_SHA1 = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** For sentences: {@code model.safetensors of org/repo}. */
    String of(ModelName name) {
        return Shown.of(path) + " of " + name.repo();
    }

    /** Whether size and hash are known. */
    boolean isKnown() {
        return size >= 0 && !hash.isEmpty();
    }

    /** The name without its folders. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Whether it lies in no folder. */
    boolean isAtTop() {
        return path.indexOf('/') < 0;
    }

    static boolean isCommit(String text) {
        return GIT_SHA1.matcher(text).matches();
    }

    static boolean isHash(String text) {
        return GIT_SHA1.matcher(text).matches() || SHA256.matcher(text).matches();
    }

    /** Where bytes are hashed to become {@link #hash}. */
    MessageDigest digest() {
        try {
            if (SHA256.matcher(hash).matches()) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
            return git;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1 and SHA-256", e);
        }
    }

    /** The name of the hash for people. */
    String hashName() {
        return SHA256.matcher(hash).matches() ? "SHA-256" : "git SHA-1";
    }

    /** Why a path out of a hub is an attack or an accident; empty where it is neither. */
    static Optional<String> fault(String path) {
        if (path.isEmpty() || path.length() > MAX_PATH_CHARS) {
            return Optional.of("has " + path.length() + " characters");
        }
        if (path.chars().anyMatch(c -> Character.isISOControl(c) || isFormat(c))) {
            return Optional.of("has control characters");
        }
        boolean inside =
                Arrays.stream(path.split("[/\\\\]", -1))
                        .allMatch(
                                part -> !part.isBlank() && !part.equals(".") && !part.equals(".."));
        return inside ? Optional.empty() : Optional.of("leads out of its folder or is none");
    }

    private static boolean isFormat(int c) {
        return Character.getType(c) == Character.FORMAT;
    }

    /** Whether every file system and every terminal can have the name. */
    boolean isUsable() {
        return path.chars().allMatch(c -> Shown.isPlain((char) c))
                && path.indexOf('\\') < 0
                && path.indexOf(':') < 0
                && Arrays.stream(path.split("/"))
                        .allMatch(
                                part ->
                                        part.getBytes(StandardCharsets.UTF_8).length
                                                <= MAX_NAME_BYTES);
    }
}
