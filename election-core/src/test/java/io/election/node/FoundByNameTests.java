package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderElectedEvent;
import io.election.core.AutopilotSettings;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.NameServer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Members in plain Java, over HTTP, without a list and without a disk, that find each other under a name. Each has a loopback address
 * of its own, which only Linux has without being told, and all have one port. They mostly wait, so they do so side by side.
 */
@EnabledOnOs(OS.LINUX)
@Execution(ExecutionMode.CONCURRENT)
class FoundByNameTests {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration T = Duration.ofMillis(800);
    private static final String NAME = "orders-headless.test";

    /** Each test has a net of its own. */
    private static int nets = 10;

    private NameServer names;
    private final int net = net();
    private int port;
    private final Map<String, ElectionMember> members = new ConcurrentSkipListMap<>();
    private final Map<String, String> addresses = new TreeMap<>();
    private final List<Long> tokens = new CopyOnWriteArrayList<>();

    private static synchronized int net() {
        return nets++;
    }

    @BeforeEach
    void startNames() throws Exception {
        names = new NameServer().lifetimes(0, 0);
        port = FreePorts.next();
    }

    @AfterEach
    void closeAll() throws Exception {
        members.values().parallelStream().forEach(ElectionMember::close);
        names.close();
    }

    // ------------------------------------------------------------------------------------------------ members

    private String address(String id) {
        return addresses.computeIfAbsent(id, added -> "127.0." + net + "." + (addresses.size() + 1));
    }

    /** From now on the name shows these members, and nobody else. */
    private void show(Collection<String> ids) throws Exception {
        names.addresses(NAME, ids.stream().map(this::address).toArray(String[]::new));
    }

    private void show(String... ids) throws Exception {
        show(List.of(ids));
    }

    private DiscoverySettings discovery(int expected, boolean founds, NameServer asked) {
        return new DiscoverySettings(
                NAME + ".",
                port,
                List.of(asked.address()),
                Duration.ofSeconds(2),
                expected,
                false,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                founds);
    }

    private ElectionMember.Builder member(String id) throws Exception {
        return ElectionMember.builder("orders", id)
                .port(InetAddress.getByName(address(id)), port)
                .secret("a secret of the test")
                .timing(T, Duration.ofMillis(100), Duration.ofMillis(600))
                .autopilot(new AutopilotSettings(3, Duration.ofMillis(500), T.multipliedBy(10), 3, null))
                .rehearsal(false)
                .listener(new Recorder());
    }

    private ElectionMember start(String id, @Nullable NameServer asked) throws Exception {
        ElectionMember started = member(id).discovery(discovery(3, true, asked == null ? names : asked))
                .start();
        members.put(id, started);
        return started;
    }

    private void start(String... ids) throws Exception {
        for (String id : ids) {
            start(id, (NameServer) null);
        }
    }

    private void kill(String id) {
        // Without a word: whatever it would still say, nobody hears.
        members.remove(id).close();
    }

    private List<String> leading() {
        return members.entrySet().stream()
                .filter(member -> member.getValue().leadership().isLeader())
                .map(Map.Entry::getKey)
                .toList();
    }

    private String leader() {
        await().atMost(LONG).until(() -> leading().size() == 1);
        List<String> leading = leading();
        return leading.size() == 1 ? leading.get(0) : leader();
    }

    private Set<String> voters() {
        return members.get(leader()).operations().status().members().stream()
                .filter(member -> member.votingState().equals("voter"))
                .map(NodeStatus.Member::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> clusters() {
        return members.values().stream()
                .map(member -> String.valueOf(member.operations().status().clusterId()))
                .collect(Collectors.toSet());
    }

    private final class Recorder implements LeadershipListener {

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            tokens.add(event.fencingToken().value());
        }

        @Override
        public void onStepDown(io.election.StepDownEvent event) {}

        @Override
        public void onLeaderChanged(io.election.LeaderChangedEvent event) {}
    }

    // ------------------------------------------------------------------------------------------------ founding

    @Test
    void threeThatFindEachOtherFoundACluster() throws Exception {
        show("a", "b", "c");
        start("a", "b", "c");
        assertThat(voters()).containsExactly("a", "b", "c");
        await().atMost(LONG).until(() -> clusters().size() == 1);
        assertThat(names.asked()).anyMatch(asked -> asked.contains(NAME));
    }
}
