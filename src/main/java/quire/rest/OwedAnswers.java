package quire.rest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.AttributeKey;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The answers that one connection waits for. While there are some, the server's limit on idle
 * connections does not end this one: it is the server that is silent. The limit holds while a
 * request is still arriving, and where the client does not take what it is sent.
 */
@Sharable // by one channel with itself: it comes back when an upgrade to HTTP/2 clears the pipeline
final class OwedAnswers extends ChannelInboundHandlerAdapter {

    private static final String NAME = "quire-owed-answers";

    /** What Vert.x calls the handler that notices idleness. */
    private static final String IDLE = "idle";

    private static final AttributeKey<OwedAnswers> KEY = AttributeKey.valueOf(NAME);

    /** Added to by the channel's event loop, removed from by whoever ends the answer. */
    private final Set<Owed> answers = ConcurrentHashMap.newKeySet();

    /** Set when the connection ends with an answer; whoever comes behind gets none. */
    private volatile boolean closing;

    /** One answer, on its way through three states at most. */
    private static final class Owed {

        private volatile boolean accepted;
        private volatile boolean over;

        boolean isOurTurn() {
            return accepted && !over;
        }
    }

    /** Ends the connection. To be called when an answer that ends it has left. */
    static void close(RoutingContext context) {
        OwedAnswers here = channel(context).attr(KEY).get();
        if (here != null) {
            here.closing = true;
        }
        context.request().connection().close();
    }

    /**
     * Whether the request came behind one whose answer ended the connection: what is said to it
     * would be taken for more of that answer.
     */
    static boolean isTooLate(RoutingContext context) {
        OwedAnswers here = channel(context).attr(KEY).get();
        return here != null && here.closing;
    }

    /** What carries the request. */
    static Channel channel(RoutingContext context) {
        return ((ConnectionBase) context.request().connection()).channel();
    }

    /**
     * Prepares for {@link #accept}; a second call changes nothing. On the event loop of the
     * request's connection.
     */
    static void watch(RoutingContext context) {
        Channel channel = channel(context);
        OwedAnswers here = channel.attr(KEY).get();
        if (here == null) {
            here = new OwedAnswers();
            channel.attr(KEY).set(here);
            here.join(channel.pipeline());
        }
        Owed known = context.get(NAME);
        Owed answer = known == null ? new Owed() : known;
        Set<Owed> answers = here.answers;
        answers.add(answer);
        context.put(NAME, answer);
        context.addEndHandler(
                ended -> {
                    answers.remove(answer);
                    answer.over = true;
                });
    }

    /** From now until its answer ends the client waits for us. Any thread. */
    static void accept(RoutingContext context) {
        context.<Owed>get(NAME).accepted = true;
    }

    private void join(ChannelPipeline pipeline) {
        if (pipeline.context(IDLE) != null && pipeline.context(NAME) == null) {
            pipeline.addAfter(IDLE, NAME, this);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        Channel channel = context.channel();
        if (channel.isActive()) {
            channel.eventLoop().execute(() -> join(channel.pipeline()));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent && isOurTurn(context.channel())) {
            return;
        }
        super.userEventTriggered(context, event);
    }

    /** Whether nothing waits for the client to take it. On the channel's event loop. */
    static boolean hasSentAll(Channel channel) {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return unsent == null || unsent.totalPendingWriteBytes() == 0;
    }

    /** Whether the next word is the server's. */
    private boolean isOurTurn(Channel channel) {
        return hasSentAll(channel) && answers.stream().anyMatch(Owed::isOurTurn);
    }
}
