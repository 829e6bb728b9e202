package io.election.peer;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * What all requests of one start of the client share: an HTTP client for each lane, the timer that ends every request, and the
 * requests that are under way.
 */
final class Wire {

    private static final Duration IDLE_THREADS_STAY = Duration.ofSeconds(30);

    private final PeerSettings settings;
    private final PeerThreads names;
    private final SignedHttp http;
    /** Makes every signature of this client a new one. */
    private final String life = Call.encode(Call.random(16));

    private final Map<MessageKind.Lane, LaneClient> clients = new EnumMap<>(MessageKind.Lane.class);
    private final ThreadPoolExecutor tls;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<Sending> outstanding = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Wire(PeerSettings settings, PeerThreads names) {
        this.settings = settings;
        this.names = names;
        http = new SignedHttp(settings);
        timer = new ScheduledThreadPoolExecutor(1, names.named("peer-timer"));
        timer.setRemoveOnCancelPolicy(true);
        // With something due before any request's limit, a new limit is never the first one, and wakes no thread.
        long pulseNanos = settings.electionTimeout().toNanos() / 2;
        timer.scheduleWithFixedDelay(() -> {}, pulseNanos, pulseNanos, TimeUnit.NANOSECONDS);
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
                    new LaneClient(names, "peer-client-" + lane.name().toLowerCase(Locale.ROOT), this::newClient));
        }
    }

    private HttpClient newClient() {
        SSLContext sslContext = settings.sslContext();
        // What the client itself has to do never blocks, except for TLS's arithmetic: its selector's thread can do it.
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

    /** Threads that appear when needed and go when idle; what is beyond them is refused. */
    ThreadPoolExecutor threads(int most, String purpose) {
        return new ThreadPoolExecutor(
                0,
                most,
                IDLE_THREADS_STAY.toNanos(),
                TimeUnit.NANOSECONDS,
                new SynchronousQueue<>(),
                names.named(purpose));
    }

    PeerSettings settings() {
        return settings;
    }

    SignedHttp http() {
        return http;
    }

    String life() {
        return life;
    }

    HttpClient client(MessageKind.Lane lane) {
        return Objects.requireNonNull(clients.get(lane)).get();
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    Future<?> after(Duration time, Runnable action) {
        return timer.schedule(action, time.toNanos(), TimeUnit.NANOSECONDS);
    }

    void begins(Sending sending) {
        outstanding.add(sending);
    }

    void ends(Sending sending) {
        outstanding.remove(sending);
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * A peer is no member any more: ends what is under way to it. A client of the JDK keeps its idle connections for itself, so
     * each lane gets another client, and the connections of the one before end with it.
     */
    void drop(RemotePeer gone) {
        outstanding.stream().filter(sending -> sending.peer == gone).forEach(Sending::close);
        // Not on the caller's thread, which is the loop's: a new client starts a thread, and waits for it.
        timer.execute(() -> clients.values().forEach(LaneClient::renew));
    }

    /** Fails what is under way; nothing begins any more. */
    void beginClose() {
        closed = true;
        outstanding.forEach(Sending::close);
    }

    void finishClose() {
        clients.values().forEach(LaneClient::shutDown);
        tls.shutdown();
        timer.shutdownNow();
        // One that began while this was closing.
        outstanding.forEach(Sending::close);
    }
}
