package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LogEntry;
import io.election.StateMachine;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.Request;
import io.election.journal.JournalException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far a member is behind its leader's last word. */
class FollowingTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final Map<String, ElectionMember> members = new TreeMap<>();
    private final Map<String, HeldMachine> machines = new TreeMap<>();

    @AfterEach
    void closeAll() {
        machines.values().forEach(HeldMachine::release);
        members.values().forEach(ElectionMember::close);
    }

    private void startThree() throws IOException, JournalException {
        Map<String, URI> urls = new TreeMap<>();
        for (String id : List.of("a", "b", "c")) {
            urls.put(id, URI.create("http://127.0.0.1:" + FreePorts.next()));
        }
        for (String id : urls.keySet()) {
            HeldMachine machine = new HeldMachine();
            ElectionMember.Builder builder = ElectionMember.builder("orders", id)
                    .port(InetAddress.getLoopbackAddress(), urls.get(id).getPort())
                    .secret("a secret of the test")
                    .timing(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(1500))
                    .directory(directory.resolve(id))
                    .stateMachine(machine);
            urls.forEach(builder::member);
            machines.put(id, machine);
            members.put(id, builder.start());
        }
    }

    private String leader() {
        await().atMost(LONG)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.entrySet().stream()
                .filter(member -> member.getValue().leadership().isLeader())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(this::leader);
    }

    private FollowerStatus following(String id) {
        return members.get(id).operations().following();
    }

    @Test
    void aFollowerThatAppliesNothingFallsBehindWhatTheLeaderSaysAndCatchesUp() throws Exception {
        startThree();
        String leader = leader();
        List<String> others =
                members.keySet().stream().filter(id -> !id.equals(leader)).toList();
        String slow = others.get(0);
        for (String other : others) {
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(following(other))
                            .returns(true, FollowerStatus::follows)
                            .returns(leader, FollowerStatus::leaderId)
                            .returns(0L, FollowerStatus::lag)
                            .returns(true, FollowerStatus::holdsState)
                            .returns("voter", FollowerStatus::votingState));
        }
        assertThat(following(leader)).returns(false, FollowerStatus::follows).returns(null, FollowerStatus::lag);

        machines.get(slow).hold();
        for (int i = 0; i < 5; i++) {
            assertThat(members.get(leader)
                            .log()
                            .append(HeldMachine.TYPE, "line".getBytes(StandardCharsets.UTF_8))
                            .toCompletableFuture()
                            .orTimeout(LONG.toSeconds(), TimeUnit.SECONDS)
                            .join()
                            .wasApplied())
                    .isTrue();
        }
        await().atMost(LONG).untilAsserted(() -> {
            FollowerStatus behind = following(slow);
            assertThat(behind.lag()).isGreaterThanOrEqualTo(5);
            assertThat(behind.leaderCommitIndex()).isEqualTo(behind.appliedIndex() + behind.lag());
        });
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(following(others.get(1)).lag()).isZero());

        machines.get(slow).release();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(following(slow).lag()).isZero());

        members.remove(leader).close();
        members.remove(others.get(1)).close();
        await().atMost(LONG).until(() -> !following(slow).follows());
    }

    @ParameterizedTest(name = "told {0}, committed {1}, applied {2}: lag {3}")
    @CsvSource({"10, 10, , 0", "10, 7, , 3", "10, 10, 4, 6", "10, 7, 8, 3", "10, 12, 12, 0", ", 7, 7, "})
    void theLagIsWhatIsMissingOrNotApplied(Long told, long committed, Long applied, Long lag) {
        FollowerStatus status =
                new FollowerStatus(true, 3, "a", null, null, told, committed, applied, "voter", true, null);
        assertThat(status.lag()).isEqualTo(lag);
    }

    private static LeaderWord heard(LeaderWord before, String from, long term, long commitIndex) {
        Header header = new Header(Header.PROTOCOL, "orders", null, from, from + "1", false, "b", null, 1);
        return LeaderWord.after(
                before,
                new Input.RequestReceived(
                        1, new Request.Heartbeat(header, term, Duration.ofSeconds(1), commitIndex, null)));
    }

    @Test
    void aLeadersWordNeverFallsWithinItsTermAndIsForgottenWithIt() {
        LeaderWord first = heard(null, "a", 3, 10);
        assertThat(first).isEqualTo(new LeaderWord(3, "a", 10));
        assertThat(heard(first, "a", 3, 10)).isSameAs(first);
        assertThat(heard(first, "a", 3, 9)).isSameAs(first);
        assertThat(heard(first, "a", 3, 11)).isEqualTo(new LeaderWord(3, "a", 11));
        assertThat(heard(first, "c", 2, 20)).isSameAs(first);
        assertThat(heard(first, "c", 4, 8)).isEqualTo(new LeaderWord(4, "c", 8));
        assertThat(LeaderWord.after(first, new Input.Tick())).isSameAs(first);
    }

    /** Applies nothing while it is held. */
    private static final class HeldMachine implements StateMachine {

        static final String TYPE = "held/1";

        private volatile CountDownLatch gate = new CountDownLatch(0);

        void hold() {
            gate = new CountDownLatch(1);
        }

        void release() {
            gate.countDown();
        }

        @Override
        public Set<String> types() {
            return Set.of(TYPE);
        }

        @Override
        public byte[] apply(LogEntry entry) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new byte[0];
        }

        @Override
        public Image capture() {
            return out -> out.write(0);
        }

        @Override
        public void restore(InputStream image) {
            // It has no state.
        }

        @Override
        public void reset() {
            // It has no state.
        }
    }
}
