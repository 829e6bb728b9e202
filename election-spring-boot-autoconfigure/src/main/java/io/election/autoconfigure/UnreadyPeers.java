package io.election.autoconfigure;

import io.election.node.NodeStatus;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerIdentity;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While a member knows no leader, asks the others whether their applications are ready. One that is not does vote and
 * answer, so that nothing else tells why nobody leads.
 */
final class UnreadyPeers {

    private static final Logger logger = LoggerFactory.getLogger(UnreadyPeers.class);

    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final Mode.Listed mode;
    private final HttpPeerTransport transport;
    private final Supplier<NodeStatus> status;

    /** Those that were named since a leader was last known. */
    private final Set<String> named = ConcurrentHashMap.newKeySet();

    private volatile boolean ended;

    UnreadyPeers(Mode.Listed mode, HttpPeerTransport transport, Supplier<NodeStatus> status) {
        this.mode = mode;
        this.transport = transport;
        this.status = status;
    }

    /** Looks every few seconds, until the end. */
    void watch() {
        CompletableFuture.delayedExecutor(PERIOD.toNanos(), TimeUnit.NANOSECONDS, UnreadyPeers::onADaemon)
                .execute(() -> {
                    if (!ended) {
                        look();
                        watch();
                    }
                });
    }

    private static void onADaemon(Runnable task) {
        Thread thread = new Thread(task, "election-unready-peers");
        thread.setDaemon(true);
        thread.start();
    }

    void end() {
        ended = true;
    }

    private void look() {
        Instant since = status.get().leaderlessSince();
        if (since == null) {
            named.clear();
            return;
        }
        if (Duration.between(since, Instant.now()).compareTo(PERIOD) < 0) {
            return;
        }
        for (Map.Entry<String, URI> each : mode.urls().entrySet()) {
            if (!each.getKey().equals(mode.nodeId())) {
                transport.identify(each.getValue()).thenAccept(identity -> hear(each.getKey(), identity));
            }
        }
    }

    private void hear(String member, PeerIdentity identity) {
        if (identity instanceof PeerIdentity.AnotherMember other
                && other.nodeId().equals(member)
                && other.notReady() != null
                && named.add(member)) {
            logger.warn(
                    "Member '{}' of cluster '{}' knows no leader, and '{}' does not stand for election, because its"
                            + " application is not ready: {}.",
                    mode.nodeId(),
                    mode.cluster(),
                    member,
                    other.notReady());
        }
    }
}
