package quire.rest;

import io.quarkus.vertx.http.runtime.RouteConstants;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import quire.batcher.Farewell;
import quire.error.UnavailableException;
import quire.settings.Flags;
import quire.settings.Settings;

/**
 * What stands before all routes, those of libraries included: the API key, the limits on bodies,
 * and the words for paths that nobody knows and for requests that are no HTTP. What cannot even
 * come here {@link EarlyErrors} answers.
 */
@Singleton
public final class HttpGate {

    /** Probes of orchestrators, which have no key. */
    private static final Set<String> OPEN_PATHS = Set.of("/health", "/ping");

    private static final Set<String> DOCS = Set.of("/", "/docs", "/openapi.json");

    private static final Set<HttpMethod> METHODS_WITH_BODY =
            Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final String OPEN_PREFIX = "/q/health";

    /** Runs before the limit on bodies, which would answer without a body of its own. */
    private static final int BEFORE_ALL = Integer.MAX_VALUE;

    /** Right after the framework has put its limit beside the request. */
    private static final int BEHIND_LIMIT = RouteConstants.ROUTE_ORDER_UPLOAD_LIMIT + 1;

    /** RFC 9113, section 7. */
    private static final long HTTP_2_INTERNAL_ERROR = 2;

    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private static final Logger LOGGER = System.getLogger(HttpGate.class.getName());

    private final ApiKeys keys;
    private final Cors cors;
    private final boolean hasDocs;
    private final boolean hasPage;
    private final long maxBodyBytes;

    private final LastWords lastWords = new LastWords();

    /** Who comes now would find nobody behind the gate. */
    private volatile boolean leaving;

    HttpGate(Settings settings, BodyLimit limit) {
        this.keys = new ApiKeys(settings.of(Flags.API_KEY));
        this.cors =
                new Cors(
                        settings.of(Flags.ALLOWED_ORIGINS),
                        settings.of(Flags.ALLOWED_METHODS),
                        settings.of(Flags.ALLOWED_HEADERS),
                        settings.of(Flags.ALLOW_CREDENTIALS));
        this.hasDocs = !settings.of(Flags.DISABLE_DOCS);
        this.hasPage = !settings.of(Flags.DISABLE_UI);
        this.maxBodyBytes = limit.maxBytes();
    }

    void filters(@Observes Filters filters) {
        filters.register(this::enter, BEFORE_ALL);
    }

    void routes(@Observes Router router) {
        if (!hasPage) {
            page(router, Page.PATH, context -> context.redirect("/docs"));
        }
        page(router, "/docs", context -> context.redirect("/q/swagger-ui/"));
        page(router, "/openapi.json", context -> context.reroute("/q/openapi.json"));
        // The framework's own page chooses another format and has other families.
        router.route("/q/metrics").order(-1).handler(context -> context.reroute("/metrics"));
        router.route().order(BEHIND_LIMIT).handler(HttpGate::takeLimit);
        router.route().last().handler(context -> refuse(context, HttpProblems.of(404)));
        router.route().order(-BEFORE_ALL).failureHandler(this::explain);
    }

    /** {@link BodyLimit} counts what comes without a length. */
    private static void takeLimit(RoutingContext context) {
        context.remove(VertxHttpRecorder.MAX_REQUEST_SIZE_KEY);
        context.next();
    }

    /** Something under a path that is only read. */
    static void page(Router router, String path, Handler<RoutingContext> page) {
        router.route(path)
                .handler(
                        context -> {
                            if (READING.contains(context.request().method())) {
                                page.handle(context);
                            } else {
                                context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
                                refuse(context, HttpProblems.of(405));
                            }
                        });
    }

