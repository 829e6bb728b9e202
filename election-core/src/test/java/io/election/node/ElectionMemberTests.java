package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.FreePorts;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.journal.JournalException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members in plain Java, over HTTP, with journals on disk. */
class ElectionMemberTests {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    private final Map<String, URI> urls = new TreeMap<>();
    private final Map<String, ElectionMember> members = new TreeMap<>();
    private final List<String> events = new CopyOnWriteArrayList<>();

    @BeforeEach
    void choosePorts() throws IOException {
        for (String id : List.of("a", "b", "c")) {
            urls.put(id, URI.create("http://127.0.0.1:" + FreePorts.next()));
        }
    }

    @AfterEach
    void closeAll() {
        members.values().forEach(ElectionMember::close);
    }

    private ElectionMember.Builder member(String id) {
        return memberWithoutAPlace(id).directory(directory.resolve(id));
    }

    private ElectionMember.Builder memberWithoutAPlace(String id) {
        ElectionMember.Builder builder = ElectionMember.builder("orders", id)
                .port(InetAddress.getLoopbackAddress(), urls.get(id).getPort())
                .secret("a secret of the test")
                // Twice the default, for a busy machine.
                .timing(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(1500))
                .listener(new Recorder(id));
        urls.forEach(builder::member);
        return builder;
    }

    private void startAll() throws JournalException {
        for (String id : urls.keySet()) {
            members.put(id, member(id).start());
        }
    }

    private ElectionMember leader() {
        await().atMost(LONG)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.values().stream()
                .filter(member -> member.leadership().isLeader())
                .findFirst()
                .orElseGet(this::leader);
    }

    @Test
    void threeMembersElectOneAndHandOverWhenItCloses() throws Exception {
        startAll();
        ElectionMember first = leader();
        FencingToken token = first.leadership().callWhileLeading(given -> given);
        String firstId = first.operations().status().nodeId();
        assertThat(first.port()).isEqualTo(urls.get(firstId).getPort());
        // A leadership that ends before its election was told is not told of at all.
        await().atMost(LONG).until(() -> events.contains(firstId + " elected"));

        first.close();
        members.remove(firstId);

        ElectionMember second = leader();
        assertThat(second.leadership().<FencingToken, RuntimeException>callWhileLeading(given -> given))
                .isGreaterThan(token);
        assertThat(first.leadership().isLeader()).isFalse();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(events)
                        .filteredOn(event -> !event.startsWith("changed"))
                        .containsSubsequence(
                                firstId + " elected",
                                firstId + " stepped down " + StepDownReason.SHUTDOWN,
                                second.operations().status().nodeId() + " elected"));
    }

    @Test
    void aMemberThatIsClosedAndStartedAgainRemembersItsTerm() throws Exception {
        startAll();
        leader();
        await().atMost(LONG).until(() -> members.get("c").leadership().term() > 0);
        long term = members.get("c").leadership().term();
        members.get("c").close();

        members.put("c", member("c").start());

        assertThat(members.get("c").leadership().term()).isGreaterThanOrEqualTo(term);
    }

    /** What a cluster in memory does not survive. */
    @Test
    void aListInMemoryWhoseMajorityEndsAtOnceFoundsItsClusterAnew() throws Exception {
        startAllInMemory();
        ElectionMember kept = leader();
        String keptId = kept.operations().status().nodeId();
        String clusterId = kept.operations().status().clusterId();
        FencingToken token = kept.leadership().callWhileLeading(given -> given);
        List<String> others =
                urls.keySet().stream().filter(id -> !id.equals(keptId)).toList();
        others.forEach(id -> members.get(id).close());
        for (String id : others) {
            members.put(id, memberWithoutAPlace(id).inMemory().start());
        }

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(members.values())
                        .extracting(member -> member.operations().status().clusterId())
                        .doesNotContainNull()
                        .doesNotContain(clusterId));
        ElectionMember founder = leader();
        assertThat(founder.leadership().<FencingToken, RuntimeException>callWhileLeading(given -> given))
                .isGreaterThan(token);
        assertThat(directory).isEmptyDirectory();
    }

    private void startAllInMemory() throws JournalException {
        for (String id : urls.keySet()) {
            members.put(id, memberWithoutAPlace(id).inMemory().start());
        }
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ElectionMember.builder("orders", "a").start())
                .withMessage("port must be set, to a value from 0 to 65535, but is not set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ElectionMember.builder("orders", "a").port(0).start())
                .withMessageStartingWith("secret, or another authentication, must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ElectionMember.builder("orders", "a")
                        .port(0)
                        .secret("a secret of the test")
                        .start())
                .withMessage("directory must be set, to one that outlives the process; or call inMemory()");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> member("a").inMemory().start())
                .withMessageContaining(
                        "but inMemory() was called too, which writes to no directory; leave one of the two out");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ElectionMember.builder("orders", "d")
                        .port(0)
                        .secret("a secret of the test")
                        .directory(directory)
                        .member("a", urls.get("a"))
                        .start())
                .withMessageContaining("nodeId must be listed once in members, but 'd' is not");
    }

    @Test
    void aPortThatIsTakenLeavesNothingBehind() throws Exception {
        members.put("a", member("a").start());
        assertThat(catchThrowable(() -> member("b")
                        .port(InetAddress.getLoopbackAddress(), urls.get("a").getPort())
                        .start()))
                .isInstanceOf(UncheckedIOException.class);

        // Its journal is not locked any more.
        members.put("b", member("b").start());
        assertThat(members.get("b").leadership().isLeader()).isFalse();
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
            events.add("changed to " + event.leaderId());
        }
    }
}
