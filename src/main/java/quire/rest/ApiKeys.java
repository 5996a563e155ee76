package quire.rest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** The keys, one of which every request must carry; none at all opens the server to everybody. */
final class ApiKeys {

    private static final String SCHEME = "Bearer ";

    private final List<byte[]> digests;

    ApiKeys(List<String> keys) {
        digests = keys.stream().map(ApiKeys::digest).toList();
    }

    /**
     * @param authorization the header of that name, or null
     */
    boolean allow(String authorization) {
        if (digests.isEmpty()) {
            return true;
        }
        if (authorization == null
                || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] given = digest(authorization.substring(SCHEME.length()).strip());
        boolean allowed = false;
        for (byte[] digest : digests) {
            // All keys are compared, each in constant time, so that the time says nothing of them.
            allowed |= MessageDigest.isEqual(digest, given);
        }
        return allowed;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
