package io.election.peer;

import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of the election's own, with a thread for each connection. Members keep theirs open; so one heartbeat wakes one
 * thread here.
 *
 * <p>Limits: up to {@value #STRANGERS} connections on which no member's request has been accepted yet. Where another one
 * comes, the one that has been open for the longest is closed: a member's first request is there within milliseconds, so
 * it is hardly ever the one. Each is closed {@link #READ_WITHIN} after it was opened. A member keeps up to
 * {@value #OF_ONE_MEMBER} connections; beyond them, its oldest one that waits for a request is closed. A request must be there
 * {@link #READ_WITHIN} after its first byte, and its answer must be taken within as much. An error of the thread that
 * accepts connections (no memory, no file handles) is logged, and it goes on.
 */
final class PeerServer {

    static final Duration READ_WITHIN = PeerEndpoint.READ_WITHIN;
    static final int STRANGERS = 64;
    /** As many requests as may be held at a time. */
    static final int OF_ONE_MEMBER = PeerTunnel.OF_ONE_MEMBER;

    private static final Logger log = LoggerFactory.getLogger(PeerServer.class);
    private static final Duration LEFT_WITHIN = Duration.ofSeconds(1);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final PeerSettings settings;
    private final PeerEndpoint endpoint;
    private final PeerThreads names;
    private final String root;
    private final String prefixed;
    private final boolean needsCertificate;
    private final TlsInUse tls;
    private final ServerSocket listener;
    private final ThreadFactory threads;
    private final Thread acceptor;
    private final Set<Caller> callers = new HashSet<>();
    private volatile boolean closed;

    /**
     * Listens and answers.
     *
     * @param tls what new connections use; older ones are closed after their next answer
     * @throws UncheckedIOException if the port cannot be had, naming it
     */
    PeerServer(
            PeerSettings settings,
            PeerSettings.ServerSettings where,
            TlsInUse tls,
            PeerEndpoint endpoint,
            PeerThreads names) {
        this.settings = settings;
        this.tls = tls;
        this.endpoint = endpoint;
        this.names = names;
        root = settings.path() + "/";
        prefixed = PeerSettings.prefix(Objects.requireNonNull(settings.urls().get(settings.nodeId()))) + root;
        needsCertificate = settings.authentication() instanceof PeerAuthentication.TlsIdentity;
        listener = listen(where);
        threads = names.named("peer-server");
        acceptor = names.named("peer-accept").newThread(this::accept);
        acceptor.start();
    }

    private static ServerSocket listen(PeerSettings.ServerSettings where) {
        InetAddress address = where.address();
        InetSocketAddress socket =
                address == null ? new InetSocketAddress(where.port()) : new InetSocketAddress(address, where.port());
        ServerSocket opened = null;
        try {
            opened = new ServerSocket();
            opened.bind(socket, STRANGERS);
            return opened;
        } catch (BindException ex) {
            close(opened);
            throw new UncheckedIOException("cannot listen for peers on " + socket + ": " + ex.getMessage(), ex);
        } catch (IOException ex) {
            close(opened);
            throw new UncheckedIOException("cannot listen for peers on " + socket, ex);
        }
    }

    private static void close(@Nullable ServerSocket socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException ex) {
                // It is of no use any more either way.
            }
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    void close() {
        closed = true;
        close(listener);
        cutOff(caller -> true);
        awaitAcceptor();
    }

    /** The port is free once no thread waits at it any more. */
    private void awaitAcceptor() {
        try {
            acceptor.join(LEFT_WITHIN.toMillis());
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                admit(listener.accept());
            } catch (IOException | RuntimeException | Error ex) {
                if (!closed) {
                    say(ex);
                    cutOffTheOldestStranger();
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    private void say(Throwable failure) {
        try {
            log.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, names.cluster())
                    .addKeyValue(LogKeys.NODE, names.nodeId())
                    .setCause(failure)
                    .log(
                            "A connection of a peer could not be accepted. The next one is tried in {} ms.",
                            PAUSE_NANOS / 1_000_000);
        } catch (Error unsaid) {
            if (LackOfMemory.in(unsaid) == null) {
                throw unsaid;
            }
        }
    }

    private void admit(Socket socket) {
        Caller caller = new Caller(socket);
        synchronized (callers) {
            if (callers.stream().filter(Caller::isStranger).count() >= STRANGERS) {
                cutOffTheOldestStranger();
            }
            callers.add(caller);
        }
        try {
            threads.newThread(caller).start();
        } catch (Error ex) {
            caller.cutOff();
            forget(caller);
            throw ex;
        }
        if (closed) {
            caller.cutOff();
        }
    }

    private void cutOffTheOldestStranger() {
        oldest(Caller::isStranger);
    }

    private void oldest(Predicate<Caller> which) {
        synchronized (callers) {
            callers.stream()
                    .filter(which)
                    .filter(Caller::isOpen)
                    .min(Comparator.comparingLong(caller -> caller.openedNanos))
                    .ifPresent(Caller::cutOff);
        }
    }

    private void forget(Caller caller) {
        synchronized (callers) {
            callers.remove(caller);
        }
    }

    /** Cuts off callers that have had their time. */
    void lookAfter(long nowNanos) {
        cutOff(caller -> caller.isLate(nowNanos));
    }

    private void cutOff(Predicate<Caller> which) {
        List<Caller> found;
        synchronized (callers) {
            found = new ArrayList<>(callers);
        }
        for (Caller caller : found) {
            if (which.test(caller)) {
                caller.cutOff();
            }
        }
    }

    /** The path below the peers', or the empty one. */
    private String below(String path) {
        // A proxy may have taken the prefix off.
        int from = path.startsWith(prefixed) ? prefixed.length() : path.startsWith(root) ? root.length() : -1;
        return from < 0 ? "" : path.substring(from);
    }

    /** One connection on its thread. */
    private final class Caller implements Runnable {

        private final Socket socket;
        private final long openedNanos = System.nanoTime();
        private final @Nullable PeerTls openedWith = tls.now();
        private volatile @Nullable String member;
        private final LatestPath path = new LatestPath(PeerServer.this::below);
        /** Whether it waits for a member's next request. */
        private volatile boolean idle;
        /** When the caller has had its time, or {@link Long#MAX_VALUE} while it is this member's turn. */
        private volatile long lateAtNanos = openedNanos + READ_WITHIN.toNanos();

        private volatile boolean cut;

        Caller(Socket socket) {
            this.socket = socket;
        }

        boolean isStranger() {
            return member == null;
        }

        boolean isOpen() {
            return !cut;
        }

        boolean isLate(long nowNanos) {
            return lateAtNanos != Long.MAX_VALUE && nowNanos - lateAtNanos > 0;
        }

        void cutOff() {
            cut = true;
            HttpConnection.close(socket);
        }

        /** Called while a request of this member is being answered. */
        void belongsTo(String sender) {
            if (!sender.equals(member)) {
                synchronized (callers) {
                    member = sender;
                    Predicate<Caller> same = caller -> sender.equals(caller.member);
                    if (callers.stream().filter(same).filter(Caller::isOpen).count() > OF_ONE_MEMBER) {
                        oldest(same.and(caller -> caller.idle));
                    }
                }
            }
            lateAtNanos = Long.MAX_VALUE;
        }

        @Override
        public void run() {
            try {
                HttpConnection connection =
                        HttpConnection.accept(socket, TlsInUse.ofServer(openedWith), needsCertificate, lateAtNanos);
                while (answersOne(connection)) {
                    // As long as both sides like.
                    continue;
                }
            } catch (SSLException ex) {
                endpoint.noHandshake(ex, HttpConnection.remote(socket));
            } catch (IOException ex) {
                // The caller has gone, was too slow, or does not speak HTTP or TLS. It notices.
            } catch (Error ex) {
                if (LackOfMemory.in(ex) == null) {
                    throw ex;
                }
            } finally {
                HttpConnection.close(socket);
                forget(this);
            }
        }

        /** Whether another request may follow. */
        private boolean answersOne(HttpConnection connection) throws IOException {
            if (member != null) {
                lateAtNanos = Long.MAX_VALUE;
                connection.readUntil(Long.MAX_VALUE);
                idle = true;
                boolean more = connection.awaitMessage();
                idle = false;
                if (!more) {
                    return false;
                }
                lateAtNanos = System.nanoTime() + READ_WITHIN.toNanos();
            }
            connection.readUntil(lateAtNanos);
            HttpHead head = connection.readHead();
            PeerRequest request = new PeerRequest(connection, head, this);
            PeerEndpoint.Answer answer = endpoint.answer(path.of(head.target()), request);
            // Whoever is told that the connection ends loses no request with it.
            boolean current = openedWith == tls.now();
            boolean keeps = member != null && head.keepsConnection() && request.isRead() && current;
            lateAtNanos = System.nanoTime() + READ_WITHIN.toNanos();
            answer.write(connection.next(), keeps);
            connection.send();
            if (!keeps) {
                connection.endAfterAnswer(lateAtNanos, PeerEndpoint.LARGEST_BODY);
            }
            return keeps;
        }
    }

    /** A request as it comes in. */
    private static final class PeerRequest implements OwnExchange {

        private final HttpConnection connection;
        private final HttpHead head;
        private final Caller caller;
        private boolean read;

        PeerRequest(HttpConnection connection, HttpHead head, Caller caller) {
            this.connection = connection;
            this.head = head;
            this.caller = caller;
        }

        boolean isRead() {
            return read;
        }

        @Override
        public HttpHead head() {
            return head;
        }

        @Override
        public byte[] body(int limit) throws IOException {
            byte[] body = connection.readBody(head, true, limit);
            read = true;
            return body;
        }

        @Override
        public void accepted(String sender) {
            caller.belongsTo(sender);
        }

        @Override
        public @Nullable X509Certificate certificate() {
            return connection.certificate();
        }

        @Override
        public String remote() {
            return connection.remote();
        }
    }
}
