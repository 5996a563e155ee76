package quire.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import quire.settings.Flags;
import quire.settings.Settings;

/**
 * What stands before all routes, those of libraries included: the API key, the limit on bodies, and
 * the words for paths that nobody knows.
 */
@Singleton
public final class HttpGate {

    /** Probes of orchestrators, which have no key. */
    private static final Set<String> OPEN_PATHS = Set.of("/health", "/ping");

    private static final Set<HttpMethod> METHODS_WITH_BODY =
            Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

    private static final String OPEN_PREFIX = "/q/health";
    private static final String SCHEME = "Bearer ";

    /** Runs before the limit on bodies, which would answer without a body of its own. */
    private static final int BEFORE_ALL = Integer.MAX_VALUE;

    /** RFC 9113, section 8.1: the answer is complete, and what is left of the request unwanted. */
    private static final long HTTP_2_NO_ERROR = 0;

    private final List<byte[]> keyDigests;
    private final long maxBodyBytes;

    /** Reads bodies that come without a length, so that too long ones are refused in our words. */
    private final BodyHandler bodyReader;

    HttpGate(
            Settings settings,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size", defaultValue = "10M")
                    MemorySize maxBodySize) {
        this.keyDigests = settings.of(Flags.API_KEY).stream().map(HttpGate::digest).toList();
        this.maxBodyBytes = maxBodySize.asLongValue();
        this.bodyReader = BodyHandler.create(false).setBodyLimit(maxBodyBytes);
    }

    void filters(@Observes Filters filters) {
        filters.register(this::enter, BEFORE_ALL);
    }

    void routes(@Observes Router router) {
        router.get("/docs").handler(context -> context.redirect("/q/swagger-ui/"));
        router.get("/openapi.json").handler(context -> context.reroute("/q/openapi.json"));
        router.route().last().handler(context -> refuse(context, HttpProblems.of(404)));
        router.route()
                .order(-BEFORE_ALL)
                .failureHandler(
                        context -> {
                            if (context.statusCode() == 413) {
                                refuse(context, HttpProblems.of(413));
                            } else if (!context.response().ended()) {
                                context.next();
                            }
                        });
    }

    private void enter(RoutingContext context) {
        if (!isOpen(context.normalizedPath()) && !isAllowed(context)) {
            context.response().putHeader("WWW-Authenticate", "Bearer realm=\"quire\"");
            refuse(context, HttpProblems.of(401));
        } else if (announcedBytes(context) > maxBodyBytes) {
            refuse(context, HttpProblems.of(413));
        } else if (hasBodyOfUnknownLength(context)) {
            bodyReader.handle(context);
        } else {
            context.next();
        }
    }

    private static boolean isOpen(String path) {
        return OPEN_PATHS.contains(path)
                || path.equals(OPEN_PREFIX)
                || path.startsWith(OPEN_PREFIX + "/");
    }

    private boolean isAllowed(RoutingContext context) {
        if (keyDigests.isEmpty()) {
            return true;
        }
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] given = digest(header.substring(SCHEME.length()).strip());
        boolean allowed = false;
        for (byte[] digest : keyDigests) {
            // All keys are compared, each in constant time, so that the time says nothing of them.
            allowed |= MessageDigest.isEqual(digest, given);
        }
        return allowed;
    }

    private static long announcedBytes(RoutingContext context) {
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static boolean hasBodyOfUnknownLength(RoutingContext context) {
        return context.request().getHeader(HttpHeaders.CONTENT_LENGTH) == null
                && METHODS_WITH_BODY.contains(context.request().method());
    }

    private static void refuse(RoutingContext context, ApiProblem problem) {
        HttpServerResponse response = context.response();
        if (announcedBytes(context) > 0 || hasBodyOfUnknownLength(context)) {
            leaveBodyUnread(context);
        }
        response.setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json;charset=UTF-8")
                .end(Buffer.buffer(problem.toJson()));
    }

    private static void leaveBodyUnread(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (context.request().version() == HttpVersion.HTTP_2) {
            // The stream alone ends; others of the connection go on.
            response.endHandler(nothing -> response.reset(HTTP_2_NO_ERROR));
        } else {
            // The connection cannot be used for another request.
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            response.endHandler(nothing -> context.request().connection().close());
        }
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
