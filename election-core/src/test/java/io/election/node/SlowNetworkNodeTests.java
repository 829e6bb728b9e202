package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three members over HTTP on paths with a round trip of five twelfths of an election timeout. With half of it, whether a leader lasts
 * depends on the connections that are open already: opening one and asking on it takes two round trips, and a heartbeat waits T at most.
 */
@Tag("thorough")
@Tag("even-days")
class SlowNetworkNodeTests {

    /** Six times the default, for a busy machine: the lease has 1.4 s to spare. */
    private static final Duration T = Duration.ofSeconds(6);

    private static final Duration ROUND_TRIP = Duration.ofMillis(2500);

    @TempDir
    private Path directory;

    private final Map<String, ElectionMember> members = new TreeMap<>();
    private final Map<String, SlowPath> paths = new TreeMap<>();

    @AfterEach
    void closeAll() throws Exception {
        paths.values().forEach(path -> path.takes(0));
        members.values().forEach(ElectionMember::close);
        for (SlowPath path : paths.values()) {
            path.close();
        }
    }

    private void start() throws Exception {
        List<String> ids = List.of("a", "b", "c");
        Map<String, Integer> ports = new TreeMap<>();
        for (String id : ids) {
            ports.put(id, FreePorts.next());
        }
        for (String id : ids) {
            ElectionMember.Builder builder = ElectionMember.builder("orders", id)
                    .port(InetAddress.getLoopbackAddress(), ports.get(id))
                    .directory(directory.resolve(id))
                    .secret("a secret of the test")
                    // The slow paths, which differ from member to member, are the only ones.
                    .announced(false)
                    .timing(T, T.dividedBy(10), T.multipliedBy(3).dividedBy(4));
            for (String other : ids) {
                int port = ports.get(other);
                if (!other.equals(id)) {
                    SlowPath path = new SlowPath(port);
                    paths.put(id + other, path);
                    port = path.port();
                }
                builder.member(other, URI.create("http://127.0.0.1:" + port));
            }
            members.put(id, builder.start());
        }
    }

    private boolean leads(String id) {
        return members.get(id).leadership().isLeader();
    }

    private String leader() {
        await().atMost(T.multipliedBy(20)).until(() -> members.keySet().stream().anyMatch(this::leads));
        return members.keySet().stream().filter(this::leads).findFirst().orElseGet(this::leader);
    }

    /** Somebody who leads for as long as a few elections would take. */
    private String lastingLeader() {
        String[] current = {leader()};
        await().during(T.multipliedBy(4)).atMost(T.multipliedBy(30)).until(() -> {
            if (!leads(current[0])) {
                members.keySet().stream().filter(this::leads).findFirst().ifPresent(id -> current[0] = id);
                return false;
            }
            return true;
        });
        return current[0];
    }

    @Test
    void whoeverIsElectedAfterAStepDownLeadsOn() throws Exception {
        start();
        leader();
        // So sudden a change may cost the leadership: connections for all heartbeats under way have to be opened first.
        paths.values().forEach(path -> path.takes(ROUND_TRIP.toNanos()));
        String first = lastingLeader();

        members.get(first).leadership().stepDown();
        await().atMost(T.multipliedBy(2)).until(() -> !leads(first));

        String second = lastingLeader();
        // What was measured before the network became slow counts until most of the latest measurements are later.
        await().atMost(T.multipliedBy(20))
                .untilAsserted(() -> assertThat(members.get(second)
                                .operations()
                                .status()
                                .quorum()
                                .roundTrip())
                        .isGreaterThanOrEqualTo(ROUND_TRIP));
    }
}
