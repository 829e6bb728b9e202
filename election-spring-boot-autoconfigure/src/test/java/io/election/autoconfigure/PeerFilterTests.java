package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Bytes;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.peer.HttpPeerTransport;
import io.election.peer.Messages;
import io.election.peer.PeerEndpoint;
import io.election.peer.PeerIdentity;
import io.election.peer.PeerSettings;
import io.election.peer.PeerTunnel;
import io.election.peer.Peers;
import io.election.peer.Peers.Answering;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.Context;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The filter on a Tomcat, under a context path, with an application behind it that answers everything in its own way. */
class PeerFilterTests {

    private static final String APPLICATION = "the application";

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();
    private final Set<Integer> callersPorts = ConcurrentHashMap.newKeySet();
    private final AtomicInteger seenByTheServer = new AtomicInteger();
    private volatile boolean upgrades = true;
    private final List<String> seenByTheApplication = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Tomcat tomcat = new Tomcat();

    @TempDir
    private Path directory;

    private HttpPeerTransport transport;
    private URI url;

    @BeforeEach
    void start() throws Exception {
        transport = new HttpPeerTransport(new PeerSettings(
                Peers.CLUSTER,
                "b",
                Map.of("a", Peers.url(1), "b", Peers.url(1)),
                "/election",
                Peers.LONG,
                Peers.SECRET,
                null,
                null));
        tomcat.setSilent(true);
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.getConnector()
                .setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
        Context context = tomcat.addContext("/shop", directory.toString());
        filter(context, "connections", this::noteConnection);
        filter(context, "peers", new PeerFilter(transport));
        filter(context, "application", this::noteApplication);
        Tomcat.addServlet(context, "application", new Application());
        context.addServletMappingDecoded("/", "application");
        ((StandardContext) context).setClearReferencesThreadLocals(false);
        ((StandardContext) context).setClearReferencesRmiTargets(false);
        ErrorPage page = new ErrorPage();
        page.setLocation("/error");
        context.addErrorPage(page);
        tomcat.start();
        url = URI.create(Peers.url(tomcat.getConnector().getLocalPort()) + "/shop");
        transport.start(answering);
    }

    @AfterEach
    void stop() throws Exception {
        peers.close();
        transport.close();
        tomcat.stop();
        tomcat.destroy();
    }

    private static void filter(Context context, String name, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(name);
        definition.setFilter(filter);
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(name);
        map.addURLPattern("/*");
        context.addFilterMap(map);
    }

    private void noteConnection(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        callersPorts.add(request.getRemotePort());
        seenByTheServer.incrementAndGet();
        chain.doFilter(upgrades ? request : withoutUpgrade((HttpServletRequest) request), response);
    }

