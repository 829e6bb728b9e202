package io.election.discovery;

import io.election.discovery.DnsMessage.Kind;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks name servers one question, over UDP, and again over TCP where the answer was cut. A cut answer is never taken for a
 * whole one. Remembers nothing.
 */
final class DnsClient {

    private static final int ROUNDS = 2;
    /** More than a message over UDP may have, to notice one that is too long. */
    private static final int MOST_OVER_UDP = 4096;

    private static final String NO_ANSWER = "no answer in time";

    private static final SecureRandom RANDOM = new SecureRandom();

    private final long firstWaitNanos;

    /**
     * Creates a client.
     *
     * @param firstWaitNanos how long a server has for its answer in the first round; twice as long in the second
     */
    DnsClient(long firstWaitNanos) {
        this.firstWaitNanos = firstWaitNanos;
    }

    /**
     * Asks one server after the other until one answers that there are such records, or that there are none. Those that did not
     * answer at all are asked twice.
     *
     * @param overTcp whether UDP is not tried
     * @return the whole answer, whose code is {@link DnsMessage#NO_ERROR} or {@link DnsMessage#NO_SUCH_NAME}
     * @throws IOException if no server answers that; its message has the reason for each of them
     */
    DnsMessage ask(List<InetSocketAddress> servers, boolean overTcp, String name, Kind kind) throws IOException {
        Map<InetSocketAddress, String> failures = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (InetSocketAddress server : servers) {
                if (round > 0 && !NO_ANSWER.equals(failures.get(server))) {
                    continue;
                }
                try {
                    DnsMessage answer = ask(server, overTcp, name, kind, firstWaitNanos << round);
                    String failure = failure(answer);
                    if (failure == null) {
                        return answer;
                    }
                    failures.put(server, failure);
                } catch (SocketTimeoutException silent) {
                    failures.put(server, NO_ANSWER);
                } catch (PortUnreachableException nobody) {
                    failures.put(server, "nobody listens there");
                } catch (IOException e) {
                    failures.put(server, e.getMessage() == null ? e.toString() : e.getMessage());
                }
            }
        }
        throw new IOException("no name server answers for " + kind + " records of '" + name + "': "
                + failures.entrySet().stream()
                        .map(failed -> text(failed.getKey()) + ", " + failed.getValue())
                        .collect(Collectors.joining("; ")));
    }

    private static @Nullable String failure(DnsMessage answer) {
        if (answer.refersToOthers()) {
            return "it knows no answer and asks nobody else";
        }
        return switch (answer.code()) {
            case DnsMessage.NO_ERROR, DnsMessage.NO_SUCH_NAME -> null;
            case 1 -> "it does not understand the question (FORMERR)";
            case 2 -> "it failed (SERVFAIL)";
            case 4 -> "it does not support the question (NOTIMP)";
            case 5 -> "it refused to answer (REFUSED)";
            default -> "its answer has the code " + answer.code();
        };
    }

    static String text(InetSocketAddress server) {
        String host = server.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + server.getPort();
    }

    private static DnsMessage ask(InetSocketAddress server, boolean overTcp, String name, Kind kind, long waitNanos)
            throws IOException {
        if (!overTcp) {
            DnsMessage answer = overUdp(server, name, kind, waitNanos);
            if (!answer.isCut()) {
                return answer;
            }
        }
        try {
            DnsMessage answer = overTcp(server, name, kind, waitNanos);
            if (answer.isCut()) {
                throw new IOException("its answer over TCP is cut");
            }
            return answer;
        } catch (SocketTimeoutException silent) {
            throw overTcp ? silent : new IOException("its answer is cut, and it does not answer over TCP", silent);
        } catch (IOException e) {
            throw overTcp ? e : new IOException("its answer is cut, and over TCP: " + e.getMessage(), e);
        }
    }

    private static DnsMessage overUdp(InetSocketAddress server, String name, Kind kind, long waitNanos)
            throws IOException {
        int id = RANDOM.nextInt(1 << 16);
        byte[] question = DnsMessage.question(id, name, kind);
        long deadline = System.nanoTime() + waitNanos;
        // A socket of its own for each question: its port, drawn by the system, is half of what a forger has to guess.
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(question, question.length));
            byte[] buffer = new byte[MOST_OVER_UDP];
            IOException unreadable = null;
            while (true) {
                DatagramPacket received = new DatagramPacket(buffer, buffer.length);
                try {
                    socket.setSoTimeout(millisUntil(deadline));
                    socket.receive(received);
                } catch (SocketTimeoutException silent) {
                    throw unreadable == null ? silent : unreadable;
                }
                // The answer to another question, or a forged one: the right one may still come.
                try {
                    DnsMessage answer = DnsMessage.read(buffer, received.getLength());
                    if (answer.answers(id, name, kind)) {
                        return answer;
                    }
                } catch (IOException e) {
                    unreadable = e;
                }
            }
        }
    }

    private static DnsMessage overTcp(InetSocketAddress server, String name, Kind kind, long waitNanos)
            throws IOException {
        int id = RANDOM.nextInt(1 << 16);
        byte[] question = DnsMessage.question(id, name, kind);
        byte[] framed = new byte[question.length + 2];
        framed[0] = (byte) (question.length >> 8);
        framed[1] = (byte) question.length;
        System.arraycopy(question, 0, framed, 2, question.length);
        long deadline = System.nanoTime() + waitNanos;
        try (Socket socket = new Socket()) {
            socket.connect(server, millisUntil(deadline));
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(framed);
            byte[] length = read(socket, 2, deadline);
            byte[] answer = read(socket, (length[0] & 0xff) << 8 | length[1] & 0xff, deadline);
            DnsMessage message = DnsMessage.read(answer, answer.length);
            if (!message.answers(id, name, kind)) {
                throw new IOException("it answers another question");
            }
            return message;
        }
    }

    /** However slowly the octets come, it ends in time. */
    private static byte[] read(Socket socket, int octets, long deadline) throws IOException {
        byte[] bytes = new byte[octets];
        int read = 0;
        while (read < octets) {
            socket.setSoTimeout(millisUntil(deadline));
            int more = socket.getInputStream().read(bytes, read, octets - read);
            if (more < 0) {
                throw new IOException("the connection ends before the answer does");
            }
            read += more;
        }
        return bytes;
    }

    private static int millisUntil(long deadlineNanos) throws SocketTimeoutException {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (left < 1) {
            throw new SocketTimeoutException(NO_ANSWER);
        }
        return (int) left;
    }
}
