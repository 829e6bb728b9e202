package io.election.benchmarks.path;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Netty, client and server on one event loop, which is the member's loop as well. */
final class NettyCandidate implements Candidate {

    private static final int LARGEST = 1 << 20;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Signature signature = new Signature();

    @Override
    public int listen(Handler handler) throws InterruptedException {
        Channel server = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(LARGEST),
                                        new Answering(handler));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Answers requests. */
    private final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {

        private final Handler handler;

        Answering(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            handler.handle(signature.check(ByteBufUtil.getBytes(request.content())), answer -> {
                FullHttpResponse response = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(signature.sign(answer)));
                response.headers().set("Content-Type", Http.TYPE);
                response.headers().setInt("Content-Length", response.content().readableBytes());
                context.writeAndFlush(response);
            });
        }
    }

    /** Takes answers. */
    private final class Answers extends SimpleChannelInboundHandler<FullHttpResponse> {

        private final ArrayDeque<Consumer<byte[]>> waiting;

        Answers(ArrayDeque<Consumer<byte[]>> waiting) {
            this.waiting = waiting;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            @Nullable Consumer<byte[]> answered = waiting.poll();
            if (answered != null) {
                answered.accept(signature.check(ByteBufUtil.getBytes(response.content())));
            }
        }
    }

    @Override
    public Peer peer(int port) throws InterruptedException {
        ArrayDeque<Consumer<byte[]>> waiting = new ArrayDeque<>();
        Channel channel = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel opened) {
                        opened.pipeline()
                                .addLast(
                                        new HttpClientCodec(), new HttpObjectAggregator(LARGEST), new Answers(waiting));
                    }
                })
                .connect(InetAddress.getLoopbackAddress(), port)
                .sync()
                .channel();
        return (body, answered) -> {
            waiting.add(answered);
            FullHttpRequest request = new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1,
                    HttpMethod.POST,
                    "/election/heartbeat",
                    Unpooled.wrappedBuffer(signature.sign(body)));
            request.headers()
                    .set("Host", "127.0.0.1:8080")
                    .set("Election-Call", Http.CALL)
                    .set("Content-Type", Http.TYPE)
                    .setInt("Content-Length", request.content().readableBytes());
            channel.writeAndFlush(request);
        };
    }

    @Override
    public void every(Runnable work, long everyNanos) {
        loop.scheduleAtFixedRate(work, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
    }
}
