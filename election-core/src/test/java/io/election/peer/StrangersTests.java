package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.Peers.Answering;
import io.election.peer.Peers.Outcome;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Senders that no list names, and that are authenticated: however many of them come, a member loses nothing by it. */
class StrangersTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Peers peers = new Peers();

    @AfterEach
    void close() {
        peers.close();
    }

    private static Request heartbeat(String from, long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, from, "b", requestId);
    }

    /** Answers nobody before it is told to. */
    private static final class Holding implements PeerHandler {

        private final List<Consumer<Response>> held = new CopyOnWriteArrayList<>();
        private final List<Request> requests = new CopyOnWriteArrayList<>();

        @Override
        public void handle(Request request, Consumer<Response> reply) {
            requests.add(request);
            held.add(reply);
        }
    }

    @Test
    void allOfThemTogetherHaveTheRoomOfOneMember() throws Exception {
        Holding holding = new Holding();
        HttpPeerTransport server = peers.serving("b", holding);
        // Whoever was a member is one of them, too.
        server.members(Set.of("a", "b"));
        Map<String, URI> b = Map.of("b", Peers.url(server.port()));
        List<Outcome> waiting = new ArrayList<>();
        for (int i = 0; i < PeerEndpoint.HELD; i++) {
            String id = "stranger-" + i;
            Outcome outcome = new Outcome();
            peers.asking(id, b).send(heartbeat(id, 1), outcome);
            waiting.add(outcome);
        }
        await().atMost(PATIENCE).until(() -> holding.held.size() == PeerEndpoint.HELD);

        assertThat(Peers.ask(peers.asking("c", b), heartbeat("c", 1)).get())
                .asString()
                .contains("too many requests of senders that are no members here, such as you, wait for a reply");

        // A member has its own.
        Outcome member = new Outcome();
        peers.asking("a", b).send(heartbeat("a", 1), member);
        await().atMost(PATIENCE).until(() -> holding.held.size() == PeerEndpoint.HELD + 1);
        for (int i = 0; i < holding.held.size(); i++) {
            holding.held.get(i).accept(Messages.answer(holding.requests.get(i)));
        }
        assertThat(member.get()).isInstanceOf(Response.class);
        for (Outcome outcome : waiting) {
            assertThat(outcome.get()).isInstanceOf(Response.class);
        }
    }

    /** A member's connection stays open while any number of senders with made-up ids come and go. */
    @Test
    void aFloodOfMadeUpIdsCostsAMemberNeitherItsSessionNorItsConnections() throws Exception {
        Answering answering = new Answering();
        HttpPeerTransport server = peers.serving("b", answering);
        Map<String, URI> b = Map.of("b", Peers.url(server.port()));
        HttpPeerTransport a = peers.asking("a", b);
        assertThat(Peers.ask(a, heartbeat("a", 1)).get()).isEqualTo(Messages.answer(heartbeat("a", 1)));
        long connections = connectionsOf(server);

        for (int i = 0; i < 2 * Latest.MOST; i++) {
            String id = "made-up-" + i;
            HttpPeerTransport stranger = peers.asking(id, b);
            assertThat(Peers.ask(stranger, heartbeat(id, 1)).get()).isEqualTo(Messages.answer(heartbeat(id, 1)));
        }

        assertThat(Peers.ask(a, heartbeat("a", 2)).get()).isEqualTo(Messages.answer(heartbeat("a", 2)));
        assertThat(server.refused().values()).allMatch(count -> count == 0);
        await().atMost(PATIENCE).until(() -> connectionsOf(server) <= connections + PeerServer.OF_ONE_MEMBER);
    }

    private static long connectionsOf(HttpPeerTransport server) {
        assertThat(server.port()).isPositive();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("orders-b-peer-server"))
                .count();
    }

    @Test
    void whoIsNotAuthenticatedIsRefusedAsBefore() throws Exception {
        Answering answering = new Answering();
        HttpPeerTransport server = peers.serving("b", answering);
        HttpPeerTransport x = peers.asking(
                Peers.CLUSTER,
                "x",
                Peers.secret("quite another secret"),
                Peers.LONG,
                null,
                Map.of("b", Peers.url(server.port())));

        assertThat(Peers.ask(x, heartbeat("x", 1)).get()).asString().startsWith("unsigned answer (401)");

        assertThat(answering.requests).isEmpty();
        assertThat(server.refused()).containsEntry("unauthenticated", 1L);
    }
}