    private void enter(RoutingContext context) {
        if (OwedAnswers.isTooLate(context)) {
            return;
        }
        greet(context);
        if (leaving) {
            refuse(context, ApiProblem.of(new UnavailableException("the server is stopping")));
            return;
        }
        Optional<ApiProblem> fault = fault(context.request());
        if (fault.isPresent()) {
            refuse(context, fault.get());
            return;
        }
        String path = context.normalizedPath();
        String encoding = context.request().getHeader(HttpHeaders.CONTENT_ENCODING);
        Optional<Integer> preflight = cors.status(context);
        if (preflight.isPresent()) {
            answer(context, preflight.get());
        } else if (hasPage && Page.has(path)) {
            context.next();
        } else if (isDocs(path) && !hasDocs) {
            refuse(context, HttpProblems.of(404));
        } else if (!OPEN_PATHS.contains(path)
                && !isUnder(OPEN_PREFIX, path)
                && !isDocs(path)
                && !keys.allow(context.request().getHeader(HttpHeaders.AUTHORIZATION))) {
            context.response().putHeader("WWW-Authenticate", "Bearer realm=\"quire\"");
            refuse(context, HttpProblems.of(401));
        } else if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            context.response().putHeader(HttpHeaders.ACCEPT_ENCODING, HttpHeaders.IDENTITY);
            refuse(context, HttpProblems.ofEncoding(encoding));
        } else if (announcedBytes(context) > maxBodyBytes) {
            refuse(context, HttpProblems.ofSize(maxBodyBytes));
        } else {
            context.next();
        }
    }

    /** What is wrong with the request as HTTP, beyond what the framework refuses. */
    private static Optional<ApiProblem> fault(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (request.headers().getAll(HttpHeaders.HOST).size() > 1) {
            return Optional.of(HttpProblems.ofHost());
        }
        if (!codings.isEmpty()
                && (codings.size() > 1 || !codings.getFirst().equalsIgnoreCase("chunked"))) {
            return Optional.of(HttpProblems.ofCoding(String.join(", ", codings)));
        }
        try {
            new URI(request.uri());
            return Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.of(HttpProblems.ofPath(request.uri()));
        }
    }

    /** Called again where a page is routed to another one, which forgets headers and handlers. */
    private void greet(RoutingContext context) {
        lastWords.expect(context);
        AnswerEnds.watch(context);
        OwedAnswers.watch(context);
        String id = context.get(RequestIds.HEADER);
        if (id == null) {
            id = RequestIds.of(context.request().getHeader(RequestIds.HEADER));
            context.put(RequestIds.HEADER, id);
            LOGGER.log(
                    Level.DEBUG,
                    "{0} {1}: {2}",
                    context.request().method(),
                    context.request().path(),
                    id);
        }
        context.response().putHeader(RequestIds.HEADER, id);
    }

    /**
     * Lets the last events and bodies leave before their connections are closed, and those be
     * refused who were on their way to the engine when it closed.
     */
    void stop(@Observes Farewell event) throws InterruptedException {
        // Who comes in between is seen by one of us: it enters and looks, this raises and counts.
        leaving = true;
        lastWords.awaitLeft(LAST_WORDS);
    }

    private static void answer(RoutingContext context, int preflight) {
        if (preflight < 300) {
            context.response().setStatusCode(preflight).end();
        } else {
            refuse(context, HttpProblems.ofOrigin(preflight));
        }
    }

    /** The pages that explain the API, and what they are made of. */
    private static boolean isDocs(String path) {
        return DOCS.contains(path)
                || isUnder("/q/swagger-ui", path)
                || path.startsWith("/q/openapi");
    }

    private static boolean isUnder(String folder, String path) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }

    /** The length that the request gives for its body; 0 without one. */
    private static long announcedBytes(RoutingContext context) {
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Answers what failed outside of the resources: in the router, the gate or a library. */
    private void explain(RoutingContext context) {
        HttpServerResponse response = context.response();
        Throwable failure = context.failure();
        int status = context.statusCode() > 0 ? context.statusCode() : 500;
        if (status >= 500 && !(failure instanceof IOException)) {
            LOGGER.log(Level.ERROR, "A request failed", failure);
        } else {
            LOGGER.log(Level.DEBUG, "A request is malformed", failure);
        }
        if (response.ended() || response.closed()) {
            return;
        }
        greet(context);
        if (response.headWritten()) {
            // Too late for words: an answer that is cut short must not look like a whole one.
            response.reset(HTTP_2_INTERNAL_ERROR);
        } else if (status == 400 && !isHostKnown(context.request())) {
            refuse(context, HttpProblems.ofHost());
        } else {
            refuse(context, HttpProblems.of(status));
        }
    }

    private static boolean isHostKnown(HttpServerRequest request) {
        return request.authority() != null;
    }

    static void refuse(RoutingContext context, ApiProblem problem) {
        boolean hasBody =
                announcedBytes(context) > 0
                        || context.request().headers().contains(HttpHeaders.TRANSFER_ENCODING)
                        || METHODS_WITH_BODY.contains(context.request().method())
                                && context.request().getHeader(HttpHeaders.CONTENT_LENGTH) == null;
        if (hasBody) {
            AnswerEnds.leaveBodyUnread(context);
        }
        problem.retryAfterSeconds()
                .ifPresent(
                        seconds ->
                                context.response()
                                        .putHeader("Retry-After", Integer.toString(seconds)));
        context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ApiProblem.MEDIA_TYPE)
                .end(Buffer.buffer(problem.toJson()));
    }
}
