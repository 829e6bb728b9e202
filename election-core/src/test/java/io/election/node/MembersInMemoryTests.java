package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MemberChangeCondition;
import io.election.StepDownEvent;
import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.journal.MemoryJournal;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Members that keep their vote and their log in memory: each start is a life that nobody has heard of. */
@ExtendWith(OutputCaptureExtension.class)
@Tag("thorough")
@Tag("odd-days")
class MembersInMemoryTests {

    private static final long SECONDS_AT_MOST = 90;
    private static final String CLUSTER = "forgetful";
    private static final List<String> IDS = List.of("a", "b", "c");

    private final LocalNetwork network = new LocalNetwork();
    private final Map<String, Life> running = new LinkedHashMap<>();

    /** One life of a member, and what its listener was told. */
    private static final class Life implements LeadershipListener {
        final MemoryJournal journal = MemoryJournal.newAtEachStart();
        final List<Object> events = new CopyOnWriteArrayList<>();
        final ElectionNode node;

        Life(String id, LocalNetwork network) {
            node = new ElectionNode(
                    new NodeSettings(settings(id), false, Map.of(), Map.of(), false),
                    journal,
                    network.of(id),
                    NodeClock.SYSTEM,
                    this,
                    List.of());
        }

        boolean leads() {
            return node.leadership().isLeader();
        }

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            events.add(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            events.add(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {
            // Only the pairs are counted.
        }
    }

    /** Nobody stands on a busy machine that need not. */
    private static ElectionSettings settings(String id) {
        return new ElectionSettings(
                        CLUSTER,
                        id,
                        IDS.stream()
                                .map(member -> new Member(member, MemberKind.DATA, 0, false))
                                .toList(),
                        Duration.ofSeconds(4),
                        Duration.ofMillis(50),
                        Duration.ofMillis(3400),
                        0.02,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(30),
                        false,
                        4)
                .withFounding(FoundingSettings.IN_MEMORY);
    }

    private Life start(String id) {
        Life life = new Life(id, network);
        running.put(id, life);
        life.node.start();
        life.node.ready();
        return life;
    }

    private void stop(String id) {
        ElectionNode node = running.remove(id).node;
        await().atMost(SECONDS_AT_MOST, SECONDS).until(node.stop().toCompletableFuture()::isDone);
    }

    @BeforeEach
    void startThree() {
        IDS.forEach(this::start);
    }

    @AfterEach
    void stopAll() {
        List.copyOf(running.values()).forEach(life -> life.node.stop());
        List.copyOf(running.keySet()).forEach(this::stop);
        network.close();
    }

    private String leader() {
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> running.values().stream().filter(Life::leads).count() == 1);
        return running.entrySet().stream()
                .filter(entry -> entry.getValue().leads())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(this::leader);
    }

    private void awaitVotes(Life life) {
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(
                        () -> assertThat(life.node.status().votingState()).isEqualTo("voter"));
    }

    private static List<String> others(String than) {
        return IDS.stream().filter(id -> !id.equals(than)).toList();
    }

    @Test
    void oneAfterTheOtherRestartsWithAnEmptyMemoryWhileALeaderLeads(CapturedOutput output) {
        String first = leader();
        Life leading = running.get(first);
        long term = leading.node.leadership().term();
        String clusterId = leading.node.status().clusterId();
        Set<String> incarnations = new HashSet<>();
        running.values().forEach(life -> incarnations.add(life.journal.incarnation()));

        for (String follower : others(first)) {
            stop(follower);
            Life next = start(follower);
            incarnations.add(next.journal.incarnation());
            awaitVotes(next);
            assertThat(next.node.status().storage()).isEqualTo("memory");
        }

        assertThat(leading.leads()).isTrue();
        assertThat(leading.node.leadership().term()).as("nobody else has led").isEqualTo(term);
        assertThat(leading.events).hasOnlyElementsOfType(LeaderElectedEvent.class);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leading.node.status().history())
                        .filteredOn(event -> event.what().equals("let-in"))
                        .extracting(NodeStatus.HistoryEntry::reason)
                        .containsExactlyElementsOf(others(first)));

