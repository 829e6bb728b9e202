package io.election.benchmarks.path;

import io.election.core.Header;
import io.election.core.LogPosition;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerAuthentication;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerSettings;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the members really use, on ports of their own: a whole heartbeat, written, signed, read, checked and answered. */
final class MembersCandidate implements Candidate {

    private static final String LEADER = "leader";
    private static final String FOLLOWER = "follower";
    private static final String CLUSTER_ID = "0f8c1d2e0f8c1d2e0f8c1d2e0f8c1d2e";
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final byte[] NOTHING = {};

    private final Loop loop = new Loop();
    private final AtomicLong requests = new AtomicLong();

    private HttpPeerTransport started(
            String id, int port, PeerSettings.@Nullable ServerSettings server, PeerHandler handler) {
        URI url = URI.create("http://127.0.0.1:" + port);
        HttpPeerTransport transport = new HttpPeerTransport(new PeerSettings(
                "orders",
                id,
                Map.of(LEADER, url, FOLLOWER, url),
                "/election",
                TIMEOUT,
                new PeerAuthentication.SharedSecret("a secret of the benchmarks", List.of()),
                server,
                null));
        transport.start(handler);
        return transport;
    }

    private static Header header(String from, String to, long request) {
        return new Header(Header.PROTOCOL, "orders", CLUSTER_ID, from, CLUSTER_ID, true, to, CLUSTER_ID, request);
    }

    @Override
    public int listen(Handler handler) {
        PeerSettings.ServerSettings any = new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), 0);
        return started(
                        FOLLOWER,
                        1,
                        any,
                        (request, reply) -> loop.add(() -> handler.handle(
                                NOTHING,
                                answer -> reply.accept(new Response.Heartbeat(
                                        header(
                                                FOLLOWER,
                                                LEADER,
                                                request.header().requestId()),
                                        7,
                                        null,
                                        new LogPosition(7, 40),
                                        null)))))
                .port();
    }

    @Override
    public Peer peer(int port) {
        HttpPeerTransport transport = started(LEADER, port, null, (request, reply) -> {});
        return (body, answered) -> send(transport, answered);
    }

    private void send(HttpPeerTransport transport, Consumer<byte[]> answered) {
        Request heartbeat = new Request.Heartbeat(
                header(LEADER, FOLLOWER, requests.incrementAndGet()), 7, TIMEOUT, 40, new LogPosition(7, 40));
        transport.send(heartbeat, new PeerCallback() {
            @Override
            public void answered(Response response) {
                loop.add(() -> answered.accept(NOTHING));
            }

            @Override
            public void failed(String detail) {
                // As the first ones on a busy machine. What is not answered is not counted.
            }
        });
    }

    @Override
    public void every(Runnable work, long everyNanos) {
        loop.every(work, everyNanos);
    }
}
