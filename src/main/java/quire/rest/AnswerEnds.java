package quire.rest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/** Ends connections and streams where nothing else tells the client that its answer is over. */
final class AnswerEnds {

    /** RFC 9113, section 8.1: the answer is complete, and what is left of the request unwanted. */
    private static final long HTTP_2_NO_ERROR = 0;

    private AnswerEnds() {}

    /** Looks at the answer when its head is written. To be called once for each request. */
    static void watch(RoutingContext context) {
        context.addHeadersEndHandler(
                nothing -> {
                    if (context.request().version() == HttpVersion.HTTP_2) {
                        // Of one connection and its streams HTTP/2 speaks in frames (RFC 9113,
                        // 8.2.2).
                        context.response().headers().remove(HttpHeaders.CONNECTION);
                    }
                    if (context.response().getStatusCode() == 413) {
                        leaveBodyUnread(context);
                    } else if (endsWithItsConnection(context)) {
                        closeAfterwards(context);
                    }
                });
    }

    /**
     * Ends what carries the request when its answer has left, without reading the rest. To be
     * called before the answer's head is written.
     */
    static void leaveBodyUnread(RoutingContext context) {
        if (context.request().version() == HttpVersion.HTTP_2) {
            // The stream alone ends; others of the connection go on.
            context.addEndHandler(ended -> context.response().reset(HTTP_2_NO_ERROR));
        } else {
            closeAfterwards(context);
        }
    }

    /** HTTP/1.0 has no chunks: a body without a length ends with its connection (RFC 9112, 6.3). */
    private static boolean endsWithItsConnection(RoutingContext context) {
        HttpServerRequest request = context.request();
        return request.version() == HttpVersion.HTTP_1_0
                && request.method() != HttpMethod.HEAD
                && !context.response().headers().contains(HttpHeaders.CONTENT_LENGTH);
    }

    private static void closeAfterwards(RoutingContext context) {
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        context.addEndHandler(ended -> OwedAnswers.close(context));
    }
}
