package io.election.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A stranger's connections to one port: many, slow, half open, huge, and nonsense. Ends by itself after a minute. */
final class Attack implements Closeable {

    private static final long LONGEST_NANOS = Duration.ofSeconds(60).toNanos();
    private static final byte[] SLOW_BODY =
            ascii("POST /election/heartbeat HTTP/1.1\r\nHost: x\r\nElection-Call: 1 cluster-test a b x - 1\r\n"
                    + "Content-Length: 100000\r\n\r\n{");
    private static final List<byte[]> NONSENSE = List.of(
            ascii("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001"),
            ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ascii("GET /election/whoami HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200)),
            ascii("GET /" + "x".repeat(300_000) + " HTTP/1.1\r\n\r\n"),
            ascii("POST /election/vote HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(1_000_000) + "\r\n\r\n"),
            ascii("POST /election/vote HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n".repeat(20_000) + "\r\n"),
            ascii("POST /election/append HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
                    + "z".repeat(2_000_000)),
            ascii("POST /election/append HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + ("fff\r\n" + "z".repeat(0xfff) + "\r\n").repeat(400)),
            ascii("POST /election/append HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nContent-Length: 7\r\n\r\n"),
            new byte[70_000]);

    private final int port;
    private final List<Socket> idle = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong connections = new AtomicLong();
    private final long endNanos = System.nanoTime() + LONGEST_NANOS;
    private volatile boolean over;

    Attack(int port) {
        this.port = port;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    long connections() {
        return connections.get();
    }

    private boolean goesOn() {
        return !over && System.nanoTime() - endNanos < 0;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        connections.incrementAndGet();
        return socket;
    }

    /** Connections on which nothing is ever sent. */
    Attack idle(int number) throws IOException {
        for (int i = 0; i < number; i++) {
            idle.add(connect());
        }
        return this;
    }

    /** Requests whose headers come byte by byte; one that is cut off is replaced. */
    Attack slowHeaders(int number) {
        return slow(number, ascii("POST /election/vote HTTP/1.1\r\nX: "));
    }

    /** Unsigned requests whose bodies come byte by byte; one that is cut off is replaced. */
    Attack slowBodies(int number) {
        return slow(number, SLOW_BODY);
    }

    private Attack slow(int number, byte[] beginning) {
        start(() -> {
            List<Socket> open = new ArrayList<>();
            while (goesOn()) {
                while (open.size() < number && goesOn()) {
                    try {
                        Socket socket = connect();
                        socket.getOutputStream().write(beginning);
                        open.add(socket);
                    } catch (IOException refused) {
                        break;
                    }
                }
                open.removeIf(socket -> !writes(socket, 'x'));
                pause(100);
            }
            open.forEach(Attack::reset);
        });
        return this;
    }

    /** What is no request at all, or a huge one; the connection is reset in the middle, or read to its end. */
    Attack nonsense() {
        start(() -> {
            for (int i = 0; goesOn(); i++) {
                byte[] bytes = NONSENSE.get(i % NONSENSE.size());
                try (Socket socket = connect()) {
                    OutputStream out = socket.getOutputStream();
                    out.write(bytes, 0, i % 3 == 0 ? bytes.length / 2 : bytes.length);
                    if (i % 2 == 0) {
                        socket.setSoLinger(true, 0);
                    } else {
                        socket.shutdownOutput();
                        socket.getInputStream().readNBytes(10_000);
                    }
                } catch (IOException hungUp) {
                    // That is what it is for.
                }
                pause(5);
            }
        });
        return this;
    }

    private static boolean writes(Socket socket, int b) {
        try {
            socket.getOutputStream().write(b);
            return true;
        } catch (IOException cutOff) {
            reset(socket);
            return false;
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException gone) {
            // Then it is closed.
        }
    }

    private void start(Runnable attack) {
        Thread thread = new Thread(attack, "attack-" + port);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** The pace of an attacker; nothing is waited for. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join(20_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        idle.forEach(Attack::reset);
    }
}
