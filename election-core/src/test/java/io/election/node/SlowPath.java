package io.election.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A way from one member to another on which everything takes long: each byte half a round trip, and a connection a whole one
 * before its first byte.
 */
final class SlowPath implements AutoCloseable {

    private static final byte[] END = {};

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile long roundTripNanos;

    private record Chunk(byte[] bytes, long dueNanos) {}

    /** From a port of its own to another, as fast as the machine at first. */
    SlowPath(int target) throws IOException {
        this.target = target;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    void takes(long newRoundTripNanos) {
        roundTripNanos = newRoundTripNanos;
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "slow-path");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket caller = server.accept();
                sockets.add(caller);
                connect(caller);
            }
        } catch (IOException closed) {
            // The test is over.
            closeAll();
        }
    }

    private void connect(Socket caller) throws IOException {
        try {
            Socket called = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(called);
            pass(caller, called, System.nanoTime() + roundTripNanos);
            pass(called, caller, System.nanoTime());
        } catch (IOException nobodyListens) {
            // Not yet: its member starts after the caller.
            caller.close();
        }
    }

    private void pass(Socket from, Socket to, long connectedAtNanos) {
        BlockingQueue<Chunk> underWay = new LinkedBlockingQueue<>();
        start(() -> read(from, underWay, connectedAtNanos));
        start(() -> write(underWay, to));
    }

    private void read(Socket from, BlockingQueue<Chunk> underWay, long connectedAtNanos) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                long leaves = Math.max(System.nanoTime(), connectedAtNanos);
                underWay.add(new Chunk(java.util.Arrays.copyOf(buffer, read), leaves + roundTripNanos / 2));
            }
        } catch (IOException closed) {
            // As at its end.
        }
        underWay.add(new Chunk(END, System.nanoTime() + roundTripNanos / 2));
    }

    private void write(BlockingQueue<Chunk> underWay, Socket to) {
        try {
            OutputStream out = to.getOutputStream();
            while (true) {
                Chunk next = underWay.take();
                TimeUnit.NANOSECONDS.sleep(next.dueNanos() - System.nanoTime());
                if (next.bytes().length == 0) {
                    to.close();
                    return;
                }
                out.write(next.bytes());
            }
        } catch (IOException | InterruptedException closed) {
            try {
                to.close();
            } catch (IOException ex) {
                // It is of no use any more either way.
            }
        }
    }

    private void closeAll() {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException ex) {
                // As above.
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        closeAll();
    }
}