    /** As behind a proxy that keeps the wish to itself. */
    private static ServletRequest withoutUpgrade(HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getHeader(String name) {
                return name.equals("Upgrade") ? null : super.getHeader(name);
            }
        };
    }

    private void noteApplication(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        seenByTheApplication.add(((HttpServletRequest) request).getRequestURI());
        chain.doFilter(request, response);
    }

    private static final class Application extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/html");
            response.getWriter().write(APPLICATION);
        }
    }

    private HttpPeerTransport a() {
        return peers.asking("a", Map.of("b", url));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(Peers.url(url.getPort()) + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void carriesEveryMessageUnderAContextPathAndTheApplicationSeesNone() throws Exception {
        HttpPeerTransport a = a();
        for (Request request : Messages.requests()) {
            assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
        }
        assertThat(answering.requests).isEqualTo(Messages.requests());
        assertThat(a.identify(url).get(50, TimeUnit.SECONDS))
                .isEqualTo(new PeerIdentity.AnotherMember(Peers.CLUSTER, "b"));
        assertThat(transport.identify(url).get(50, TimeUnit.SECONDS)).isEqualTo(new PeerIdentity.Self());
        assertThat(seenByTheApplication).isEmpty();
    }

    @Test
    void keepsOneConnectionAlive() throws Exception {
        HttpPeerTransport a = a();
        for (int i = 0; i < 50; i++) {
            Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", i);
            assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        }
        assertThat(callersPorts).hasSize(1);
    }

    @Test
    void goesOnWhenTheServerEndsItsKeptAliveConnection() throws Exception {
        upgrades = false;
        HttpPeerTransport a = a();
        // Tomcat ends one after 100 requests.
        for (int i = 0; i < 250; i++) {
            Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", i);
            assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        }
        assertThat(callersPorts).hasSizeBetween(2, 5);
    }

    /** The server sees the request that is answered by a challenge, and the one with which the connection is handed over. */
    @Test
    void carriesEveryMessageOnAConnectionThatTheServerHasHandedOver() throws Exception {
        HttpPeerTransport a = a();
        for (int round = 0; round < 100; round++) {
            for (Request request : Messages.requests()) {
                assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
            }
        }
        assertThat(seenByTheServer).hasValue(2);
        assertThat(callersPorts).hasSize(1);
        assertThat(seenByTheApplication).isEmpty();
        assertThat(transport.refused())
                .allSatisfy((reason, count) -> assertThat(count).isZero());
    }

    @Test
    void carriesAMessageThatIsLargerThanAnyBuffer() throws Exception {
        HttpPeerTransport a = a();
        Request small = Messages.heartbeat(Peers.CLUSTER, "a", "b", 1);
        assertThat(Peers.ask(a, small).get()).isEqualTo(Messages.answer(small));
        Request large = new Request.Append(
                Messages.header(Peers.CLUSTER, "a", "b", 2),
                4,
                Duration.ofSeconds(1),
                41,
                new LogPosition(2, 41),
                List.of(new Entry(42, 4, new Payload.Application("large", Bytes.of(new byte[300_000])))));
        assertThat(Peers.ask(a, large).get()).isEqualTo(Messages.answer(large));
        assertThat(Peers.ask(a, small).get()).isEqualTo(Messages.answer(small));
        assertThat(seenByTheServer).hasValue(2);
    }

    @Test
    void theServerStopsWithConnectionsThatItHasHandedOver() throws Exception {
        HttpPeerTransport a = a();
        Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", 1);
        assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        tomcat.getConnector().stop();
        tomcat.getConnector().start();
        url = URI.create(Peers.url(tomcat.getConnector().getLocalPort()) + "/shop");
        HttpPeerTransport again = a();
        assertThat(Peers.ask(again, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
    }

    @Test
    void handsNoConnectionToAStranger() throws Exception {
        String answer = raw("GET /shop/election/whoami HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\n"
                + "Upgrade: election\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 401");
    }

    @Test
    void handsNoMoreConnectionsToAMemberThanItMayHave() throws Exception {
        List<PeerTunnel> tunnels = new ArrayList<>();
        PeerTunnel last = tunnel();
        while (last != null) {
            tunnels.add(last);
            last = tunnel();
        }
        assertThat(tunnels).as("eight for each of seven lanes").hasSize(7 * 8);
        tunnels.get(0).closed();
        assertThat(tunnel()).isNotNull();
        assertThat(tunnel()).isNull();
        Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", 1);
        HttpPeerTransport a = a();
        for (int i = 0; i < 5; i++) {
            assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        }
    }

    private PeerTunnel tunnel() {
        return transport.endpoint().takeOver("a", "/election/", new NoExchange());
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** Of which only its caller is asked for. */
    private static final class NoExchange implements PeerEndpoint.Exchange {

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String header(String name) {
            return null;
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public byte[] body(int limit) {
            return new byte[0];
        }

        @Override
        public void accepted(String sender) {}

        @Override
        public X509Certificate certificate() {
            return null;
        }

        @Override
        public String remote() {
            return "127.0.0.1";
        }
    }

    @Test
    void anIdleMemberUsesOneConnectionForEverything() throws Exception {
        HttpPeerTransport a = a();
        Peers.ask(a, Messages.heartbeat(Peers.CLUSTER, "a", "b", 1));
        Peers.ask(a, Messages.append(Peers.CLUSTER, "a", "b", 2));
        Peers.ask(a, Messages.heartbeat(Peers.CLUSTER, "a", "b", 3));
        assertThat(callersPorts).hasSize(1);
    }

    @Test
    void leavesEverythingElseToTheApplication() throws Exception {
        for (String path : List.of(
                "/shop/",
                "/shop/election",
                "/shop/elections/vote",
                "/shop/x/election/vote",
                "/shop//election/vote",
                "/shop/Election/vote",
                "/shop/%65lection/vote",
                "/shop/election;x=1/vote")) {
            assertThat(get(path).body()).as(path).isEqualTo(APPLICATION);
        }
        assertThat(transport.refused())
                .allSatisfy((reason, count) -> assertThat(count).isZero());
    }

    @Test
    void answersWhatLiesBelowItsPathItself() throws Exception {
        assertThat(get("/shop/election/"))
                .satisfies(response -> assertThat(response.statusCode()).isEqualTo(404))
                .satisfies(response -> assertThat(response.body()).isEqualTo("the election has no such path here"));
        assertThat(get("/shop/election/vote"))
                .satisfies(response -> assertThat(response.statusCode()).isEqualTo(405))
                .satisfies(response -> assertThat(response.body()).isEqualTo("only POST is answered here"));
        assertThat(get("/shop/election/vote/x").statusCode()).isEqualTo(404);
        assertThat(get("/shop/election/whoami").statusCode()).isEqualTo(401);
        assertThat(seenByTheApplication).isEmpty();
        assertThat(transport.refused())
                .containsEntry("no-such-path", 2L)
                .containsEntry("method", 1L)
                .containsEntry("unauthenticated", 1L);
    }

    @Test
    void refusesAnOversizedBodyAnnouncedOrNot() throws Exception {
        byte[] large = new byte[PeerEndpoint.LARGEST_BODY + 1];
        List<Integer> statuses = new ArrayList<>();
        List<HttpRequest.BodyPublisher> bodies = List.of(
                HttpRequest.BodyPublishers.ofByteArray(large),
                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)));
        for (HttpRequest.BodyPublisher body : bodies) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/election/append"))
                            .version(HttpClient.Version.HTTP_1_1)
                            .POST(body)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            statuses.add(response.statusCode());
        }
        // The second one is a stranger's, so nobody reads far enough to find it too long.
        assertThat(statuses).containsExactly(413, 401);
        assertThat(transport.refused()).containsEntry("too-large", 1L).containsEntry("unauthenticated", 1L);
    }

    @Test
    void answers503WhileTheTransportIsNotRunning() throws Exception {
        transport.close();
        Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", 1);
        assertThat(Peers.ask(a(), heartbeat).get()).isEqualTo("unsigned answer (503): this member is not running");
        transport.start(answering);
        assertThat(Peers.ask(a(), heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
    }

    /** The thread of the application's server that waits for the election's answer is let go too. */
    @Test
    void whoWaitsAndWhoAsksIsAnsweredAtOnceOnceTheElectionHasEnded() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        transport.close();
        transport.start((request, reply) -> received.countDown());
        HttpPeerTransport a = a();
        Peers.Outcome waiting = new Peers.Outcome();
        a.send(Messages.heartbeat(Peers.CLUSTER, "a", "b", 1), waiting);
        assertThat(received.await(50, TimeUnit.SECONDS)).isTrue();
        transport.outOfService("its election came to an end");
        assertThat(waiting.get()).isEqualTo("refused (503): its election came to an end");
        assertThat(Peers.ask(a, Messages.append(Peers.CLUSTER, "a", "b", 2)).get())
                .isEqualTo("refused (503): its election came to an end");
    }
}
