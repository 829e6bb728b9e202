package io.election.peer;

import io.election.core.Header;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerAuthentication.SharedSecret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
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
import javax.net.ssl.SSLPeerUnverifiedException;
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
 * was used again costs one more attempt, signed anew.
 */
final class PeerClient {

    /** Requests under way to one peer in one lane. */
    static final int OUTSTANDING = 4;

    /** A first request and one that follows a challenge, and the same again if the receiver restarted meanwhile. */
    private static final int CHALLENGES = 2;

    private static final int IDENTIFYING = 2;
    private static final Duration IDLE_THREADS_STAY = Duration.ofSeconds(30);

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    /** Makes every signature of this client a new one. */
    private final String life = Call.encode(Call.random(16));

    private final AtomicLong identifications = new AtomicLong();
    private final @Nullable SharedSecret secret;
    private final Map<MessageKind.Lane, HttpClient> clients = new EnumMap<>(MessageKind.Lane.class);
    private final Map<String, Peer> peers = new HashMap<>();
    private final ThreadPoolExecutor identifying;
    private final ThreadPoolExecutor tls;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<Sending> outstanding = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    PeerClient(PeerSettings settings, MessageCodec codec, String process, PeerThreads names) {
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        secret = settings.authentication().secret();
        timer = new ScheduledThreadPoolExecutor(1, names.named("peer-timer"));
        timer.setRemoveOnCancelPolicy(true);
        // With something due before any request's limit, a new limit is never the first one, and wakes no thread.
        long pulseNanos = settings.electionTimeout().toNanos() / 2;
        timer.scheduleWithFixedDelay(() -> {}, pulseNanos, pulseNanos, TimeUnit.NANOSECONDS);
        identifying = threads(IDENTIFYING, names, "peer-identify");
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
            clients.put(lane, newClient());
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
        new Sending(peer, MessageKind.of(request), request, callback).begin();
    }

    /** Asks who answers at a url; completes within a bounded time, never exceptionally. */
    CompletableFuture<PeerIdentity> identify(URI url) {
        CompletableFuture<PeerIdentity> identity = new CompletableFuture<>();
        Duration patience = PeerSettings.longer(settings.electionTimeout(), Duration.ofSeconds(5));
        try {
            Future<?> asking = identifying.submit(() -> identity.complete(ask(url)));
            Future<?> limit = timer.schedule(
                    () -> {
                        identity.complete(new PeerIdentity.Nobody("no answer within " + patience));
                        asking.cancel(true);
                    },
                    patience.toNanos(),
                    TimeUnit.NANOSECONDS);
            identity.whenComplete((answer, failure) -> limit.cancel(false));
        } catch (RejectedExecutionException ex) {
            identity.complete(new PeerIdentity.Nobody(closed ? "closed" : "too many are being asked already"));
        }
        return identity;
    }

