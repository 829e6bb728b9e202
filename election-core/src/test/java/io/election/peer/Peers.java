package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Transports of one test on the loopback, closed with it. */
public final class Peers implements AutoCloseable {

    public static final String CLUSTER = "orders";
    public static final PeerAuthentication SECRET = secret("a secret of the test");
    /** Long enough that nothing runs out of time unless the test wants it. */
    public static final Duration LONG = Duration.ofSeconds(60);

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    private final List<HttpPeerTransport> transports = new ArrayList<>();
    private final ScheduledThreadPoolExecutor pulse = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "test-pulse");
        thread.setDaemon(true);
        return thread;
    });

    public static PeerAuthentication.SharedSecret secret(String secret, String... accepted) {
        return new PeerAuthentication.SharedSecret(secret, List.of(accepted));
    }

    public static URI url(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Begins a member that can be reached, on any free port. */
    HttpPeerTransport serving(String id, PeerHandler handler) {
        return serving(CLUSTER, id, SECRET, 0, LONG, null, handler);
    }

    HttpPeerTransport serving(
            String cluster,
            String id,
            PeerAuthentication authentication,
            int port,
            Duration timeout,
            @Nullable SSLContext ssl,
            PeerHandler handler) {
        return started(
                new PeerSettings(
                        cluster,
                        id,
                        Map.of("a", NOWHERE, "b", NOWHERE, "c", NOWHERE),
                        "/election",
                        timeout,
                        authentication,
                        new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), port),
                        ssl == null ? null : PeerTls.of(ssl)),
                handler);
    }

    /** Begins a member that only asks others. */
    public HttpPeerTransport asking(String id, Map<String, URI> others) {
        return asking(CLUSTER, id, SECRET, LONG, null, others);
    }

    /** Begins a member that says something when it asks whether others are there. */
    HttpPeerTransport asking(String id, Map<String, URI> others, PresenceQuestion question) {
        Map<String, URI> urls = new HashMap<>(others);
        urls.put(id, NOWHERE);
        return started(new PeerSettings(CLUSTER, id, urls, "/election", LONG, SECRET, null, null), new PeerHandler() {
            @Override
            public void handle(Request request, Consumer<Response> reply) {}

            @Override
            public PresenceQuestion question(String member) {
                return question;
            }
        });
    }

    HttpPeerTransport asking(
            String cluster,
            String id,
            PeerAuthentication authentication,
            Duration timeout,
            @Nullable SSLContext ssl,
            Map<String, URI> others) {
        Map<String, URI> urls = new HashMap<>(others);
        urls.put(id, NOWHERE);
        return started(
                new PeerSettings(
                        cluster,
                        id,
                        urls,
                        "/election",
                        timeout,
                        authentication,
                        null,
                        ssl == null ? null : PeerTls.of(ssl)),
                (request, reply) -> {});
    }

    /** Begins a member that answers at one address of this machine only. */
    HttpPeerTransport servingAt(InetAddress address, String id, PeerHandler handler) {
        return started(
                new PeerSettings(
                        CLUSTER,
                        id,
                        Map.of("a", NOWHERE, "b", NOWHERE, "c", NOWHERE),
                        "/election",
                        LONG,
                        SECRET,
                        new PeerSettings.ServerSettings(address, 0),
                        null),
                handler);
    }

    /** Begins a member that finds the addresses of the others as a test says. */
    HttpPeerTransport asking(Duration timeout, AddressLookup lookup, Map<String, URI> others) {
        Map<String, URI> urls = new HashMap<>(others);
        urls.put("a", NOWHERE);
        PeerSettings settings = new PeerSettings(CLUSTER, "a", urls, "/election", timeout, SECRET, null, null);
        return started(new HttpPeerTransport(settings, false, lookup), (request, reply) -> {});
    }

    /** Begins a member that asks in JSON, where a message can say something else than the headers. */
    HttpPeerTransport askingInJson(String id, Map<String, URI> others) {
        Map<String, URI> urls = new HashMap<>(others);
        urls.put(id, NOWHERE);
        PeerSettings settings = new PeerSettings(CLUSTER, id, urls, "/election", LONG, SECRET, null, null);
        return started(new HttpPeerTransport(settings, true), (request, reply) -> {});
    }

    private HttpPeerTransport started(PeerSettings settings, PeerHandler handler) {
        return started(new HttpPeerTransport(settings), handler);
    }

    private HttpPeerTransport started(HttpPeerTransport transport, PeerHandler handler) {
        transports.add(transport);
        // As the node does, which these members have none of.
        pulse.scheduleWithFixedDelay(transport::lookAfter, 50, 50, TimeUnit.MILLISECONDS);
        transport.start(handler);
        return transport;
    }

    /** Sends, and waits for the outcome. */
    public static Outcome ask(HttpPeerTransport from, Request request) throws Exception {
        Outcome outcome = new Outcome();
        from.send(request, outcome);
        outcome.await();
        return outcome;
    }

    @Override
    public void close() {
        pulse.shutdownNow();
        transports.forEach(HttpPeerTransport::close);
    }

    /** How one request ended. */
    public static final class Outcome implements PeerCallback {

        private final CompletableFuture<Object> end = new CompletableFuture<>();

        @Override
        public void answered(Response response) {
            end(response);
        }

        @Override
        public void failed(String detail) {
            end(detail);
        }

        private void end(Object how) {
            if (!end.complete(how)) {
                throw new AssertionError("ended twice: " + end.join() + ", then " + how);
            }
        }

        boolean isDone() {
            return end.isDone();
        }

        void await() throws Exception {
            end.get(50, TimeUnit.SECONDS);
        }

        /** The answer, or the failure's text. */
        public Object get() throws Exception {
            return end.get(50, TimeUnit.SECONDS);
        }
    }

    /** Answers everything at once, and remembers it. */
    public static final class Answering implements PeerHandler {

        public final List<Request> requests = new CopyOnWriteArrayList<>();

        @Override
        public void handle(Request request, Consumer<Response> reply) {
            requests.add(request);
            reply.accept(Messages.answer(request));
        }
    }
}
