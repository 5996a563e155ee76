package quire.rest;

import java.util.UUID;
import java.util.regex.Pattern;

/** The id under which client, proxies and this server speak of one request. */
final class RequestIds {

    static final String HEADER = "X-Request-Id";

    /** Visible characters: an id is copied into headers and logs. */
    private static final Pattern USABLE = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private RequestIds() {}

    /**
     * The id that came, or one of our own in the place of none and of one that cannot be copied.
     *
     * @param given the header, or null
     */
    static String of(String given) {
        return given != null && USABLE.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }
}
