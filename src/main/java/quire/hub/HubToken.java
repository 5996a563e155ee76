package quire.hub;

import quire.error.ConfigurationException;

/** A secret that a hub knows its users by. Has no text form, so that no log or error shows it. */
public final class HubToken {

    private final String secret;

    private HubToken(String secret) {
        this.secret = secret;
    }

    /**
     * The token in a text that may have line breaks around it, as files do.
     *
     * @param from what gave it, for errors
     * @throws ConfigurationException if no HTTP header can carry it
     */
    static HubToken of(String text, String from) {
        String secret = text.strip();
        if (!secret.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new ConfigurationException(
                    from
                            + " has characters that no token of a hub has; give the token alone,"
                            + " such as hf_ and letters");
        }
        return new HubToken(secret);
    }

    /** The value of the header {@code Authorization}. */
    String authorization() {
        return "Bearer " + secret;
    }
}
