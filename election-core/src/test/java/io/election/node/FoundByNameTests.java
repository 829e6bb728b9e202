package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
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
import org.junit.jupiter.api.Tag;
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
@Tag("thorough")
@Tag("odd-days")
class FoundByNameTests {

    private static final Duration LONG = Duration.ofMinutes(3);
    /** A machine that stands still for a second is no reason for an election, of which some tests expect none. */
    private static final Duration T = Duration.ofSeconds(3);

    private static final Duration STABLE = T.plusSeconds(1);

    private static final String NAME = "orders-headless.test";

    /** Each test has a net of its own. */
    private static int nets = 10;

    private NameServer names;
    private final int net = net();
    private int port;
    private final Map<String, ElectionMember> members = new ConcurrentSkipListMap<>();
    private final Map<String, String> addresses = new TreeMap<>();
    private final List<StepDownEvent> losses = new CopyOnWriteArrayList<>();
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
                STABLE,
                founds);
    }

    private ElectionMember.Builder member(String id) throws Exception {
        return ElectionMember.builder("orders", id)
                .port(InetAddress.getByName(address(id)), port)
                .secret("a secret of the test")
                .timing(T, Duration.ofMillis(100), Duration.ofMillis(2500))
                .autopilot(new AutopilotSettings(3, Duration.ofMillis(500), T.multipliedBy(3), 3, null))
                .rehearsal(false)
                .listener(new Recorder());
    }

    private ElectionMember start(String id, @Nullable NameServer asked) throws Exception {
        ElectionMember started = member(id)
                .discovery(discovery(3, true, asked == null ? names : asked))
                .start();
        members.put(id, started);
        return started;
    }

    private void start(String... ids) throws Exception {
        for (String id : ids) {
            start(id, (NameServer) null);
        }
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
        public void onStepDown(StepDownEvent event) {
            if (event.reason() == StepDownReason.LEASE_LOST) {
                losses.add(event);
            }
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }

    // ------------------------------------------------------------------------------------------------ founding

    @Test
    void threeThatFindEachOtherFoundACluster() throws Exception {
        show("a", "b", "c");
        start("a", "b", "c");
        await().atMost(LONG).until(() -> voters().equals(Set.of("a", "b", "c")));
        await().atMost(LONG).until(() -> clusters().size() == 1);
        assertThat(names.asked()).anyMatch(asked -> asked.contains(NAME));
    }

    /**
     * All are at one address, each at a port of its own, which only the records of the services tell. The hosts that they name are looked up by
     * the machine.
     */
    @Test
    void membersAreFoundAtThePortsThatTheirServicesName() throws Exception {
        String services = "_election._tcp.orders.test";
        List<String> targets = new ArrayList<>();
        for (String id : List.of("a", "b", "c")) {
            int own = FreePorts.next();
            targets.add("localhost:" + own);
            members.put(
                    id,
                    member(id)
                            .port(InetAddress.getByName("127.0.0.1"), own)
                            .discovery(new DiscoverySettings(
                                    services + ".",
                                    0,
                                    List.of(names.address()),
                                    Duration.ofSeconds(2),
                                    3,
                                    false,
                                    Duration.ofSeconds(1),
                                    STABLE,
                                    true))
                            .start());
            names.services(services, targets.toArray(String[]::new));
        }
        await().atMost(LONG).until(() -> voters().equals(Set.of("a", "b", "c")));
    }

    private void waits(String id, String why) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(String.valueOf(
                                members.get(id).operations().status().foundingWaits()))
                        .contains(why));
    }

    private boolean knowsThatNobodyLeads(String id) {
        return members.get(id).operations().status().nobodyLeads();
    }

    private String standing(String id) {
        return members.get(leader()).operations().status().membership().members().stream()
                .filter(member -> member.id().equals(id))
                .map(MembersState.Member::standing)
                .findFirst()
                .orElse("unknown");
    }

    @Test
    void aMemberThatJoinsIsASpareAndTakesThePlaceOfADeadOne() throws Exception {
        show("a", "b", "c");
        start("a", "b", "c");
        leader();
        show("a", "b", "c", "d");
        start("d");
        await().atMost(LONG).until(() -> standing("d").equals("spare"));
        assertThat(tokens).as("nobody else was elected for that").hasSize(1);
        String dead = leader();
        // It hands over, and does not say that it will not come back.
        members.remove(dead).close();
        await().atMost(LONG).until(() -> voters().contains("d") && !voters().contains(dead) && voters().size() == 3);
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(clusters()).hasSize(1);
    }

    @Test
    void nothingIsFoundedWhileTheNameServiceShowsEachSomethingElse() throws Exception {
        List<NameServer> servers = new ArrayList<>();
        try {
            List<String> ids = List.of("a", "b", "c", "d");
            for (int i = 0; i < ids.size(); i++) {
                servers.add(new NameServer().lifetimes(0, 0));
            }
            // Disjoint, and then a part of them each, for longer than the margin.
            shows(servers, List.of(List.of("a", "d"), List.of("b", "c"), List.of("b", "c"), List.of("a", "d")));
            for (int i = 0; i < ids.size(); i++) {
                start(ids.get(i), servers.get(i));
            }
            waits("a", "discovery finds [a, d], and 3 data members are expected");
            waits("b", "discovery finds [b, c], and 3 data members are expected");
            await("both say that they know no leader").atMost(LONG).until(() -> knowsThatNobodyLeads("b"));
            shows(
                    servers,
                    List.of(
                            List.of("a", "b", "c"),
                            List.of("b", "c", "d"),
                            List.of("a", "c", "d"),
                            List.of("a", "b", "d")));
            waits("a", "finds [");
            waits("d", "finds [");
            // One whose answer is old names an address where nobody is, and one fails.
            String gone = address("gone");
            shows(servers, List.of(List.of("a", "b", "c", "d", "gone"), ids, ids, ids));
            waits("a", "no member of this cluster answers at " + gone + ":" + port);
            servers.get(1).is(NameServer.Mood.SERVFAIL);
            waits("b", "discovery does not answer");
            await("who is there is not known").atMost(LONG).until(() -> !knowsThatNobodyLeads("b"));
            assertThat(tokens).isEmpty();
            assertThat(clusters()).containsExactly("null");
            servers.get(1).is(NameServer.Mood.SOUND);
            shows(servers, List.of(ids, ids, ids, ids));
            leader();
            await().atMost(LONG).until(() -> clusters().size() == 1);
            await().atMost(LONG).until(() -> voters().equals(Set.of("a", "b", "c")));
            await().atMost(LONG).until(() -> standing("d").equals("spare"));
        } finally {
            for (NameServer server : servers) {
                server.close();
            }
        }
    }

    private void shows(List<NameServer> servers, List<List<String>> ids) throws Exception {
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i)
                    .addresses(NAME, ids.get(i).stream().map(this::address).toArray(String[]::new));
        }
    }

    /** As Kubernetes does it with a surge of one: a new member is ready before an old one is stopped, which leaves. */
    @Test
    void aRollingUpdateExchangesAllMembersWhileALeaderLeads() throws Exception {
        List<String> running = new ArrayList<>(List.of("a", "b", "c"));
        show(running);
        start("a", "b", "c");
        leader();
        await().atMost(LONG).until(() -> voters().size() == 3);
        String cluster = clusters().iterator().next();
        for (String id : List.of("d", "e", "f")) {
            running.add(id);
            show(running);
            start(id);
            await().atMost(LONG).until(() -> List.of("spare", "voter").contains(standing(id)));
            String old = running.remove(0);
            members.remove(old).leave();
            show(running);
            await().atMost(LONG).until(() -> voters().equals(new TreeSet<>(running)));
        }
        assertThat(clusters()).containsExactly(cluster);
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(tokens.size())
                .as("the founder, and whoever each leader handed over to")
                .isLessThanOrEqualTo(4);
        assertThat(losses).as("leaders whose lease was lost").isEmpty();
    }

    /** It waits for a leader before it looks whether another member of this process has done so. */
    @Test
    void aMemberThatFindsTheOthersRehearsesAHandoverToo() throws Exception {
        show("a", "b", "c");
        members.put(
                "a",
                member("a").discovery(discovery(3, true, names)).rehearsal(true).start());
        await().atMost(LONG)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().equals("election-orders-a-rehearsal")));
    }

    /** Two deployments that share everything but the name under which they are found. */
    @Test
    void whoIsFoundUnderAnotherNameIsNoMember() throws Exception {
        show("a", "b", "c");
        start("a", "b");
        waits("a", "no member of this cluster answers at " + address("c"));
        names.addresses("other-headless.test", address("c"));
        ElectionMember green = member("c")
                .discovery(new DiscoverySettings(
                        "other-headless.test.",
                        port,
                        List.of(names.address()),
                        Duration.ofSeconds(2),
                        3,
                        false,
                        Duration.ZERO,
                        STABLE,
                        true))
                .start();
        members.put("c", green);
        waits("a", "discovery finds [a, b], and 3 data members are expected");
        assertThat(tokens).isEmpty();
    }

    @Test
    void theSurvivorOfALostQuorumSaysWhatToDoAndTheOthersFoundAnew() throws Exception {
        show("a", "b", "c");
        start("a", "b", "c");
        String survivor = leader();
        await().atMost(LONG).until(() -> voters().size() == 3);
        List<String> dead = new ArrayList<>(List.of("a", "b", "c"));
        dead.remove(survivor);
        show(survivor, "d", "e");
        dead.parallelStream().forEach(id -> members.remove(id).close());
        start("d", "e");
        waits("d", "'" + survivor + "' belongs to a cluster already");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(String.valueOf(
                                members.get(survivor).operations().status().quorumLost()))
                        .contains("discovery does not find " + String.join(", ", dead), "restart this member"));
        assertThat(tokens).hasSize(1);
        members.remove(survivor).close();
        start(survivor);
        await().atMost(LONG)
                .until(() -> leading().size() == 1 && voters().equals(new TreeSet<>(List.of(survivor, "d", "e"))));
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(tokens).isSorted().doesNotHaveDuplicates();
            assertThat(tokens.stream().map(token -> token >> 20).distinct())
                    .as("two foundings, however many were elected on a busy machine")
                    .hasSize(2);
        });
    }

    @Test
    void whoExpectsAnotherNumberFoundsNothingWithThem() throws Exception {
        show("a", "b", "c");
        start("a", "b");
        members.put("c", member("c").discovery(discovery(2, true, names)).start());
        waits("a", "'c' expects 2 members, and this one expects 3");
        waits("c", "'a' expects 3 members, and this one expects 2");
        names.removes(NAME);
        waits("a", "discovery finds nobody: 'orders-headless.test' does not exist");
        assertThat(tokens).isEmpty();
    }

    @Test
    void whoOnlyJoinsFoundsNothing() throws Exception {
        show("a", "b", "c");
        start("a", "b");
        members.put("c", member("c").discovery(discovery(3, false, names)).start());
        waits("c", "this member founds no cluster (election.discovery.found=false)");
        waits("a", "'c' founds no cluster");
        show("a", "b", "c", "d");
        start("d");
        waits("d", "'c' founds no cluster");
        assertThat(tokens).isEmpty();
    }
}
