package quire.rest;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Says what is wrong where netty, Vert.x and Quarkus answer before any route of ours, with a status
 * alone or by hanging up. One for each HTTP/1 connection, next to its codec; all of it runs on the
 * connection's event loop.
 */
final class EarlyErrors extends ChannelDuplexHandler {

    /** How long a client that goes on sending has to read why it is not heard any more. */
    private static final int FAREWELL_MILLIS = 1_000;

    private static final Throwable UNKNOWN_VERSION = new DecoderException("unknown version");

    /** In the order in which they came; the next answer is for the first. */
    private final Queue<HttpRequest> unanswered = new ArrayDeque<>();

    /** Whether a request came that is the connection's last: Vert.x hears none behind it. */
    private boolean lastCame;

    /** Whether the head of the next answer has left. */
    private boolean answering;

    /** Whether the client is in the middle of a request, or of something that is none. */
    private boolean midRequest;

    /** Whether the last word is said: what comes and what would follow it is dropped. */
    private boolean over;

    /** Whether our half of the connection has ended, and the client's has still to. */
    private boolean leaving;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (over) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpRequest request && !isSpoken(request.protocolVersion())) {
            // Vert.x would answer it, in a version that it does not speak.
            request.setDecoderResult(DecoderResult.failure(UNKNOWN_VERSION));
        }
        boolean malformed = message instanceof HttpObject part && part.decoderResult().isFailure();
        midRequest = malformed || !(message instanceof LastHttpContent);
        if (message instanceof HttpRequest request) {
            if (!lastCame) {
                unanswered.add(request);
                lastCame = malformed || !HttpUtil.isKeepAlive(request);
            }
        } else if (malformed && unanswered.size() == 1 && !answering) {
            // Vert.x ends the connection at a body that is none, and tells the request's reader.
            ApiProblem problem = HttpProblems.ofChunk();
            HttpRequest request = unanswered.remove();
            context.writeAndFlush(
                    answer(problem, request, HttpVersion.HTTP_1_1, new DefaultHttpHeaders(), true));
            over = true;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (over) {
            ReferenceCountUtil.release(message);
            promise.trySuccess();
            return;
        }
        if (message instanceof HttpResponse response) {
            if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                context.write(message, promise);
                return;
            }
            answering = true;
            if (response instanceof FullHttpResponse full && isWordless(full)) {
                explain(context, full, promise);
                return;
            }
        }
        if (message instanceof LastHttpContent) {
            unanswered.poll();
            answering = false;
        }
        context.write(message, promise);
    }

    /** Whether it is an error that has no body, and may have one. */
    private boolean isWordless(FullHttpResponse response) {
        HttpRequest request = unanswered.peek();
        return response.status().code() >= 400
                && !response.content().isReadable()
                && request != null
                && !request.method().equals(HttpMethod.HEAD);
    }

    private void explain(
            ChannelHandlerContext context, FullHttpResponse wordless, ChannelPromise promise) {
        HttpRequest request = unanswered.remove();
        answering = false;
        HttpHeaders headers = wordless.headers();
        boolean malformed = request.decoderResult().isFailure();
        boolean last = malformed || headers.containsValue(CONNECTION, HttpHeaderValues.CLOSE, true);
        HttpVersion version =
                isSpoken(wordless.protocolVersion())
                        ? wordless.protocolVersion()
                        : HttpVersion.HTTP_1_1;
        ApiProblem problem = problem(request, wordless.status().code());
        ReferenceCountUtil.release(wordless);
        ChannelPromise sent = promise.unvoid();
        context.write(answer(problem, request, version, headers, last), sent);
        if (last) {
            over = true;
            // Vert.x leaves the connection open at an upgrade that it does not understand.
            sent.addListener(done -> context.channel().close());
        }
    }

    private static ApiProblem problem(HttpRequest request, int status) {
        HttpHeaders headers = request.headers();
        if (!isSpoken(request.protocolVersion())) {
            return HttpProblems.ofVersion(request.protocolVersion().text());
        }
        if (status == 400 && request.decoderResult().isFailure() && isLengthUnclear(headers)) {
            return HttpProblems.ofLength();
        }
        if (status == 400 && headers.containsValue(UPGRADE, "h2c", true)) {
            return HttpProblems.ofUpgrade();
        }
        return HttpProblems.of(status);
    }

    private static boolean isSpoken(HttpVersion version) {
        return version.equals(HttpVersion.HTTP_1_0) || version.equals(HttpVersion.HTTP_1_1);
    }

    private static boolean isLengthUnclear(HttpHeaders headers) {
        List<String> lengths = headers.getAll(CONTENT_LENGTH);
        return lengths.size() > 1
                || lengths.size() == 1
                        && (headers.contains(TRANSFER_ENCODING)
                                || !lengths.getFirst().matches("\\d{1,18}"));
    }

    private static FullHttpResponse answer(
            ApiProblem problem,
            HttpRequest request,
            HttpVersion version,
            HttpHeaders headers,
            boolean last) {
        byte[] body = problem.toJson();
        headers.set(CONTENT_TYPE, ApiProblem.MEDIA_TYPE).set(CONTENT_LENGTH, body.length);
        if (!headers.contains(RequestIds.HEADER)) {
            headers.set(RequestIds.HEADER, RequestIds.of(request.headers().get(RequestIds.HEADER)));
        }
        if (last) {
            headers.set(CONNECTION, HttpHeaderValues.CLOSE);
        }
        return new DefaultFullHttpResponse(
                version,
                HttpResponseStatus.valueOf(problem.status()),
                Unpooled.wrappedBuffer(body),
                headers,
                EmptyHttpHeaders.INSTANCE);
    }

    /**
     * A connection that is closed over unread bytes is reset, and the client loses what it has not
     * read. So only our half ends at once, and the rest when the client has read that or had the
     * time to.
     */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (!midRequest || !(context.channel() instanceof SocketChannel socket)) {
            context.close(promise);
            return;
        }
        socket.closeFuture().addListener(closed -> promise.trySuccess());
        if (leaving) {
            return;
        }
        leaving = true;
        over = true;
        context.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(
                        flushed -> {
                            socket.shutdownOutput();
                            socket.config().setAutoRead(true);
                            context.executor()
                                    .schedule(
                                            () -> context.close(),
                                            FAREWELL_MILLIS,
                                            TimeUnit.MILLISECONDS);
                        });
    }
}
