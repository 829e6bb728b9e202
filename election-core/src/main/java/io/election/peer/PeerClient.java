package io.election.peer;

import io.election.core.Header;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.SignedHttp.Received;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to peers.
 *
 * <p>Every peer has, in each lane, up to {@value #OUTSTANDING} threads that each wait for one answer; they appear when
 * needed and go when idle. So nothing queues: a request beyond them fails at once, a peer that hangs holds up its own
 * threads only, and a name that does not resolve those too. Each lane has its own {@link HttpClient} and so its own
 * connections. The asynchronous calls of that client end on the JVM's common pool, which the application may have
 * filled; its blocking calls do not, which is why they are made here.
 *
 * <p>A timer ends every request in time, whatever the connection does. A connection that the server closed just as it
 * was used again costs one more attempt, signed anew. Where there is no memory for a request it fails, and the next one
 * begins anew: pools replace their threads, and a {@link LaneClient} its client.
 */
final class PeerClient {

    /** Requests under way to one peer in one lane. */
    static final int OUTSTANDING = 4;

    /** A first request and one that follows a challenge, and the same again if the receiver restarted meanwhile. */
    private static final int CHALLENGES = 2;

    private static final int IDENTIFYING = 2;
    private static final Duration PRESENCE_PATIENCE = Duration.ofSeconds(5);
    private static final String NO_MEMORY = "this member has run out of memory";
    private static final Duration IDLE_THREADS_STAY = Duration.ofSeconds(30);

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final PeerEndpoint endpoint;
    /** The processes that answered at each member's url. */
    private final Lives answerers;
    /** Makes every signature of this client a new one. */
    private final String life = Call.encode(Call.random(16));

    private final SignedHttp http;
    private final Map<MessageKind.Lane, LaneClient> clients = new EnumMap<>(MessageKind.Lane.class);
    private final Map<String, Peer> peers = new HashMap<>();
    private final UrlCheck urlCheck;
    private final ThreadPoolExecutor tls;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<Sending> outstanding = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    PeerClient(PeerSettings settings, MessageCodec codec, String process, PeerEndpoint endpoint, PeerThreads names) {
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        this.endpoint = endpoint;
        answerers = new Lives(settings.electionTimeout(), System::nanoTime);
        http = new SignedHttp(settings);
        timer = new ScheduledThreadPoolExecutor(1, names.named("peer-timer"));
        timer.setRemoveOnCancelPolicy(true);
        // With something due before any request's limit, a new limit is never the first one, and wakes no thread.
        long pulseNanos = settings.electionTimeout().toNanos() / 2;
        timer.scheduleWithFixedDelay(() -> {}, pulseNanos, pulseNanos, TimeUnit.NANOSECONDS);
        urlCheck = new UrlCheck(
                settings,
                codec,
                process,
                life,
                http,
                () -> client(MessageKind.Lane.DISK),
                threads(IDENTIFYING, names, "peer-identify"),
                timer);
        // Its queue is bounded by the requests under way, each of which has a few steps to do.
        tls = new ThreadPoolExecutor(
                2,
                2,
                IDLE_THREADS_STAY.toNanos(),
                TimeUnit.NANOSECONDS,
                new LinkedBlockingQueue<>(),
                names.named("peer-tls"));
        tls.allowCoreThreadTimeOut(true);
        for (MessageKind.Lane lane : MessageKind.Lane.values()) {
            clients.put(
                    lane,
                    new LaneClient(names.name("peer-client-" + lane.name().toLowerCase(Locale.ROOT)), this::newClient));
        }
        settings.urls().forEach((id, url) -> {
            if (!id.equals(settings.nodeId())) {
                peers.put(id, new Peer(id, url, names));
            }
        });
    }

    private static ThreadPoolExecutor threads(int most, PeerThreads names, String purpose) {
        return new ThreadPoolExecutor(
                0,
                most,
                IDLE_THREADS_STAY.toNanos(),
                TimeUnit.NANOSECONDS,
                new SynchronousQueue<>(),
                names.named(purpose));
    }

    private HttpClient newClient() {
        SSLContext sslContext = settings.sslContext();
        // What the client itself has to do never blocks, but for TLS's arithmetic: its selector's thread can do it.
        boolean plain = settings.urls().values().stream().allMatch(url -> "http".equalsIgnoreCase(url.getScheme()));
        Executor executor = plain ? Runnable::run : tls;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.electionTimeout())
                .executor(executor);
        if (sslContext != null) {
            builder.sslContext(sslContext);
        }
        return builder.build();
    }

    /** As {@link PeerTransport#send}. */
    void send(Request request, PeerCallback callback) {
        String to = request.header().to();
        Peer peer = peers.get(to);
        if (peer == null) {
            callback.failed("'" + to + "' is no other member on this member's list");
            return;
        }
        new MessageSending(peer, MessageKind.of(request), request, callback).begin();
    }

    /** As {@link PeerTransport#ask}. */
    void ask(String member, PresenceCallback callback) {
        Peer peer = peers.get(member);
        if (peer == null) {
            callback.notAsked();
        } else {
            new PresenceSending(peer, callback).begin();
        }
    }

    /** As {@link HttpPeerTransport#identify}. */
    CompletableFuture<PeerIdentity> identify(URI url) {
        return urlCheck.identify(url);
    }

    /** Fails what is under way, and ends the threads. */
    void close() {
        closed = true;
        outstanding.forEach(Sending::close);
        peers.values().forEach(Peer::close);
        urlCheck.close();
        clients.values().forEach(LaneClient::shutDown);
        tls.shutdown();
        timer.shutdownNow();
        // One that began while this was closing.
        outstanding.forEach(Sending::close);
    }

    private HttpClient client(MessageKind.Lane lane) {
        return Objects.requireNonNull(clients.get(lane)).get();
    }

    /** Whether the connection may have been one that the server was just closing. */
    private static boolean mayHaveBeenStale(IOException ex) {
        return !(ex instanceof ConnectException || ex instanceof HttpTimeoutException || ex instanceof SSLException);
    }

    private static final class FailedException extends Exception {

        FailedException(String message) {
            super(message, null, false, false);
        }
    }

    /** One challenge of a receiver, or none yet, and the numbers used under it. */
    private static final class Session {

        private final String challenge;
        private final AtomicLong sequence = new AtomicLong();

        Session(String challenge) {
            this.challenge = challenge;
        }
    }

    private final class Peer {

        private final String id;
        private final String callPrefix;
        private final Map<MessageKind, URI> uris = new EnumMap<>(MessageKind.class);
        private final URI presence;
        private final Map<MessageKind.Lane, ThreadPoolExecutor> lanes = new EnumMap<>(MessageKind.Lane.class);
        private volatile Session session = new Session("");
        /** Whether anything ever answered there in HTTP, whatever it was. */
        private volatile boolean hasAnswered;

        Peer(String id, URI url, PeerThreads names) {
            this.id = id;
            callPrefix = Call.prefix(settings.cluster(), settings.nodeId(), id, life);
            for (MessageKind kind : MessageKind.values()) {
                uris.put(kind, http.below(url, kind.path()));
            }
            presence = http.below(url, PeerEndpoint.PRESENCE);
            lanes.put(MessageKind.Lane.HEARTBEAT, threads(OUTSTANDING, names, "peer-heartbeat-" + id));
            lanes.put(MessageKind.Lane.DISK, threads(OUTSTANDING, names, "peer-" + id));
        }

        Executor lane(MessageKind.Lane lane) {
            return Objects.requireNonNull(lanes.get(lane));
        }

        URI uri(MessageKind kind) {
            return Objects.requireNonNull(uris.get(kind));
        }

        /** Another request may have brought a challenge already; then that one is good. */
        synchronized void renew(Session refused, String challenge) {
            if (session == refused) {
                session = new Session(challenge);
            }
        }

        void close() {
            lanes.values().forEach(ThreadPoolExecutor::shutdownNow);
        }
    }

    /** One request under way: ends once, by its answer, by a failure, or by the timer. */
    private abstract class Sending implements Runnable {

        final Peer peer;
        private final String path;
        private final URI uri;
        private final MessageKind.Lane lane;
        private final Duration patience;
        private boolean ended;
        private @Nullable Thread thread;
        private @Nullable Future<?> limit;

        Sending(Peer peer, String path, URI uri, MessageKind.Lane lane, Duration patience) {
            this.peer = peer;
            this.path = path;
            this.uri = uri;
            this.lane = lane;
            this.patience = patience;
        }

        abstract byte[] body();

        /** Reads an answer that comes from the member; what comes back delivers it. */
        abstract Runnable read(byte[] body) throws BadMessageException, FailedException;

        abstract void failed(String detail);

        abstract void notSent(String detail);

        void begin() {
            outstanding.add(this);
            try {
                // Made now: when the time is up there may be no memory for it, and a thread would wait for ever.
                String tooLate = FailedCall.silent(patience, uri, peer.hasAnswered);
                limit = timer.schedule(() -> end(tooLate), patience.toNanos(), TimeUnit.NANOSECONDS);
                peer.lane(lane).execute(this);
            } catch (OutOfMemoryError ex) {
                if (markEnded()) {
                    notSent(NO_MEMORY);
                }
            } catch (RejectedExecutionException ex) {
                if (markEnded()) {
                    notSent(
                            closed
                                    ? "closed"
                                    : "too many outstanding: " + OUTSTANDING + " requests wait for it already");
                }
            }
            if (closed) {
                close();
            }
        }

        /** This member closes, which says nothing about the peer. */
        void close() {
            if (markEnded()) {
                notSent("closed");
            }
        }

        @Override
        public void run() {
            synchronized (this) {
                if (ended) {
                    return;
                }
                thread = Thread.currentThread();
            }
            try {
                exchangeAndEnd();
            } finally {
                synchronized (this) {
                    thread = null;
                    // The timer's interrupt must not meet this thread's next request.
                    Thread.interrupted();
                }
            }
        }

        private void exchangeAndEnd() {
            Runnable delivery;
            try {
                delivery = read(exchange());
            } catch (FailedException ex) {
                end(String.valueOf(ex.getMessage()));
                return;
            } catch (IOException ex) {
                end(http.describe(ex, uri));
                return;
            } catch (InterruptedException ex) {
                end("interrupted");
                return;
            } catch (RuntimeException ex) {
                end("could not be sent: " + ex);
                return;
            } catch (OutOfMemoryError ex) {
                // Of this member, which says nothing about the peer.
                if (markEnded()) {
                    notSent(NO_MEMORY);
                }
                return;
            }
            if (markEnded()) {
                delivery.run();
            }
        }

        /** Fails the request, if it has not ended. */
        void end(String detail) {
            if (markEnded()) {
                failed(detail);
            }
        }

        private boolean markEnded() {
            Future<?> timeLimit;
            synchronized (this) {
                if (ended) {
                    return false;
                }
                ended = true;
                timeLimit = limit;
                if (thread != null && thread != Thread.currentThread()) {
                    thread.interrupt();
                }
            }
            outstanding.remove(this);
            if (timeLimit != null) {
                timeLimit.cancel(false);
            }
            return true;
        }

        private Received exchange() throws IOException, InterruptedException, FailedException {
            byte[] body = body();
            String digest = http.digest(body);
            int challenges = 0;
            boolean again = false;
            while (true) {
                Session session = peer.session;
                Received received;
                try {
                    received = post(session, body, digest);
                } catch (IOException ex) {
                    if (again || !mayHaveBeenStale(ex)) {
                        throw ex;
                    }
                    again = true;
                    continue;
                }
                if (received.status() != 401
                        || !received.signed()
                        || received.challenge().isEmpty()) {
                    return received;
                }
                if (++challenges > CHALLENGES) {
                    throw new FailedException("it keeps asking for a new session: does another process run as '"
                            + settings.nodeId() + "'?");
                }
                peer.renew(session, received.challenge());
            }
        }

        private Received post(Session session, byte[] body, String digest) throws IOException, InterruptedException {
            String call = Call.text(peer.callPrefix, session.challenge, session.sequence.incrementAndGet());
            Received received = http.post(client(lane), uri, path, call, body, digest);
            peer.hasAnswered = true;
            return received;
        }

        private Runnable read(Received received) throws FailedException {
            if (!received.isGood()) {
                throw new FailedException(received.describe());
            }
            if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                    && !CertificateNames.name(received.certificate(), peer.id)) {
                throw new FailedException("its certificate does not name '" + peer.id + "'");
            }
            try {
                return read(received.body());
            } catch (BadMessageException ex) {
                throw new FailedException("bad answer: " + ex.getMessage());
            }
        }
    }

    /** A message of the election. */
    private final class MessageSending extends Sending {

        private final MessageKind kind;
        private final Request request;
        private final PeerCallback callback;

        MessageSending(Peer peer, MessageKind kind, Request request, PeerCallback callback) {
            super(peer, kind.path(), peer.uri(kind), kind.lane(), settings.patience(kind));
            this.kind = kind;
            this.request = request;
            this.callback = callback;
        }

        @Override
        byte[] body() {
            return codec.write(request);
        }

        @Override
        Runnable read(byte[] body) throws BadMessageException, FailedException {
            Response response = codec.readResponse(kind, body);
            Header answer = response.header();
            Header asked = request.header();
            if (!answer.cluster().equals(asked.cluster())
                    || !answer.from().equals(asked.to())
                    || !answer.to().equals(asked.from())
                    || answer.requestId() != asked.requestId()) {
                throw new FailedException("its answer belongs to another request or member");
            }
            return () -> callback.answered(response);
        }

        @Override
        void failed(String detail) {
            callback.failed(detail);
        }

        @Override
        void notSent(String detail) {
            callback.notSent(detail);
        }
    }

    /** The question whether a member is there. */
    private final class PresenceSending extends Sending {

        private final PresenceCallback callback;

        PresenceSending(Peer peer, PresenceCallback callback) {
            super(
                    peer,
                    PeerEndpoint.PRESENCE,
                    peer.presence,
                    MessageKind.Lane.DISK,
                    PeerSettings.longer(settings.electionTimeout(), PRESENCE_PATIENCE));
            this.callback = callback;
        }

        @Override
        byte[] body() {
            return new byte[0];
        }

        @Override
        Runnable read(byte[] body) throws BadMessageException, FailedException {
            MessageCodec.Presence presence = codec.readPresence(body);
            MessageCodec.WhoAmI self = presence.self();
            if (self.process().equals(process)) {
                throw new FailedException("its url leads to this member itself");
            }
            if (!self.cluster().equals(settings.cluster()) || !self.nodeId().equals(peer.id)) {
                throw new FailedException("its url leads to member '" + PeerEndpoint.printable(self.nodeId())
                        + "' of cluster '" + PeerEndpoint.printable(self.cluster()) + "'");
            }
            answerers.saw(peer.id, self.process());
            boolean twice = answerers.twice(peer.id) || endpoint.callsTwice(peer.id);
            PeerPresence present = new PeerPresence(presence.state(), twice, presence.askerRunsTwice());
            return () -> callback.present(present);
        }

        @Override
        void failed(String detail) {
            callback.absent(detail);
        }

        @Override
        void notSent(String detail) {
            callback.notAsked();
        }
    }
}
