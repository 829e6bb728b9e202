package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.AutopilotSettings;
import io.election.core.Member;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Members in plain Java, over HTTP, that come, go and move while the others run. They mostly wait, so they do so side by side. */
@Execution(ExecutionMode.CONCURRENT)
class ComingAndGoingTests {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    private final Map<String, URI> urls = new TreeMap<>();
    private final Map<String, ElectionMember> members = new TreeMap<>();
    private final List<String> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeAll() {
        members.values().parallelStream().forEach(ElectionMember::close);
    }

    // ------------------------------------------------------------------------------------------------ members

    private URI url(String id) {
        return urls.computeIfAbsent(id, added -> newUrl());
    }

    private static URI newUrl() {
        try {
            return URI.create("http://127.0.0.1:" + FreePorts.next());
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private ElectionMember.Builder member(String id) {
        return ElectionMember.builder("orders", id)
                .port(InetAddress.getLoopbackAddress(), url(id).getPort())
                .secret("a secret of the test")
                .timing(Duration.ofSeconds(4), Duration.ofMillis(100), Duration.ofSeconds(3))
                .directory(directory.resolve(id))
                .rehearsal(false)
                .listener(new Recorder(id));
    }

    /** Starts a member that lists these, and itself. */
    private ElectionMember start(String id, Collection<String> listed) throws Exception {
        ElectionMember.Builder builder = member(id).member(id, url(id));
        listed.stream().filter(other -> !other.equals(id)).forEach(other -> builder.member(other, url(other)));
        ElectionMember started = builder.start();
        members.put(id, started);
        return started;
    }

    private void startAll(String... ids) throws Exception {
        for (String id : ids) {
            start(id, List.of(ids));
        }
        leader();
    }

    private String leader() {
        await().atMost(LONG).until(() -> leading().size() == 1);
        List<String> leading = leading();
        return leading.size() == 1 ? leading.get(0) : leader();
    }

    private List<String> leading() {
        return members.entrySet().stream()
                .filter(member -> member.getValue().leadership().isLeader())
                .map(Map.Entry::getKey)
                .toList();
    }

    private Set<String> voters(String asSeenBy) {
        return members.get(asSeenBy).operations().status().members().stream()
                .filter(member -> member.votingState().equals("voter"))
                .map(NodeStatus.Member::id)
                .collect(Collectors.toSet());
    }

    // ------------------------------------------------------------------------------------------------ wishes

    /** Asks whoever leads, again for as long as it says that the change is not possible yet. */
    private void change(MemberChange change) {
        await().atMost(LONG).until(() -> done(change));
    }

    private boolean done(MemberChange change) {
        MemberChange.Result result =
                members.get(leader()).node().changeMembers(change, null, true).join();
        return result.outcome() == MemberChange.Outcome.DONE || result.outcome() == MemberChange.Outcome.UNCHANGED;
    }

    private void promote(String id) {
        change(new MemberChange.Promote(id));
    }

    /** Removes a member, which hands over first if it leads, as nobody removes itself. */
    private void remove(String id) {
        await().atMost(LONG).until(() -> {
            if (leader().equals(id)) {
                HandoverResult handedOver = members.get(id)
                        .leadership()
                        .handOver(null)
                        .toCompletableFuture()
                        .join();
                return handedOver.outcome() == HandoverResult.Outcome.HANDED_OVER && done(new MemberChange.Remove(id));
            }
            return done(new MemberChange.Remove(id));
        });
    }

    private void close(String id) {
        members.remove(id).close();
    }

    // ------------------------------------------------------------------------------------------------ coming and going

    @Test
    void growsFromThreeToFiveAndShrinksToThreeUnderOneLeader() throws Exception {
        startAll("a", "b", "c");
        String leader = leader();
        long term = members.get(leader).leadership().term();
        // One knows all the others, one only a single one, which need not lead.
        start("d", List.of("a", "b", "c"));
        String follower = List.of("a", "b", "c").stream()
                .filter(id -> !id.equals(leader))
                .findFirst()
                .orElseThrow();
        start("e", List.of(follower));

        promote("d");
        promote("e");

        assertThat(voters(leader)).containsExactlyInAnyOrder("a", "b", "c", "d", "e");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(members.values())
                        .allSatisfy(member -> assertThat(
                                        member.operations().status().quorum().voters())
                                .isEqualTo(5)));
        // Whoever no list names is known by its url as well.
        assertThat(urlOf("e", "a")).isEqualTo(url("e").toString());

        remove("e");
        remove("d");

        assertThat(voters(leader)).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(leader()).isEqualTo(leader);
        // The removed are told, and disturb nobody.
        for (String id : List.of("d", "e")) {
            await().atMost(LONG)
                    .until(() ->
                            members.get(id).operations().status().votingState().equals("removed"));
        }
        long heard = members.get("d").operations().status().term();
        await().during(Duration.ofSeconds(3))
                .atMost(LONG)
                .until(() -> members.get(leader).leadership().isLeader());
        assertThat(members.get(leader).leadership().term()).isEqualTo(term);
        assertThat(members.get("d").operations().status().term()).isEqualTo(heard);
    }

    private String urlOf(String member, String asSeenBy) {
        return members.get(asSeenBy).operations().status().members().stream()
                .filter(known -> known.id().equals(member))
                .map(NodeStatus.Member::url)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aDeadMemberIsReplaced() throws Exception {
        startAll("a", "b", "c");
        String dead = List.of("a", "b", "c").stream()
                .filter(id -> !id.equals(leader()))
                .findFirst()
                .orElseThrow();
        close(dead);
        start("d", List.of("a", "b", "c"));

        remove(dead);
        promote("d");

        Set<String> expected = Set.copyOf(members.keySet());
        assertThat(expected).hasSize(3).contains("d");
        assertThat(voters(leader())).isEqualTo(expected);
        // It counts: with another one down, the two that are left elect a leader.
        close(leader());
        assertThat(members).containsKey(leader());
    }

    @Test
    void aMemberThatLeavesIsRemovedBeforeItEnds() throws Exception {
        startAll("a", "b", "c");
        String leaver = leader();

        members.remove(leaver).leave();

        String leader = leader();
        assertThat(voters(leader)).isEqualTo(members.keySet());
        assertThat(members.get(leader).operations().status().quorum().voters()).isEqualTo(2);
    }

    @Test
    void aLearnerIsPromotedByItself() throws Exception {
        AutopilotSettings autopilot = new AutopilotSettings(3, Duration.ofMillis(500), null, 1, null);
        for (String id : List.of("a", "b")) {
            ElectionMember.Builder builder = member(id).autopilot(autopilot);
            List.of("a", "b").forEach(listed -> builder.member(listed, url(listed)));
            members.put(id, builder.start());
        }
        leader();

        start("c", List.of("a", "b"));

        await().atMost(LONG).until(() -> voters(leader()).equals(Set.of("a", "b", "c")));
    }

    @Test
    void allMachinesAreExchangedOneByOneUnderALeader() throws Exception {
        startAll("a", "b", "c");
        int handovers = 0;
        Map<String, String> exchanged = Map.of("a", "d", "b", "e", "c", "f");
        for (String old : List.of("a", "b", "c")) {
            String fresh = exchanged.get(old);
            // It knows only those that are there now.
            start(fresh, List.copyOf(members.keySet()));
            promote(fresh);
            if (leader().equals(old)) {
                handovers++;
            }
            members.remove(old).leave();
        }

        assertThat(voters(leader())).containsExactlyInAnyOrder("d", "e", "f");
        // Nobody lost a leadership, and nobody gained one but by a handover.
        int expected = 1 + handovers;
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(events.stream().filter(event -> event.contains("elected")))
                        .hasSize(expected));
        assertThat(events)
                .filteredOn(event -> event.contains("stepped down"))
                .allMatch(event -> event.contains("SHUTDOWN"));
    }

    // ------------------------------------------------------------------------------------------------ moving

    /** Every url in the log is stale then, and correcting one needs a leader: the file tells. */
    @Test
    void allRestartWithNewAddressesThatTheirListsName() throws Exception {
        startAll("a", "b");
        // The log names the address of a member that was promoted.
        start("c", List.of("a", "b"));
        promote("c");
        List.of("a", "b", "c").forEach(this::close);
        urls.clear();

        startAll("a", "b", "c");

        await().atMost(LONG).until(() -> voters(leader()).equals(Set.of("a", "b", "c")));
    }

    /** Only the witness knows where the others are now, and it cannot lead: each has to be told by an announcement. */
    @Test
    void whereOnlyAnAnnouncementCanTellAllAreFoundAgain() throws Exception {
        startWithWitness(url("a"), url("b"), url("c"));
        members.keySet().stream().toList().forEach(this::close);
        Map<String, URI> old = new TreeMap<>(urls);
        urls.clear();

        for (String id : List.of("a", "b", "c")) {
            boolean knowsAll = id.equals("c");
            ElectionMember.Builder builder = member(id);
            for (String listed : List.of("a", "b", "c")) {
                URI url = knowsAll || listed.equals(id) ? url(listed) : old.get(listed);
                builder.member(
                        new Member(listed, listed.equals("c") ? MemberKind.WITNESS : MemberKind.DATA, 0, false), url);
            }
            members.put(id, builder.start());
        }

        String leader = leader();
        String other = leader.equals("a") ? "b" : "a";
        // The leader reaches the other one too, whose new address it has from the witness, or from itself.
        await().atMost(LONG).until(() -> voters(leader()).size() == 3);
        await().atMost(LONG).until(() -> urlOf(other, leader).equals(url(other).toString()));
    }

    private void startWithWitness(URI a, URI b, URI c) throws Exception {
        for (String id : List.of("a", "b", "c")) {
            members.put(
                    id,
                    member(id)
                            .member("a", a)
                            .member("b", b)
                            .member(new Member("c", MemberKind.WITNESS, 0, false), c)
                            .start());
        }
        leader();
    }

    private final class Recorder implements LeadershipListener {

        private final String id;

        Recorder(String id) {
            this.id = id;
        }

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            events.add(id + " elected");
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            events.add(id + " stepped down " + event.reason());
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {
            // Who leads is asked for.
        }
    }
}
