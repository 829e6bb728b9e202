package io.election.cluster;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The one-way path from one member to another, over loopback: it can be cut, healed, and remembers what went through. */
final class TcpLink implements Closeable {

    private static final int REMEMBERED_BYTES = 1 << 20;

    private final ServerSocket listening;
    private final int targetPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<ByteArrayOutputStream> requests = new ArrayList<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile long delayMillis;

    TcpLink(int targetPort) throws IOException {
        this.targetPort = targetPort;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::acceptAll);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Ends all connections, and lets new ones hang, as a network does that drops packets. */
    void cut() {
        cut = true;
        open.forEach(TcpLink::close);
    }

    /** Ends each connection on which this member calls that one: a member may know of a way that leads round a cut. */
    void refuse(String from, String to) {
        refused.add(" " + from + " " + to + " ");
    }

    private boolean isRefused(byte[] request, int length) {
        if (refused.isEmpty()) {
            return false;
        }
        String text = new String(request, 0, length, StandardCharsets.ISO_8859_1);
        return refused.stream().anyMatch(text::contains);
    }

    /** Whatever comes takes so long on the way, in each direction. */
    void delay(Duration delay) {
        delayMillis = delay.toMillis();
    }

    void heal() {
        cut = false;
        refused.clear();
        // Whoever connected meanwhile hangs for ever; such a connection is ended so that the next one goes through.
        open.forEach(TcpLink::close);
    }

    /** What the connections up to now carried towards the target, one element each. */
    List<byte[]> recorded() {
        synchronized (requests) {
            return requests.stream().map(ByteArrayOutputStream::toByteArray).toList();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        open.forEach(TcpLink::close);
    }

    private void acceptAll() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                open.add(client);
                if (!cut) {
                    join(client);
                }
            } catch (IOException e) {
                if (!listening.isClosed()) {
                    throw new IllegalStateException("the link's own socket failed", e);
                }
            }
        }
    }

    private void join(Socket client) {
        Socket target;
        try {
            target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
        } catch (IOException nobodyListens) {
            close(client);
            return;
        }
        open.add(target);
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        synchronized (requests) {
            requests.add(record);
        }
        daemon(() -> pump(client, target, record));
        daemon(() -> pump(target, client, null));
    }

    private void pump(Socket from, Socket to, ByteArrayOutputStream record) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (record != null && isRefused(buffer, n)) {
                    return;
                }
                if (record != null && record.size() < REMEMBERED_BYTES) {
                    record.write(buffer, 0, n);
                }
                Thread.sleep(delayMillis);
                out.write(buffer, 0, n);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException ended) {
            // Either side hung up, or the link was cut: both sides end.
        } finally {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("closing a socket failed", e);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "tcp-link");
        thread.setDaemon(true);
        thread.start();
    }
}