        // What is left of the first founding is the leader's memory, and it hands that over to one that was let in.
        stop(first);
        String second = leader();
        assertThat(running.get(second).node.leadership().term()).isEqualTo(term + 1);
        Life last = start(first);
        incarnations.add(last.journal.incarnation());
        awaitVotes(last);

        assertThat(incarnations).as("three founders and three that were let in").hasSize(6);
        assertThat(running.get(second).leads()).isTrue();
        assertThat(running.values())
                .extracting(life -> life.node.status().clusterId())
                .containsOnly(clusterId);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(linesOfThisCluster(output))
                        .filteredOn(line -> line.contains("lets '"))
                        .hasSize(3)
                        .allMatch(line -> line.contains("INFO")
                                && line.contains("as after each start of a member that keeps it in memory only")));
        assertThat(linesOfThisCluster(output)).noneMatch(line -> line.contains("directory"));
    }

    /** A majority forgets at once, and what is left forgets as well: the list founds its cluster anew, by itself. */
    @Test
    void whereAMajorityForgotTheListFoundsAnew(CapturedOutput output) {
        String first = leader();
        Life leading = running.get(first);
        String clusterId = leading.node.status().clusterId();
        long token = leading.node.leadership().fencingToken().value();
        List<ElectionNode> stopping =
                others(first).stream().map(id -> running.remove(id).node).toList();
        // At once, so that none hands its place on.
        List<CompletableFuture<Void>> stopped =
                stopping.stream().map(node -> node.stop().toCompletableFuture()).toList();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> stopped.stream().allMatch(CompletableFuture::isDone));
        others(first).forEach(this::start);

        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(running.values())
                        .extracting(life -> life.node.status().clusterId())
                        .doesNotContainNull()
                        .doesNotContain(clusterId));
        Life leads = running.get(leader());
        assertThat(leads.node.leadership().fencingToken().value())
                .as("tokens rise across the founding")
                .isGreaterThan(token);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(linesOfThisCluster(output))
                        .anyMatch(line -> line.contains("forgets what it holds and begins a new life: the memory of")));
    }

    /** It cannot hear of its removal, and nobody calls it any more. Left alone it would ask for votes for ever. */
    @Test
    void whoWasRemovedWhileItWasCutOffBeginsANewLifeAndJoinsAgain(CapturedOutput output) {
        String first = leader();
        Life leading = running.get(first);
        long term = leading.node.leadership().term();
        String cut = others(first).get(0);
        Life away = running.get(cut);
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> away.node.status().clusterId() != null);
        String before = away.journal.incarnation();
        network.cutOff(cut);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> leading.node
                        .members()
                        .remove(
                                cut,
                                MemberChangeCondition.on(leading.node.members().version())
                                        .forced())
                        .toCompletableFuture()
                        .get(SECONDS_AT_MOST, SECONDS)
                        .succeeded());
        // Until then it might still be told that it was removed. Without a call for longer than T, nobody is there who
        // would.
        await("nobody calls it any more")
                .atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> network.uncalled(cut).compareTo(Duration.ofSeconds(5)) > 0);
        await("it knows no leader")
                .atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> away.node.status().leaderId() == null);
        network.join(cut);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(
                        () -> assertThat(away.node.status().votingState()).isEqualTo("learner"));
        assertThat(away.journal.incarnation()).isNotEqualTo(before);
        assertThat(leading.leads()).isTrue();
        assertThat(leading.node.leadership().term()).as("nobody else has led").isEqualTo(term);
        assertThat(linesOfThisCluster(output))
                .anyMatch(line -> line.contains("it was removed from the cluster while it was cut off, say "));
    }

    private static List<String> linesOfThisCluster(CapturedOutput output) {
        return Stream.of(output.getAll().split("\\R"))
                .filter(line -> line.contains("of cluster '" + CLUSTER + "'"))
                .toList();
    }
}
