package quire.rest;

import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import quire.error.InvalidRequestException;

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
        return usable(given).orElseGet(() -> UUID.randomUUID().toString());
    }

    /**
     * What the answer's id is made of: the header that came, as in vLLM, else what the body asks
     * for, which then goes back as the header, else something new.
     *
     * @param asked the body's field, or null
     * @throws InvalidRequestException if the field is nothing that a header can carry
     */
    static String ofAnswer(RoutingContext context, String asked) {
        Optional<String> field = usable(asked);
        if (asked != null && field.isEmpty()) {
            throw new InvalidRequestException(
                    "request_id",
                    "'request_id' must be from 1 to 128 visible characters of ASCII, but is '"
                            + StrictJson.shorten(asked)
                            + "'.");
        }
        Optional<String> header = usable(context.request().getHeader(HEADER));
        if (header.isEmpty() && field.isPresent()) {
            context.put(HEADER, asked);
            context.response().putHeader(HEADER, asked);
        }
        return header.or(() -> field)
                .orElseGet(() -> UUID.randomUUID().toString().replace("-", ""));
    }

    private static Optional<String> usable(String given) {
        return Optional.ofNullable(given).filter(id -> USABLE.matcher(id).matches());
    }
}
