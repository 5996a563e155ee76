package quire.rest;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.VertxServiceProvider;

/**
 * Puts {@link EarlyErrors} into every HTTP/1 connection before its first byte is read. Vert.x finds
 * it as a service; its handlers for connections and requests come too late for the first errors.
 */
public final class HttpPipeline implements VertxServiceProvider {

    /** What Vert.x calls the handler that writes answers as bytes. */
    private static final String ENCODER = "httpEncoder";

    @Override
    public void init(VertxBuilder builder) {
        builder.findTransport(new Transport());
    }

    /** The one that Vert.x takes, with a second look at each connection that a server accepts. */
    private static final class Transport extends JDKTransport {

        @Override
        public void configure(
                NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            super.configure(options, domainSocket, bootstrap);
            ChannelHandler ofVertx = bootstrap.config().childHandler();
            bootstrap.childHandler(
                    new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(ofVertx, new Entrance());
                        }
                    });
        }
    }

    /**
     * Behind the handler that tells HTTP/1 from HTTP/2: the first bytes come by when the one or the
     * other is in place, and before it reads them.
     */
    private static final class Entrance extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            ChannelPipeline pipeline = context.pipeline();
            if (pipeline.context(ENCODER) != null) {
                pipeline.addAfter(ENCODER, null, new EarlyErrors());
            }
            pipeline.remove(this);
            context.fireChannelRead(bytes);
        }
    }
}
