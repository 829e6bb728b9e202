package io.election.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.election.core.LackOfMemory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * A port of the election's own, with threads of its own: the server that comes with the JDK.
 *
 * <p>That server sends headers and body in two packets, and in JDK 17 leaves Nagle's algorithm on; the second packet then
 * waits 40 ms for the receiver's delayed acknowledgement. Its only remedy is a system property for the whole JVM. So an
 * answer goes out whole among the headers ({@value Call#BODY_HEADER}), as long as it is plain ASCII and not long; all are.
 *
 * <p>Limits: one thread for each request that may be held, and {@value #READING} for those being read. Idle connections
 * occupy no thread. A caller that has not sent its whole request {@link #READ_WITHIN} after its first byte, or not taken its
 * answer within as much, loses its connection; the JDK has such a limit only for the whole JVM. Where more callers come than
 * there are threads, the one that has been sending for the longest loses its connection at once: a member's request is
 * there within a millisecond, so it is hardly ever the one. At most {@value #WAITING} callers wait for the thread that is
 * freed so. How many connections may be open is left to the operating system.
 *
 * <p>An OutOfMemoryError ends the one thread that accepts connections, and the JDK neither replaces it nor closes the
 * port: so that thread starts again ({@link StartedThreads}).
 */
final class PeerServer {

    static final Duration READ_WITHIN = PeerEndpoint.READ_WITHIN;
    static final int READING = 64;
    private static final int WAITING = 1024;

    private static final Duration WATCH_EVERY = Duration.ofSeconds(1);
    private static final int LONGEST_HEADER = 8192;

    private final PeerSettings settings;
    private final PeerEndpoint endpoint;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor watch;
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> waiting = new ArrayBlockingQueue<>(WAITING);
    private final WatchedExecutor executor = new WatchedExecutor();
    private final ThreadLocal<Task> current = new ThreadLocal<>();
    private final StartedThreads dispatcher;

    /**
     * Listens and answers.
     *
     * @throws UncheckedIOException if the port cannot be had, naming it
     */
    PeerServer(PeerSettings settings, PeerSettings.ServerSettings where, PeerEndpoint endpoint, PeerThreads names) {
        this.settings = settings;
        this.endpoint = endpoint;
        server = listen(settings, where);
        threads = new ThreadPoolExecutor(
                0,
                mostThreads(settings.urls().size() - 1),
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                names.named("peer-server"));
        watch = new ScheduledThreadPoolExecutor(1, names.named("peer-server-watch"));
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        dispatcher = new StartedThreads(names, "peer-server", true);
        dispatcher.run(server::start);
        watch.scheduleWithFixedDelay(
                this::cutOffSlowCallersIfItCan, WATCH_EVERY.toMillis(), WATCH_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static HttpServer listen(PeerSettings settings, PeerSettings.ServerSettings where) {
        InetAddress address = where.address();
        InetSocketAddress socket =
                address == null ? new InetSocketAddress(where.port()) : new InetSocketAddress(address, where.port());
        SSLContext sslContext = settings.sslContext();
        try {
            if (sslContext == null) {
                return HttpServer.create(socket, 0);
            }
            HttpsServer https = HttpsServer.create(socket, 0);
            https.setHttpsConfigurator(new ClientCertificate(
                    sslContext, settings.authentication() instanceof PeerAuthentication.TlsIdentity));
            return https;
        } catch (BindException ex) {
            throw new UncheckedIOException("cannot listen for peers on " + socket + ": " + ex.getMessage(), ex);
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot listen for peers on " + socket, ex);
        }
    }

    /** So many other members call from now on. */
    void callers(int others) {
        threads.setMaximumPoolSize(mostThreads(others));
    }

    private static int mostThreads(int others) {
        return others * MessageKind.Lane.values().length * PeerEndpoint.HELD + READING;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** The thread that accepts connections and hands them on; it starts again, whatever ends it. */
    @Nullable Thread dispatcher() {
        return dispatcher.started();
    }

    void close() {
        dispatcher.close();
        server.stop(0);
        watch.shutdownNow();
        waiting.clear();
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            PeerExchange request = new PeerExchange(exchange);
            PeerEndpoint.Answer answer =
                    endpoint.answer(below(exchange.getRequestURI().getRawPath()), request);
            Task task = current.get();
            if (task != null) {
                task.isAnswering();
            }
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
            byte[] body = answer.body();
            if (fitsIntoHeader(body)) {
                exchange.getResponseHeaders().set(Call.BODY_HEADER, new String(body, StandardCharsets.US_ASCII));
                exchange.sendResponseHeaders(answer.status(), -1);
            } else {
                exchange.sendResponseHeaders(answer.status(), body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    private String below(@Nullable String path) {
        String own = PeerSettings.prefix(Objects.requireNonNull(settings.urls().get(settings.nodeId())));
        String whole = path == null ? "" : path;
        // A proxy may have taken the prefix off.
        String rest = whole.startsWith(own + settings.path() + "/") ? whole.substring(own.length()) : whole;
        return rest.startsWith(settings.path() + "/")
                ? rest.substring(settings.path().length() + 1)
                : "";
    }

    private static boolean fitsIntoHeader(byte[] body) {
        if (body.length == 0 || body.length > LONGEST_HEADER || body[0] == ' ' || body[body.length - 1] == ' ') {
            return false;
        }
        for (byte b : body) {
            if (b < ' ' || b > '~') {
                return false;
            }
        }
        return true;
    }

    /** Makes room for a caller that waits for a thread. */
    private void cutOffTheSlowest() {
        long now = System.nanoTime();
        tasks.stream()
                .max(Comparator.comparingLong(task -> task.busyForNanos(now)))
                .ifPresent(Task::cutOff);
    }

    private void cutOffSlowCallersIfItCan() {
        try {
            cutOffSlowCallers();
        } catch (Error failure) {
            if (LackOfMemory.in(failure) == null) {
                throw failure;
            }
            // One exception would end the repetition for good. The next time comes in a second.
            Thread.interrupted();
        }
    }

    private void cutOffSlowCallers() {
        long now = System.nanoTime();
        tasks.forEach(task -> task.cutOffIfSlow(now));
        executor.runWaiting();
    }

    /** Asks for the caller's certificate. */
    private static final class ClientCertificate extends HttpsConfigurator {

        private final boolean needed;

        ClientCertificate(SSLContext context, boolean needed) {
            super(context);
            this.needed = needed;
        }

        @Override
        public void configure(HttpsParameters parameters) {
            SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
            ssl.setNeedClientAuth(needed);
            parameters.setSSLParameters(ssl);
        }
    }

    /** Notes for each request when it began, and when it had been read. */
    private final class WatchedExecutor implements Executor {

        @Override
        public void execute(Runnable exchange) {
            try {
                threads.execute(() -> runAll(exchange));
            } catch (RejectedExecutionException full) {
                if (!waiting.offer(exchange)) {
                    throw full;
                }
                cutOffTheSlowest();
            }
        }

        /** Whoever is done takes over those who wait. */
        private void runAll(Runnable first) {
            for (Runnable exchange = first; exchange != null; exchange = waiting.poll()) {
                run(exchange);
            }
        }

        private void run(Runnable exchange) {
            Task task = new Task(Thread.currentThread());
            current.set(task);
            tasks.add(task);
            try {
                exchange.run();
            } finally {
                tasks.remove(task);
                current.remove();
                task.end();
            }
        }

        /** For one that came just when everybody was done. */
        void runWaiting() {
            Runnable exchange = waiting.poll();
            if (exchange != null) {
                execute(exchange);
            }
        }
    }

    /** One request on its thread. An interrupt closes the connection that the thread reads from. */
    private static final class Task {

        private final Thread thread;
        private long begunNanos = System.nanoTime();
        /** Whether it waits for the caller, not for this member's reply. */
        private boolean waits = true;

        Task(Thread thread) {
            this.thread = thread;
        }

        synchronized void hasRead() {
            waits = false;
        }

        /** From here on it waits for the caller to take the answer. */
        synchronized void isAnswering() {
            waits = true;
            begunNanos = System.nanoTime();
        }

        synchronized void end() {
            waits = false;
            // Left over from having been cut off; the thread goes on to the next request.
            Thread.interrupted();
        }

        synchronized void cutOffIfSlow(long nowNanos) {
            if (waits && nowNanos - begunNanos > READ_WITHIN.toNanos()) {
                cutOff();
            }
        }

        /** For how long the caller has been waited for; negative if it is not. */
        synchronized long busyForNanos(long nowNanos) {
            return waits ? Math.max(0, nowNanos - begunNanos) : -1;
        }

        synchronized void cutOff() {
            if (waits) {
                waits = false;
                thread.interrupt();
            }
        }
    }

    private final class PeerExchange implements PeerEndpoint.Exchange {

        private final HttpExchange exchange;

        PeerExchange(HttpExchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public String method() {
            return exchange.getRequestMethod();
        }

        @Override
        public @Nullable String header(String name) {
            return exchange.getRequestHeaders().getFirst(name);
        }

        @Override
        public long contentLength() {
            String length = exchange.getRequestHeaders().getFirst("Content-Length");
            try {
                return length == null ? -1 : Long.parseLong(length);
            } catch (NumberFormatException ex) {
                return -1;
            }
        }

        @Override
        public InputStream body() {
            return exchange.getRequestBody();
        }

        @Override
        public void accepted() {
            Task task = current.get();
            if (task != null) {
                task.hasRead();
            }
        }

        @Override
        public @Nullable X509Certificate certificate() {
            try {
                if (exchange instanceof HttpsExchange https) {
                    Certificate[] chain = https.getSSLSession().getPeerCertificates();
                    return chain[0] instanceof X509Certificate x509 ? x509 : null;
                }
            } catch (SSLPeerUnverifiedException ex) {
                return null;
            }
            return null;
        }

        @Override
        public String remote() {
            return exchange.getRemoteAddress().getAddress().getHostAddress();
        }
    }
}
