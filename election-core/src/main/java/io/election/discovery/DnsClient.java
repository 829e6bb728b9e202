package io.election.discovery;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.WireParseException;
import org.xbill.DNS.io.IoClientFactory;
import org.xbill.DNS.io.TcpIoClient;
import org.xbill.DNS.io.UdpIoClient;

/**
 * Asks name servers one question, over UDP, and again over TCP where the answer was cut. A cut answer is never taken for a
 * whole one. Remembers nothing. Messages are written, read and checked by dnsjava, and only this class and {@link DnsAnswer}
 * need that library.
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
     * @return the whole answer, that there are such records, that there are none, or that there is no such name
     * @throws IOException if no server answers that; its message has the reason for each of them
     */
    DnsAnswer ask(List<InetSocketAddress> servers, boolean overTcp, String name, DnsKind kind) throws IOException {
        Record question = Record.newRecord(Name.fromString(name + "."), kind.number, DClass.IN);
        Map<InetSocketAddress, String> failures = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (InetSocketAddress server : servers) {
                if (round > 0 && !NO_ANSWER.equals(failures.get(server))) {
                    continue;
                }
                try {
                    DnsAnswer answer = ask(server, overTcp, question, firstWaitNanos << round);
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

    private static @Nullable String failure(DnsAnswer answer) {
        if (answer.refersToOthers()) {
            return "it knows no answer and asks nobody else";
        }
        return switch (answer.code()) {
            case Rcode.NOERROR, Rcode.NXDOMAIN -> null;
            case Rcode.FORMERR -> "it does not understand the question (FORMERR)";
            case Rcode.SERVFAIL -> "it failed (SERVFAIL)";
            case Rcode.NOTIMP -> "it does not support the question (NOTIMP)";
            case Rcode.REFUSED -> "it refused to answer (REFUSED)";
            default -> "its answer has the code " + answer.code();
        };
    }

    static String text(InetSocketAddress server) {
        String host = server.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + server.getPort();
    }

    private static DnsAnswer ask(InetSocketAddress server, boolean overTcp, Record question, long waitNanos)
            throws IOException {
        Sockets sockets = new Sockets(waitNanos);
        SimpleResolver resolver = new SimpleResolver(server);
        resolver.setIoClientFactory(sockets);
        resolver.setTCP(overTcp);
        // Without extensions, which not every server takes; a long answer comes over TCP.
        resolver.setEDNS(-1);
        try {
            // The sockets block, so it is done on this thread when it returns.
            Message answer = resolver.sendAsync(question(question), Runnable::run)
                    .toCompletableFuture()
                    .join();
            DnsAnswer whole = new DnsAnswer(answer, question);
            if (whole.isCut()) {
                throw new IOException("its answer over TCP is cut");
            }
            return whole;
        } catch (CompletionException failed) {
            throw failure(failed.getCause(), !overTcp && sockets.triedTcp());
        }
    }

    private static Message question(Record question) {
        Message message = Message.newQuery(question);
        message.getHeader().setID(RANDOM.nextInt(1 << 16));
        return message;
    }

    private static IOException failure(@Nullable Throwable cause, boolean cut) {
        if (cause instanceof SocketTimeoutException silent) {
            return cut ? new IOException("its answer is cut, and it does not answer over TCP", silent) : silent;
        }
        if (cause instanceof IOException e && !(cause instanceof WireParseException)) {
            return cut ? new IOException("its answer is cut, and over TCP: " + e.getMessage(), e) : e;
        }
        return new IOException("what it sends cannot be read" + (cut ? ", after an answer that is cut" : ""), cause);
    }

    /**
     * Carries one question and its answer. The library's own way has a thread for the whole JVM that ends with it, and takes the
     * first datagram that comes for the answer.
     */
    private static final class Sockets implements IoClientFactory, UdpIoClient, TcpIoClient {

        private final long waitNanos;
        private boolean triedTcp;

        Sockets(long waitNanos) {
            this.waitNanos = waitNanos;
        }

        boolean triedTcp() {
            return triedTcp;
        }

        @Override
        public UdpIoClient createOrGetUdpClient() {
            return this;
        }

        @Override
        public TcpIoClient createOrGetTcpClient() {
            return this;
        }

        @Override
        public CompletableFuture<byte[]> sendAndReceiveUdp(
                @Nullable InetSocketAddress local,
                InetSocketAddress remote,
                Message query,
                byte[] data,
                int max,
                Duration timeout) {
            return completed(() -> overUdp(remote, data));
        }

        @Override
        public CompletableFuture<byte[]> sendAndReceiveTcp(
                @Nullable InetSocketAddress local,
                InetSocketAddress remote,
                Message query,
                byte[] data,
                Duration timeout) {
            triedTcp = true;
            return completed(() -> overTcp(remote, data));
        }

        private static CompletableFuture<byte[]> completed(Callable<byte[]> exchange) {
            try {
                return CompletableFuture.completedFuture(exchange.call());
            } catch (Exception failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }

        private byte[] overUdp(InetSocketAddress server, byte[] question) throws IOException {
            long deadline = System.nanoTime() + waitNanos;
            // A socket of its own for each question: its port, drawn by the system, is half of what a forger has to
            // guess.
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(server);
                socket.send(new DatagramPacket(question, question.length));
                DatagramPacket received = new DatagramPacket(new byte[MOST_OVER_UDP], MOST_OVER_UDP);
                while (true) {
                    received.setLength(MOST_OVER_UDP);
                    socket.setSoTimeout(millisUntil(deadline));
                    socket.receive(received);
                    byte[] answer = Arrays.copyOf(received.getData(), received.getLength());
                    // The answer to another question, or a forged one: the right one may still come.
                    if (answers(answer, question)) {
                        return answer;
                    }
                }
            }
        }

        /** Whether it is an answer, and has the number of the question. */
        private static boolean answers(byte[] answer, byte[] question) {
            return answer.length > 2 && answer[0] == question[0] && answer[1] == question[1] && (answer[2] & 0x80) != 0;
        }

        private byte[] overTcp(InetSocketAddress server, byte[] question) throws IOException {
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
                if (!answers(answer, question)) {
                    throw new IOException("it answers another question");
                }
                return answer;
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
}
