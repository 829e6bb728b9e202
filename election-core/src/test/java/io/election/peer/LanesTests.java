package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.ReplicationSettings;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.Peers.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Nothing waits behind what is sent in another lane, over HTTP: heartbeats least of all. Each lane but theirs is filled with requests
 * that the receiver does not answer, as where its disk, its quorum or its images take long.
 */
class LanesTests {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Peers peers = new Peers();
    private final List<Runnable> unanswered = new CopyOnWriteArrayList<>();
    private final AtomicLong request = new AtomicLong(1000);

    @AfterEach
    void close() {
        peers.close();
    }

    private HttpPeerTransport answeringHeartbeatsOnly() {
        return peers.serving("b", (asked, reply) -> {
            if (asked instanceof Request.Heartbeat) {
                reply.accept(Messages.answer(asked));
            } else {
                unanswered.add(() -> reply.accept(Messages.answer(asked)));
            }
        });
    }

    private Request next(MessageKind.Lane lane) {
        long id = request.incrementAndGet();
        return switch (lane) {
            case HEARTBEAT -> Messages.heartbeat(Peers.CLUSTER, "a", "b", id);
            case DISK -> Messages.append(Peers.CLUSTER, "a", "b", id);
            case PING -> Messages.ping("a", "b", id);
            case CHANGE -> Messages.change("a", "b", id);
            case WRITE -> Messages.propose("a", "b", id);
            case READ -> new Request.ReadIndex(Messages.header(Peers.CLUSTER, "a", "b", id));
            case BULK -> Messages.fetchImage("a", "b", id);
        };
    }

    private static Outcome send(HttpPeerTransport from, Request asked) {
        Outcome outcome = new Outcome();
        from.send(asked, outcome);
        return outcome;
    }

    @Test
    void heartbeatsPassWritesReadsEntriesAndImagesThatNobodyAnswers() throws Exception {
        HttpPeerTransport b = answeringHeartbeatsOnly();
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        List<Outcome> open = new ArrayList<>();
        for (MessageKind.Lane lane : MessageKind.Lane.values()) {
            // As many as are sent at a time.
            for (int i = 0; lane != MessageKind.Lane.HEARTBEAT && i < PeerCallers.most(lane); i++) {
                open.add(send(a, next(lane)));
            }
        }
        await().atMost(PATIENCE).until(() -> unanswered.size() == open.size());

        for (int i = 0; i < 20; i++) {
            Request heartbeat = next(MessageKind.Lane.HEARTBEAT);
            assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        }

        assertThat(open).as("everything else still waits").noneMatch(Outcome::isDone);
        for (MessageKind.Lane lane : MessageKind.Lane.values()) {
            if (lane != MessageKind.Lane.HEARTBEAT) {
                assertThat(send(a, next(lane)).get()).asString().startsWith("too many outstanding");
            }
        }
        unanswered.forEach(Runnable::run);
        for (Outcome outcome : open) {
            assertThat(outcome.get()).isInstanceOf(Response.class);
        }
    }

    /** An election, or a handover, does not wait until a follower's disk has taken all that is under way to it. */
    @Test
    void aVoteAndATimeoutNowAreSentWhileAsManyEntriesAreUnderWayAsAMemoryHasInFlight() throws Exception {
        List<Request> received = new CopyOnWriteArrayList<>();
        HttpPeerTransport b = peers.serving("b", (asked, reply) -> received.add(asked));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        int inFlight = ReplicationSettings.reading(List.of()).mostInFlightMessages();
        for (int i = 0; i < inFlight; i++) {
            send(a, next(MessageKind.Lane.DISK));
        }
        await().atMost(PATIENCE).until(() -> received.size() == inFlight);
        send(
                a,
                Messages.requests().stream()
                        .filter(Request.TimeoutNow.class::isInstance)
                        .findFirst()
                        .orElseThrow());
        await().atMost(PATIENCE).until(() -> received.stream().anyMatch(Request.TimeoutNow.class::isInstance));
    }
}
