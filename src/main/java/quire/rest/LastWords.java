package quire.rest;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a server that ends still has to say: requests whose answers are not made, and connections
 * that have not sent what was. An answer that is over for the framework may lie in the queue of its
 * connection's event loop, or behind a client that is slow to read.
 */
final class LastWords {

    private static final long LOOK_AGAIN_MILLIS = 5;

    private final Set<RoutingContext> inside = ConcurrentHashMap.newKeySet();

    /** Those that are open; it lets go of the others by itself. */
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    /** Counts a request until its answer has ended. A second call changes nothing. */
    void expect(RoutingContext context) {
        connections.add(OwedAnswers.channel(context));
        inside.add(context);
        context.addEndHandler(ended -> inside.remove(context));
    }

    /** Waits until all answers are with the system, or for so long. Not on an event loop. */
    void awaitLeft(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        while (!(inside.isEmpty() && allIsSent()) && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_AGAIN_MILLIS);
        }
    }

    /** Each event loop looks when it is through with what it was given to send before. */
    private boolean allIsSent() throws InterruptedException {
        List<Future<Boolean>> sent = new ArrayList<>();
        for (Channel connection : connections) {
            sent.add(connection.eventLoop().submit(() -> isSent(connection)));
        }
        boolean all = true;
        for (Future<Boolean> one : sent) {
            one.await(LOOK_AGAIN_MILLIS);
            all &= one.isSuccess() && one.getNow();
        }
        return all;
    }

    private static boolean isSent(Channel connection) throws Http2Exception {
        return OwedAnswers.hasSentAll(connection) && !isHeldUp(connection);
    }

    /** Whether frames wait until the client of HTTP/2 lets them come. */
    private static boolean isHeldUp(Channel connection) throws Http2Exception {
        Http2ConnectionHandler http2 = connection.pipeline().get(Http2ConnectionHandler.class);
        if (http2 == null) {
            return false;
        }
        Http2RemoteFlowController flow = http2.encoder().flowController();
        return http2.connection().forEachActiveStream(stream -> !flow.hasFlowControlled(stream))
                != null;
    }
}
