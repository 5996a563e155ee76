package quire.rest;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Lets pages of other origins use this server, as far as flags say (the Fetch standard's CORS
 * protocol). A list that holds {@code *} allows everything.
 */
final class Cors {

    private static final String ALL = "*";
    private static final String ALL_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

    /** Which pages may send without asking; browsers ask for some of them all the same. */
    private static final List<String> SAFE_HEADERS =
            List.of("Accept", "Accept-Language", "Content-Language", "Content-Type");

    /** How long a browser may remember the answer to its question. */
    private static final String MAX_AGE_SECONDS = "600";

    /** What scripts may read besides the headers that the standard lists. */
    private static final String EXPOSED = RequestIds.HEADER + ", Retry-After";

    private final Set<String> origins;
    private final Set<String> methods;
    private final Set<String> headers;
    private final boolean credentials;

    /**
     * @param origins such as {@code https://chat.example}; none switches all of this off
     * @param methods that may be asked for
     * @param headers that requests may carry
     * @param credentials whether cookies and the like may come along
     */
    Cors(List<String> origins, List<String> methods, List<String> headers, boolean credentials) {
        this.origins = Set.copyOf(origins);
        this.methods = Set.copyOf(methods);
        this.headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.addAll(SAFE_HEADERS);
        this.headers.addAll(headers);
        this.credentials = credentials;
    }

    /**
     * Tells the browser whether the page may read the answer.
     *
     * @return what a browser's question before its request (a preflight) is to be answered; empty
     *     for all other requests, which go on
     */
    Optional<Integer> status(RoutingContext context) {
        HttpServerRequest request = context.request();
        String origin = request.getHeader("Origin");
        if (origins.isEmpty() || origin == null) {
            return Optional.empty();
        }
        MultiMap answer = context.response().headers();
        boolean allowed = origins.contains(ALL) || origins.contains(origin);
        if (allowed) {
            boolean toAll = origins.contains(ALL) && !credentials;
            answer.set("Access-Control-Allow-Origin", toAll ? ALL : origin);
            if (credentials) {
                answer.set("Access-Control-Allow-Credentials", "true");
            }
            answer.set("Access-Control-Expose-Headers", EXPOSED);
        }
        answer.add("Vary", "Origin");
        String method = request.getHeader("Access-Control-Request-Method");
        if (request.method() != HttpMethod.OPTIONS || method == null) {
            return Optional.empty();
        }
        String asked = request.getHeader("Access-Control-Request-Headers");
        answer.set(
                "Access-Control-Allow-Methods",
                methods.contains(ALL) ? ALL_METHODS : String.join(", ", new TreeSet<>(methods)));
        // With credentials a browser would take the star for a name.
        answer.set(
                "Access-Control-Allow-Headers",
                headers.contains(ALL) && asked != null ? asked : String.join(", ", headers));
        answer.set("Access-Control-Max-Age", MAX_AGE_SECONDS);
        boolean permitted =
                allowed
                        && (methods.contains(ALL) || methods.contains(method))
                        && (headers.contains(ALL) || headers.containsAll(names(asked)));
        return Optional.of(permitted ? 204 : 403);
    }

    private static List<String> names(String header) {
        return header == null || header.isBlank()
                ? List.of()
                : Arrays.stream(header.split(","))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .toList();
    }
}