    private PeerIdentity ask(URI url) {
        String call = Call.text(
                Call.prefix(settings.cluster(), settings.nodeId(), "", life), "", identifications.incrementAndGet());
        String digest = Call.digest(new byte[0]);
        byte[] mac = sign(PeerEndpoint.WHO_AM_I, call, digest);
        try {
            HttpRequest request = signed(HttpRequest.newBuilder(below(url, PeerEndpoint.WHO_AM_I)), call, digest, mac)
                    .GET()
                    .build();
            Received received = receive(client(MessageKind.Lane.DISK), request, mac);
            if (received.status() != 200 || !received.signed()) {
                return new PeerIdentity.SomethingElse(received.describe());
            }
            MessageCodec.WhoAmI self = codec.readWhoAmI(received.body());
            if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                    && !CertificateNames.name(received.certificate(), self.nodeId())) {
                return new PeerIdentity.SomethingElse("its certificate does not name '" + self.nodeId() + "'");
            }
            return self.process().equals(process)
                    ? new PeerIdentity.Self()
                    : new PeerIdentity.AnotherMember(self.cluster(), self.nodeId(), self.notReady());
        } catch (BadMessageException ex) {
            return new PeerIdentity.SomethingElse("its answer is not a member's");
        } catch (SSLException ex) {
            return new PeerIdentity.SomethingElse(describe(ex));
        } catch (IOException ex) {
            return new PeerIdentity.Nobody(describe(ex));
        } catch (InterruptedException ex) {
            return new PeerIdentity.Nobody("interrupted");
        }
    }

    /** Fails what is under way, and ends the threads. */
    void close() {
        closed = true;
        outstanding.forEach(sending -> sending.end("closed"));
        peers.values().forEach(Peer::close);
        identifying.shutdownNow();
        clients.values().forEach(PeerClient::shutDown);
        tls.shutdown();
        timer.shutdownNow();
        // One that began while this was closing.
        outstanding.forEach(sending -> sending.end("closed"));
    }

    /** JDK 21 and later can end a client; earlier ones end it, and its connections, when it is garbage. */
    private static void shutDown(HttpClient client) {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (NoSuchMethodException ex) {
            return;
        } catch (ReflectiveOperationException ex) {
            throw new IllegalStateException("the HTTP client cannot be closed", ex);
        }
    }

    private HttpClient client(MessageKind.Lane lane) {
        return Objects.requireNonNull(clients.get(lane));
    }

    private URI below(URI base, String path) {
        String text = base.toString();
        String root = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return URI.create(root + settings.path() + "/" + path);
    }

    private byte[] sign(String path, String call, String digest) {
        return secret == null ? new byte[0] : secret.sending().mac(Call.signedParts(path, call, digest));
    }

    private static HttpRequest.Builder signed(HttpRequest.Builder request, String call, String digest, byte[] mac) {
        request.setHeader(Call.HEADER, call);
        return mac.length == 0
                ? request
                : request.setHeader(Call.DIGEST_HEADER, digest).setHeader(Call.MAC_HEADER, Call.encode(mac));
    }

    private Received receive(HttpClient client, HttpRequest request, byte[] requestMac)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, info -> new LimitedBody(PeerEndpoint.LARGEST_BODY));
        byte[] body = response.headers()
                .firstValue(Call.BODY_HEADER)
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .orElseGet(response::body);
        String challenge = response.headers().firstValue(Call.CHALLENGE_HEADER).orElse("");
        byte[] mac = Call.decode(response.headers().firstValue(Call.MAC_HEADER).orElse(null));
        boolean signed = secret == null
                || secret.sending().verifies(mac, Call.signedParts(requestMac, response.statusCode(), challenge, body));
        return new Received(response.statusCode(), challenge, body, signed, certificate(response));
    }

    private static @Nullable X509Certificate certificate(HttpResponse<?> response) {
        try {
            if (response.sslSession().isPresent()) {
                Certificate[] chain = response.sslSession().get().getPeerCertificates();
                return chain[0] instanceof X509Certificate x509 ? x509 : null;
            }
        } catch (SSLPeerUnverifiedException ex) {
            return null;
        }
        return null;
    }

    private static String describe(IOException ex) {
        for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "unknown host";
            }
        }
        if (ex instanceof HttpConnectTimeoutException) {
            return "no connection in time";
        }
        if (ex instanceof ConnectException) {
            return ex.getMessage() == null ? "connection refused" : ex.getMessage();
        }
        String message = ex.getMessage() == null ? ex.getClass().getSimpleName() : ex.getMessage();
        return ex instanceof SSLException ? "TLS: " + message : message;
    }

    /** Whether the connection may have been one that the server was just closing. */
    private static boolean mayHaveBeenStale(IOException ex) {
        return !(ex instanceof ConnectException || ex instanceof HttpTimeoutException || ex instanceof SSLException);
    }

    /** An answer, whoever it is from. */
    private record Received(
            int status,
            String challenge,
            byte[] body,
            boolean signed,
            @Nullable X509Certificate certificate) {

        String describe() {
            String text = PeerEndpoint.printable(new String(body, StandardCharsets.UTF_8));
            return (signed ? "refused" : "unsigned answer") + " (" + status + ")" + (text.isEmpty() ? "" : ": " + text);
        }
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
        private final Map<MessageKind.Lane, ThreadPoolExecutor> lanes = new EnumMap<>(MessageKind.Lane.class);
        private volatile Session session = new Session("");

        Peer(String id, URI url, PeerThreads names) {
            this.id = id;
            callPrefix = Call.prefix(settings.cluster(), settings.nodeId(), id, life);
            for (MessageKind kind : MessageKind.values()) {
                uris.put(kind, below(url, kind.path()));
            }
            lanes.put(MessageKind.Lane.HEARTBEAT, threads(OUTSTANDING, names, "peer-heartbeat-" + id));
            lanes.put(MessageKind.Lane.DISK, threads(OUTSTANDING, names, "peer-" + id));
        }

        Executor lane(MessageKind kind) {
            return Objects.requireNonNull(lanes.get(kind.lane()));
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
    private final class Sending implements Runnable {

        private final Peer peer;
        private final MessageKind kind;
        private final Request request;
        private final PeerCallback callback;
        private boolean ended;
        private @Nullable Thread thread;
        private @Nullable Future<?> limit;

        Sending(Peer peer, MessageKind kind, Request request, PeerCallback callback) {
            this.peer = peer;
            this.kind = kind;
            this.request = request;
            this.callback = callback;
        }

        void begin() {
            outstanding.add(this);
            try {
                Duration patience = settings.patience(kind);
                limit = timer.schedule(
                        () -> end("no answer within " + patience), patience.toNanos(), TimeUnit.NANOSECONDS);
                peer.lane(kind).execute(this);
            } catch (RejectedExecutionException ex) {
                end(closed ? "closed" : "too many outstanding: " + OUTSTANDING + " requests wait for it already");
            }
            if (closed) {
                end("closed");
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
            Response response;
            try {
                response = exchange();
            } catch (FailedException ex) {
                end(String.valueOf(ex.getMessage()));
                return;
            } catch (IOException ex) {
                end(describe(ex));
                return;
            } catch (InterruptedException ex) {
                end("interrupted");
                return;
            } catch (RuntimeException ex) {
                end("could not be sent: " + ex);
                return;
            }
            if (markEnded()) {
                callback.answered(response);
            }
        }

        /** Fails the request, if it has not ended. */
        void end(String detail) {
            if (markEnded()) {
                callback.failed(detail);
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

        private Response exchange() throws IOException, InterruptedException, FailedException {
            byte[] body = codec.write(request);
            String digest = secret == null ? "" : Call.digest(body);
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
                    return read(received);
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
            byte[] mac = sign(kind.path(), call, digest);
            HttpRequest http = signed(HttpRequest.newBuilder(peer.uri(kind)), call, digest, mac)
                    .setHeader("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            return receive(client(kind.lane()), http, mac);
        }

        private Response read(Received received) throws FailedException {
            if (received.status() != 200 || !received.signed()) {
                throw new FailedException(received.describe());
            }
            if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                    && !CertificateNames.name(received.certificate(), peer.id)) {
                throw new FailedException("its certificate does not name '" + peer.id + "'");
            }
            try {
                Response response = codec.readResponse(kind, received.body());
                Header answer = response.header();
                Header asked = request.header();
                if (!answer.cluster().equals(asked.cluster())
                        || !answer.from().equals(asked.to())
                        || !answer.to().equals(asked.from())
                        || answer.requestId() != asked.requestId()) {
                    throw new FailedException("its answer belongs to another request or member");
                }
                return response;
            } catch (BadMessageException ex) {
                throw new FailedException("bad answer: " + ex.getMessage());
            }
        }
    }
}
