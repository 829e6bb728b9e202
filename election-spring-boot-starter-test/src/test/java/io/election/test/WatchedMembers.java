package io.election.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.util.FileSystemUtils;

/** What a service's settings name: two other members, which see who connects, a port of its own, and a directory. */
final class WatchedMembers implements AutoCloseable {

    private final ServerSocketChannel second = listen();
    private final ServerSocketChannel third = listen();
    private final int port;
    private final Path parent;
    private final AtomicInteger connections = new AtomicInteger();

    WatchedMembers() {
        try {
            port = FreePorts.next();
            parent = Files.createTempDirectory("watched-members");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocketChannel listen() {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Times are short, so that whoever does connect does it soon. */
    void register(DynamicPropertyRegistry registry) {
        registry.add(
                "election.members",
                () -> "node-1=http://127.0.0.1:" + port + ",node-2=" + url(second) + ",node-3=" + url(third));
        registry.add("election.peer.port", () -> port);
        registry.add("election.peer.secret", () -> "a-secret-for-tests-only");
        registry.add("election.storage.directory", () -> directory().toString());
        registry.add("election.election-timeout", () -> "100ms");
        registry.add("election.lease-duration", () -> "75ms");
        registry.add("election.heartbeat-interval", () -> "10ms");
    }

    private static String url(ServerSocketChannel channel) {
        return "http://127.0.0.1:" + channel.socket().getLocalPort();
    }

    Path directory() {
        return parent.resolve("election");
    }

    int port() {
        return port;
    }

    /** How many connections the other members have seen until now. */
    int connections() {
        try {
            for (ServerSocketChannel member : new ServerSocketChannel[] {second, third}) {
                for (SocketChannel peer = member.accept(); peer != null; peer = member.accept()) {
                    connections.incrementAndGet();
                    peer.close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return connections.get();
    }

    boolean isPortTaken() {
        try (ServerSocket mine = new ServerSocket(port)) {
            return !mine.isBound();
        } catch (BindException taken) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        second.close();
        third.close();
        FileSystemUtils.deleteRecursively(parent);
    }
}
